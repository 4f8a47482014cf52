"""An assertion of the runbook that some path contradicts, or that speaks of something that is not there.

An assertion is what the team relies on when nobody has time to read the graph. One that does not hold is
worse than none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._walk import shown
from engine.model.proof.asserting import prove
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead the path another way, or take the assertion back"
BEFORE: Final = """
assert:
  - {before: {end: escalated, comes: look}}
steps:
  start:
    ask: Is it known?
    options: {yes: It is, no: It is not}
    timeout: 5m
    then: {yes: escalated, no: look}
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
otherwise: escalated
"""
AFTER: Final = """
assert:
  - {before: {end: escalated, comes: look}}
steps:
  start:
    ask: Is it known?
    options: {yes: It is, no: It is not}
    timeout: 5m
    then: {any: look}
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
otherwise: look
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every assertion that is not proved."""

    def library(name: str) -> Runbook:
        # of what nobody has read nothing is said here: that it is not there is told by others
        return facts.runbooks.get(name) or Runbook(runbook=name, title=name, steps={})

    for number, one in enumerate(prove(runbook, graph, library)):
        place = ("assert", number)
        if one.wrong:
            yield Fault(place, f"{one.text}: {one.wrong}", one.fix, at_key=False)
        elif not one.holds:
            trace = tuple(graph.place(step) for step in one.path)
            said = shown(trace)
            doubt = "" if one.certain else " (whether its steps may be visited so often is not known)"
            yield Fault(place, f"{one.text}: not on {said}{doubt}", trace=trace, at_key=False)
