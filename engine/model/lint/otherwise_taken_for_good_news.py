"""An `otherwise` that ends the run well or as aborted: what nobody foresaw reaches no person.

It takes every outcome that the file does not speak of, failures and silence among them. That is no good news,
and to abort is a person's decision.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.escalate import EscalateStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import looks
from engine.model.lint._walk import shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead 'otherwise' to a step that pages or asks a person, or to escalated, or leave it out"
BEFORE: Final = """
otherwise: aborted
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm}}
"""
AFTER: Final = """
otherwise: escalated
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm}}
"""

_WRONG: Final = {
    "resolved": "as if all were well",
    "mitigated": "as if all were well",
    "false-alarm": "as if all were well",
    "aborted": "as if a person had aborted it",
}


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield an `otherwise` from which such an end is reached with nobody and nothing asked in between."""
    if not runbook.otherwise:
        return
    for way in ways(graph, "", _unseen, start=runbook.otherwise):
        if way.step in _WRONG:
            trace = way.trace()
            message = f"what nobody foresaw leads to {shown(trace)}, {_WRONG[way.step]}"
            yield Fault(("otherwise",), message, trace=trace, at_key=False)
            return


def _unseen(node: Node | None, edge: Edge, memory: str) -> str | None:
    """Follow a way up to the next look, or to a person who took it."""
    if node is None or (edge.outcome == "limit" and not edge.written):
        return None
    taken = isinstance(node.step, EscalateStep) and edge.outcome == "acknowledged"
    return None if taken or looks(node) else memory
