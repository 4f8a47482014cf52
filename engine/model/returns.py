"""How often a run can come by a step: as often as the bounds of the other steps let it.

Rules:
1. A step passes at most `visits` times; what comes more often leaves by its limit, however often.
2. So what comes by is a flow, and the smallest cut between the steps bounds it. No run comes by more often;
   that one can come by as often is not said, since what was seen may forbid it.
3. A jump of a person counts anew from where it leads: with `anywhere`, a run may have begun at any step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from engine.model.graph import Graph

_Port = tuple[str, bool]
"""A step before (False) or behind (True) its bound."""


def most_visits(graph: Graph, step: str, enough: int, *, anywhere: bool = False) -> int:
    """Return how often a run can come by a step at most; what is `enough` is not counted on."""
    flow = _Flow(graph, step)
    first = int(anywhere or graph.start == step)
    if not first:
        first = int(flow.reaches((graph.start, False)))
    found = first
    while found < enough and flow.reaches((step, True)):
        found += 1
    return found


class _Flow:
    """The ways back to one step, and how much of them is used up."""

    def __init__(self, graph: Graph, step: str) -> None:
        self.target = (step, False)
        self.left: dict[_Port, dict[_Port, int]] = {}
        for name, node in graph.nodes.items():
            if name != step:
                self._edge((name, False), (name, True), node.visits)
        for edge in graph.edges:
            if edge.target not in graph.nodes or edge.step not in graph.nodes:
                continue
            if edge.step != step:  # a wait's own limit leads where that of its visits does
                self._edge((edge.step, edge.outcome != "limit"), (edge.target, False), 1 << 30)
            elif not graph.counts(edge):
                self._edge((step, True), (edge.target, False), 1 << 30)

    def reaches(self, start: _Port) -> bool:
        """Use up one more way from here to the step; no where there is none left."""
        came: dict[_Port, _Port] = {start: start}
        queue = deque([start])
        while queue and self.target not in came:
            here = queue.popleft()
            for there, free in self._from(here).items():
                if free and there not in came:
                    came[there] = here
                    queue.append(there)
        if self.target not in came:
            return False
        here = self.target
        while here != start:
            before = came[here]
            self.left[before][here] -= 1
            self.left[here][before] += 1
            here = before
        return True

    def _from(self, here: _Port) -> Mapping[_Port, int]:
        return self.left.get(here, {})

    def _edge(self, one: _Port, other: _Port, most: int) -> None:
        self.left.setdefault(one, {})[other] = most
        self.left.setdefault(other, {}).setdefault(one, 0)


__all__ = ["most_visits"]
