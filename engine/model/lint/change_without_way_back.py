"""A change that says neither how it is taken back nor why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator

from engine.kinds.findings import Finding
from engine.kinds.steps.action import ActionStep
from engine.model.graph import Graph
from engine.model.runbook import Runbook


def examine(runbook: Runbook, graph: Graph) -> Iterator[Finding]:
    """Yield changes with neither `undo` nor `irreversible`, and those with both."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, ActionStep) or node.step.action.effect == "read":
                continue
            action = node.step.action
            place = (*one.place(name), "action")
            if action.undo is None and not action.irreversible:
                fix = "add 'undo: {…}', or 'irreversible: why'; 'effect: read' where nothing is changed"
                message = f"the change '{name}' has no way back"
                yield Finding("change-without-way-back", place, message, fix)
            elif action.undo is not None and action.irreversible:
                message = f"the change '{name}' has an undo and says that there is none"
                yield Finding("change-without-way-back", place, message, "keep one of undo and irreversible")
