"""A path that changes a system before anybody has looked at it.

What nobody looked at may be well, or broken in another way; a restart then destroys the evidence of why.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.undo import UndoStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import looks
from engine.model.lint._walk import shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "put a check, or a question to a person, before it on every path"
BEFORE: Final = """
steps:
  restart: {action: {http: 'https://x.example/restart', irreversible: a restart}, then: look}
  look: {check: {http: 'https://x.example'}, then: {any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example'}, then: {pass: false-alarm, fail: restart, unknown: escalated}}
  restart: {action: {http: 'https://x.example/restart', irreversible: a restart}, then: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield each change that can be the first thing that happens."""
    for way in ways(graph, "", _blind):
        node = graph.nodes.get(way.step)
        if node is not None and _changes(node):
            message = f"{shown(way.trace())}: this changes something before anybody has looked"
            yield Fault(graph.place(way.step), message, trace=way.trace())
        elif node is not None:
            here = (*graph.place(way.step), "parallel")
            for branch in graph.branches:
                if branch.route[: len(here)] == here:
                    yield from examine(runbook, branch, facts)


def _changes(node: Node) -> bool:
    if isinstance(node.step, ActionStep):
        return node.step.action.effect != "read"
    return isinstance(node.step, UndoStep)


def _blind(node: Node | None, edge: Edge, memory: str) -> str | None:
    return None if node is not None and looks(node) else memory
