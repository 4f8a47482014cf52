"""A matcher with a word that is no operator: it is read as the field of an object, and is unknown for ever.

`{lessthan: 5}` asks for the field `lessthan` of the value. Of a number there is none, so the check is never
passed, and nobody is told why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.kinds.findings import Severity, did_you_mean
from engine.kinds.matching import ALL, is_operators
from engine.kinds.values import Json
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._conditions import Condition, conditions
from engine.model.lint._matchers import is_scalar
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "use an operator: lt, le, gt, ge, between, eq, ne, in, contains, matches, exists, len, not"
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example', expect: {seconds: {lessthan: 2}}}, then: {any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example', expect: {seconds: {lt: 2}}}, then: {any: escalated}}
"""

_MEANT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("lessthan", "less_than", "less", "below", "under"), "lt"),
    **dict.fromkeys(("lte", "at_most", "max", "maximum", "less_or_equal"), "le"),
    **dict.fromkeys(("greaterthan", "greater_than", "greater", "more_than", "above", "over"), "gt"),
    **dict.fromkeys(("gte", "at_least", "min", "minimum", "greater_or_equal"), "ge"),
    **dict.fromkeys(("equals", "equal", "is", "equal_to"), "eq"),
    **dict.fromkeys(("neq", "not_equal", "notequal", "is_not", "not_equals"), "ne"),
    **dict.fromkeys(("regex", "regexp", "match", "like", "pattern"), "matches"),
    **dict.fromkeys(("includes", "include", "has", "contain"), "contains"),
    **dict.fromkeys(("one_of", "any_of", "oneof"), "in"),
    **dict.fromkeys(("not_in", "notin", "none_of"), "not: {in: …}"),
    **dict.fromkeys(("startswith", "starts_with", "endswith", "ends_with"), "matches"),
    **dict.fromkeys(("length", "size"), "len"),
}
"""What other tools call our operators."""
_SURE: Final = frozenset(_MEANT) - {
    *(
        "less",
        "below",
        "under",
        "max",
        "maximum",
        "greater",
        "above",
        "over",
        "min",
        "minimum",
        "is",
        "equal",
    ),
    *("regex", "match", "like", "pattern", "include", "includes", "has", "length", "size", "contain"),
}
"""Words that are hardly the name of a field."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield fields of what has none, and words that other tools have for our operators."""
    for one in conditions(graph):
        word = _word(one.matcher.data, scalar=_scalar(one))
        if word:
            meant = _MEANT.get(word, "")
            fix = f"write '{meant}'" if meant else did_you_mean(word, ALL) or FIX
            yield Fault(one.place, f"'{word}' is no operator, and '{one.path}' has no fields", fix)


def _scalar(one: Condition) -> bool:
    if one.domain.values or one.domain.numeric:
        return True
    return one.check is not None and one.fact not in one.check.facts and is_scalar(one.check.kind, one.fact)


def _word(data: Json, *, scalar: bool) -> str:
    """Return the first key that is no operator, where keys can only be operators."""
    if not isinstance(data, Mapping) or is_operators(data):
        return ""
    return next((key for key in data if scalar or key in _SURE), "")
