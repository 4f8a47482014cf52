"""A change in a branch that may be dropped: only reads can be cancelled when another branch wins."""

from __future__ import annotations

from collections.abc import Iterator

from engine.kinds.findings import Finding
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.model.graph import Graph
from engine.model.runbook import Runbook


def examine(runbook: Runbook, graph: Graph) -> Iterator[Finding]:
    """Yield what may change something inside `parallel` with `until: any` or `until: first`."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, ParallelStep) and node.step.until != "all":
                here = (*one.place(name), "parallel")
                inside = [branch for branch in one.branches if branch.route[: len(here)] == here]
                yield from (finding for branch in inside for finding in _changes(branch, node.step.until))


def _changes(graph: Graph, until: str) -> Iterator[Finding]:
    for one in graph.every():
        for name, node in one.nodes.items():
            reads = isinstance(node.step, ActionStep) and node.step.action.effect == "read"
            if isinstance(node.step, ActionStep | UndoStep | RunbookStep) and not reads:
                message = (
                    f"'{name}' may change something in a branch of 'until: {until}', which may be dropped"
                )
                yield Finding(
                    "change-in-race",
                    one.place(name),
                    message,
                    "wait for all branches, or move it behind them",
                )
