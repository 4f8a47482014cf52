"""A path to `resolved` without proof: a run is resolved when its recovery check has held, not before.

Proof is a `wait` with `recovery: true` that held, with no change after it. Another runbook that ended
resolved has proved it itself. Followed are (step, proved) pairs, so that loops end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from engine.kinds.findings import Finding
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.model.graph import Edge, Graph
from engine.model.runbook import Runbook

_FIX = "lead it to a wait with 'recovery: true' first; where nothing was wrong, end 'false-alarm'"


def examine(runbook: Runbook, graph: Graph) -> Iterator[Finding]:
    """Yield every step that can end the run resolved unproved, with one path that does."""
    leaving = graph.leaving()
    came: dict[tuple[str, bool], tuple[str, bool] | None] = {(graph.start, False): None}
    left = deque(came)
    told: set[str] = set()
    while left:
        here = left.popleft()
        for edge in leaving.get(here[0], ()):
            proved = _proved(graph.nodes.get(edge.step), edge, here[1])
            if edge.target == "resolved" and not proved and edge.step not in told:
                told.add(edge.step)
                yield _finding(graph, edge, _path(came, here))
            if (edge.target, proved) not in came:
                came[edge.target, proved] = here
                left.append((edge.target, proved))


def _proved(node: Node | None, edge: Edge, before: bool) -> bool:
    if node is None:
        return before
    if isinstance(node.step, WaitStep) and node.step.recovery and edge.outcome == "held":
        return True
    if isinstance(node.step, RunbookStep):
        return edge.outcome == "resolved"
    return before and not _changes(node)


def _changes(node: Node) -> bool:
    if isinstance(node.step, ParallelStep):
        return any(
            _changes(inner) for branch in node.step.parallel.values() for inner in branch.steps.values()
        )
    if isinstance(node.step, ActionStep):
        return node.step.action.effect != "read"
    return isinstance(node.step, UndoStep | RunbookStep)


def _path(came: dict[tuple[str, bool], tuple[str, bool] | None], last: tuple[str, bool]) -> list[str]:
    path: list[str] = []
    here: tuple[str, bool] | None = last
    while here is not None:
        path.insert(0, here[0])
        here = came[here]
    return path


def _finding(graph: Graph, edge: Edge, path: list[str]) -> Finding:
    shown = path if len(path) <= 6 else [*path[:2], "…", *path[-3:]]
    message = f"{' -> '.join([*shown, 'resolved'])}: nothing proved the recovery"
    place = graph.place(edge.step)
    return Finding("resolved-without-recovery", (*place, "then", edge.outcome), message, _FIX)
