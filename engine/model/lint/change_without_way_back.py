"""A change that says neither how it is taken back nor why it cannot be.

An incident is no time to find out whether a change can be taken back. Who writes the change knows, or must.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.action import ActionStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "add 'undo: {…}', or 'irreversible: why'; 'effect: read' where nothing is changed"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act: {action: {http: 'https://x.example/on'}, then: seen}
  seen: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act: {action: {http: 'https://x.example/on', undo: {http: 'https://x.example/off'}}, then: seen}
  seen: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield changes with neither `undo` nor `irreversible`, and those with both."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, ActionStep) or node.step.action.effect == "read":
                continue
            action = node.step.action
            place = (*one.place(name), "action")
            if action.undo is None and not action.irreversible:
                message = f"the change '{name}' has no way back"
                yield Fault(place, message)
            elif action.undo is not None and action.irreversible:
                message = f"the change '{name}' has an undo and says that there is none"
                yield Fault(place, message, "keep one of undo and irreversible")
