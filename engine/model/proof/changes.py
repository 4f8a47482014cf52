"""Which steps may change a system, and by which operations: their own, and those of what they open."""

from __future__ import annotations

from collections.abc import Mapping

from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.model.assertion import ANY_CHANGE
from engine.model.proof.calls import Library

UNDO = "undo"
"""The operation of what is taken back."""


def changing(nodes: Mapping[str, Node], change: str, library: Library) -> frozenset[str]:
    """Return the steps that may make a change, `any` or of one operation.

    A runbook that cannot be found, or that is being looked at already, may do anything.
    """
    known: dict[str, bool] = {}

    def may(node: Node) -> bool:
        step = node.step
        if isinstance(step, ActionStep):
            fits = change in (ANY_CHANGE, step.action.operation)
            backing = change in (ANY_CHANGE, UNDO) and step.watch is not None
            return step.action.effect != "read" and (fits or backing)
        if isinstance(step, UndoStep):
            return change in (ANY_CHANGE, UNDO)
        if isinstance(step, ParallelStep):
            return any(may(inner) for branch in step.parallel.values() for inner in branch.steps.values())
        if isinstance(step, RunbookStep):
            if step.runbook not in known:
                known[step.runbook] = True
                called = library(step.runbook)
                known[step.runbook] = called is None or any(may(inner) for inner in called.steps.values())
            return known[step.runbook]
        return False

    return frozenset(name for name, node in nodes.items() if may(node))


__all__ = ["UNDO", "changing"]
