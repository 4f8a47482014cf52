"""An expectation or a condition that every value meets: it decides nothing.

The rows of a decide below it are never reached; an expectation beside others looks like a bound, and is
none. Of a check that asks for nothing else it is in order: it passes where its facts could be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._conditions import Condition, conditions
from engine.model.lint._matchers import of_fact, says
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "give the bound that tells good from bad, or take it out"
BEFORE: Final = """
steps:
  look:
    check: {http: 'https://x.example/jobs', expect: {status: {ge: 100}, json.waiting: {lt: 50}}}
    then: {any: escalated}
"""
AFTER: Final = """
steps:
  look:
    check: {http: 'https://x.example/jobs', expect: {status: 200, json.waiting: {lt: 50}}}
    then: {any: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every matcher that holds whatever is seen."""
    for one in conditions(graph):
        if says(one.matcher, one.domain) == "always" and not _only_readable(one):
            yield Fault(one.place, f"'{one.path}' {one.matcher.text()} holds whatever is seen")


def _only_readable(one: Condition) -> bool:
    """Say whether a check asks only that its facts can be read: it is there for what it sees."""
    if one.check is None or one.path not in one.check.expect:
        return False
    return all(says(other, of_fact(one.check, name)) == "always" for name, other in one.check.expect.items())
