"""An expectation or a condition that no value can meet.

Its row is never taken, its check never passes, and nothing says so: mostly an answer that the step never
gives, two bounds the wrong way round, or a number written as a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity, did_you_mean
from engine.kinds.values import Json
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._conditions import Condition, conditions
from engine.model.lint._matchers import exists, says
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "mend the value or the bounds, or take it out"
BEFORE: Final = """
steps:
  users: {ask: Do users complain?, options: {loud: They do, quiet: They do not}, then: sort}
  sort: {decide: [{if: {users.answer: yes-they-do}, go: escalated}], else: false-alarm}
"""
AFTER: Final = """
steps:
  users: {ask: Do users complain?, options: {loud: They do, quiet: They do not}, then: sort}
  sort: {decide: [{if: {users.answer: loud}, go: escalated}], else: false-alarm}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every matcher that never holds."""
    for one in conditions(graph):
        if one.check is not None and one.fact and not _is_answer(one) and not exists(one.check, one.fact):
            known = [*one.check.kind.fact_names, *one.check.facts]
            message = f"a {one.check.kind.kind} check never has '{one.fact}'"
            yield Fault(one.place, message, did_you_mean(one.fact, known) or f"known: {', '.join(known)}")
        elif says(one.matcher, one.domain) == "never":
            message = f"'{one.path}' {one.matcher.text()} can never hold{_may_be(one)}"
            yield Fault(one.place, message, _close(one))


def _is_answer(one: Condition) -> bool:
    return one.fact in ("", "answer", "outcome")


def _may_be(one: Condition) -> str:
    values = one.domain.values
    return f": it is one of {', '.join(_said(value) for value in values)}" if values else ""


def _close(one: Condition) -> str:
    words = [value for value in one.domain.values if isinstance(value, str)]
    return did_you_mean(one.matcher.data, words) if isinstance(one.matcher.data, str) else ""


def _said(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
