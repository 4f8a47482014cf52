"""A runbook with everything it opens: each graph once for every step that opens it, as a plan holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.kinds.errors import UsageError
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.model.graph import Graph, graph_of
from engine.model.proof.calls import Library, circle
from engine.model.runbook import Runbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One graph: that of the runbook, of a branch, or of a runbook that is called."""

    path: str
    graph: Graph
    times: int
    """How often it is opened at most, in one run."""
    inner: dict[str, tuple[Part, ...]]
    """What each step opens."""

    def every(self) -> Iterator[Part]:
        """Yield this part and all that it opens, however deep."""
        yield self
        for parts in self.inner.values():
            for part in parts:
                yield from part.every()

    def named(self, step: str) -> str:
        """Return the path of one of its steps."""
        return f"{self.path}/{step}" if self.path else step

    def actions(self) -> Iterator[tuple[str, Node, ActionStep, int]]:
        """Yield its own action steps by name, and how often each is visited at most in one run."""
        for name, node in self.graph.nodes.items():
            if isinstance(node.step, ActionStep):
                yield name, node, node.step, self.times * node.visits


def parts_of(runbook: Runbook, library: Library) -> Part:
    """Return a runbook with what it opens; raises UsageError where it is not there or calls itself."""
    ring = circle(runbook, library)
    if ring:
        raise UsageError(f"{' -> '.join(ring)} calls itself", hint="take one of the calls out")
    return _part(graph_of(runbook).passable(), "", 1, library, (runbook.runbook,))


def _part(graph: Graph, path: str, times: int, library: Library, stack: tuple[str, ...]) -> Part:
    part = Part(path=path, graph=graph, times=times, inner={})
    for name, node in graph.nodes.items():
        often = times * node.visits
        if isinstance(node.step, ParallelStep):
            here = (*graph.place(name), "parallel")
            branches = (one.passable() for one in graph.branches if one.route[: len(here)] == here)
            part.inner[name] = tuple(
                _part(one, f"{part.named(name)}/{one.route[-2]}", often, library, stack) for one in branches
            )
        elif isinstance(node.step, RunbookStep):
            called = library(node.step.runbook)
            if called is None:
                raise UsageError(f"there is no runbook '{node.step.runbook}'", hint="`runbook list`")
            if called.runbook in stack:
                ring = " -> ".join((*stack, called.runbook))
                raise UsageError(f"{ring} calls itself", hint="take one of the calls out")
            inside = graph_of(called, called=True).passable()
            part.inner[name] = (_part(inside, part.named(name), often, library, (*stack, called.runbook)),)
    return part


__all__ = ["Part", "parts_of"]
