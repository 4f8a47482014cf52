"""Where a step uses a check or an action, each with its route into the file; and what a step may change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.kinds.findings import Route
from engine.kinds.nodes import Node
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Effect, Undo
from engine.model.graph import Edge, Graph


@dataclass(frozen=True, slots=True)
class Used:
    """One check, action or undo of a step."""

    graph: Graph
    step: str
    place: Route
    use: CheckUse | ActionUse | Undo

    @property
    def effect(self) -> Effect:
        """Return what it may do to a system."""
        if isinstance(self.use, CheckUse):
            return "read"
        return self.use.effect if isinstance(self.use, ActionUse) else "change"


def used(graph: Graph) -> Iterator[Used]:
    """Yield every use of a graph and of its branches, in the order of the file."""
    for one in graph.every():
        for name, node in one.nodes.items():
            for inside, use in uses_of(node.step):
                yield Used(one, name, (*one.place(name), *inside), use)


def uses_of(step: Step) -> Iterator[tuple[Route, CheckUse | ActionUse | Undo]]:
    """Yield what a step uses, with the route inside the step; branches are graphs of their own."""
    match step:
        case CheckStep():
            yield ("check",), step.check
        case ChecksStep():
            yield from ((("checks", name), check) for name, check in step.checks.items())
        case WaitStep():
            for name, check in (step.until or {}).items():
                alone = len(step.until or {}) == 1 and name == "check"
                yield (("wait", "until") if alone else ("wait", "until", name)), check
        case ActionStep():
            yield ("action",), step.action
            if step.action.reconcile is not None:
                yield ("action", "reconcile"), step.action.reconcile
            if step.action.undo is not None:
                yield ("action", "undo"), step.action.undo
                if step.action.undo.verify is not None:
                    yield ("action", "undo", "verify"), step.action.undo.verify
            if step.watch is not None:
                yield ("watch",), step.watch


def checks_of(step: Step) -> Mapping[str, CheckUse]:
    """Return the checks whose answers a step's outcome or facts come from, by the name of the fact."""
    match step:
        case CheckStep():
            return {"": step.check}
        case ChecksStep():
            return step.checks
        case WaitStep():
            return step.until or {}
    return {}


def looks(node: Node) -> bool:
    """Say whether something is learned of the system here: by the engine, another runbook, or a person."""
    if isinstance(node.step, WaitStep):
        return node.step.until is not None
    if isinstance(node.step, ActionStep):
        return node.step.action.effect == "read"
    if isinstance(node.step, ParallelStep):
        return any(looks(inner) for branch in node.step.parallel.values() for inner in branch.steps.values())
    return node.step.kind in ("check", "checks", "runbook", "ask")


def changes(node: Node) -> bool:
    """Say whether a step may change a system, in a branch or in another runbook too."""
    if isinstance(node.step, ParallelStep):
        return any(
            changes(inner) for branch in node.step.parallel.values() for inner in branch.steps.values()
        )
    if isinstance(node.step, ActionStep):
        return node.step.action.effect != "read"
    return isinstance(node.step, UndoStep | RunbookStep)


def proved(node: Node | None, edge: Edge, before: bool) -> bool:
    """Say whether the recovery is proved behind an edge, where it was before it or was not."""
    if node is None:
        return before
    if isinstance(node.step, WaitStep) and node.step.recovery and edge.outcome == "held":
        return True
    if isinstance(node.step, RunbookStep):
        return edge.outcome == "resolved"
    return before and not changes(node)


__all__ = ["Used", "changes", "checks_of", "looks", "proved", "used", "uses_of"]
