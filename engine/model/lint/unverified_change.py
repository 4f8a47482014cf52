"""A change after which a path ends without having looked whether it helped.

A system may say that it did what was asked, and be as broken as before. Somebody has to look: the engine, or
a person who is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import looks
from engine.model.lint._walk import ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "check it, or wait for the recovery, before the end"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act: {action: {http: 'https://x.example', method: POST, irreversible: sent}, then: mitigated}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act: {action: {http: 'https://x.example', method: POST, irreversible: sent}, then: seen}
  seen: {check: {tcp: 'db:5432'}, then: {pass: mitigated, fail: escalated, unknown: escalated}}
"""

_CLAIMS = ("resolved", "mitigated")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield changes whose success can end as resolved or mitigated with nothing seen in between."""
    for name, node in graph.nodes.items():
        if not isinstance(node.step, ActionStep) or node.step.action.effect == "read":
            continue
        for way in ways(graph, name, _unseen, start=name):
            if way.step in _CLAIMS:
                message = f"after the change '{name}' a path ends '{way.step}' without a look at what it did"
                yield Fault(graph.place(name), message, trace=way.trace())


def _unseen(node: Node | None, edge: Edge, change: str) -> str | None:
    """Follow the success of the change, up to the first look."""
    if edge.step == change:
        return change if edge.outcome == "done" else None
    return None if node is not None and looks(node) else change
