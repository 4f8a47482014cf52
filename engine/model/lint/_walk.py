"""Every way through a graph, followed with something remembered: (step, memory) pairs, so that loops end.

What is remembered must have few values (was it looked at yet? which steps have run?). The first way that
leads to a pair is a shortest one, which is what a finding shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from engine.kinds.findings import Route
from engine.kinds.nodes import Node
from engine.model.graph import Edge, Graph

M = TypeVar("M", bound=Hashable)
After = Callable[[Node | None, Edge, M], M | None]
"""What is remembered behind an edge; None: the way is not followed further. The built-in step has no node."""


@dataclass(frozen=True, slots=True)
class Way(Generic[M]):
    """A step that was entered with something remembered, and one shortest way to it."""

    graph: Graph
    step: str
    memory: M
    before: Way[M] | None = field(default=None, repr=False)

    def names(self) -> tuple[str, ...]:
        """Return the steps on the way, this one last."""
        names: list[str] = []
        here: Way[M] | None = self
        while here is not None:
            names.append(here.step)
            here = here.before
        return tuple(reversed(names))

    def trace(self, *ends: str) -> tuple[Route, ...]:
        """Return the way as routes, and where it goes on."""
        return tuple(self.graph.place(name) for name in (*self.names(), *ends))


def ways(graph: Graph, memory: M, after: After[M], start: str = "") -> Iterator[Way[M]]:
    """Yield every step and end with everything that can be remembered there, the nearest first."""
    leaving = graph.leaving()
    first = Way(graph, start or graph.start, memory)
    seen = {(first.step, memory)}
    left = deque([first])
    while left:
        here = left.popleft()
        yield here
        for edge in leaving.get(here.step, ()):
            then = after(graph.nodes.get(edge.step), edge, here.memory)
            if then is not None and (edge.target, then) not in seen:
                seen.add((edge.target, then))
                left.append(Way(graph, edge.target, then, here))


def shown(trace: tuple[Route, ...]) -> str:
    """Return a way in one line, its middle left out where it is long."""
    names = [str(route[-1]) for route in trace]
    return " -> ".join(names if len(names) <= 6 else [*names[:2], "…", *names[-3:]])


__all__ = ["After", "Way", "shown", "ways"]
