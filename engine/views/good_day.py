"""What a check sees on a good day: the plainest facts that its own expectation calls a pass.

Rules:
1. Candidates are read off the operands of the expectation; the expectation itself says which of them holds,
   so nothing here can call a pass what the engine would not.
2. What no candidate fits (a pattern, mostly) is left out: its fact is absent, as where a target says little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.kinds.matchers import Matcher
from engine.kinds.matching import MATCHERS, is_operators, judge
from engine.kinds.references import ABSENT, Absent
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Json

_PLAIN: tuple[Json, ...] = (0, 1, True, False, "", "ok", [], ["ok"])
"""What is tried where the operands themselves do not fit."""


def good_day(check: CheckUse) -> Mapping[str, Json]:
    """Return the facts of a pass, as far as they can be told from the expectation."""
    facts: dict[str, Json] = {}
    for subject, matcher in check.expected().items():
        found = fitting(matcher)
        if not isinstance(found, Absent):
            put(facts, subject, found)
    return facts


def put(facts: dict[str, Json], path: str, value: Json) -> None:
    """Write a value at a dotted path; what stands in the way gives way."""
    head, dot, rest = path.partition(".")
    if not dot:
        facts[head] = value
        return
    inner = facts.get(head)
    below: dict[str, Json] = dict(inner) if isinstance(inner, Mapping) else {}
    put(below, rest, value)
    facts[head] = below


def fitting(matcher: Matcher) -> Json | Absent:
    """Return a value that passes, or ABSENT where none was found."""
    return next(
        (value for value in _candidates(matcher.data) if judge(matcher.data, value) == "pass"), ABSENT
    )


def _candidates(data: Json) -> Iterator[Json]:
    if not isinstance(data, Mapping):
        yield data
        return
    if not is_operators(data):
        parts = {key: _first(item) for key, item in data.items()}
        found: dict[str, Json] = {}
        for key, part in parts.items():
            if not isinstance(part, Absent):
                put(found, key, part)
        yield found
        return
    item: dict[str, Json] = {}
    for name in ("where", "get"):
        part = _first(data[name]) if name in data else ABSENT
        if isinstance(part, Mapping):
            item |= part
    if item:
        yield item
        yield [item]
    for name, operand in data.items():
        yield from _of(name, operand)
    yield from _PLAIN


def _of(name: str, operand: Json) -> Iterator[Json]:
    if name in MATCHERS:
        inner = _first(operand)
        if name == "len" and isinstance(inner, int):
            yield ["ok"] * inner
            yield "o" * inner
        elif not isinstance(inner, Absent) and name not in ("not", "count"):
            yield [inner]
        return
    values = operand if isinstance(operand, list | tuple) else [operand]
    for value in values:
        yield value
        yield [value]
        number = _number(value)
        if number is not None:
            yield from (number / 2, number + 1, number - 1)


def _number(value: Json) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return float(Duration.parse(value))
    except ValueError:
        return None


def _first(data: Json) -> Json | Absent:
    return next((value for value in _candidates(data) if judge(data, value) == "pass"), ABSENT)
