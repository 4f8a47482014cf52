"""A shortest walk through a graph to one of some places: behind one step, around another.

Rules:
1. First the graph alone: a place that no edge leads to is reached by no walk, whatever is found in an
   incident. Limits of steps that cannot come again are no edges.
2. What was found may need a step more often than it may be visited. Then every walk is tried with its visits
   counted. That ends; where it takes too long (`MOST`), the first walk is told, as one that may not be
   possible.
3. Where visits may run out in a circle, the engine cuts it: to `escalated`, in a branch to `unknown`.
4. A change that a person declines is `skipped`, which goes where `failed` goes unless the author says so.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import pairwise

from engine.kinds.nodes import BRANCH_ENDS
from engine.kinds.steps.action import ActionStep
from engine.model.graph import Edge, Graph

MOST = 400_000
"""Visits that are counted altogether, before it is said that it cannot be told."""


@dataclass(frozen=True, slots=True)
class Point:
    """A step that is left, with one outcome or with whatever outcome."""

    step: str
    outcome: str = ""

    @classmethod
    def parse(cls, text: str) -> Point:
        """Read `look` or `look.pass`."""
        step, _, outcome = text.partition(".")
        return cls(step, outcome)

    def passed(self, edge: Edge) -> bool:
        """Say whether an edge leaves the step this way."""
        return edge.step == self.step and self.outcome in ("", edge.outcome)


@dataclass(frozen=True, slots=True)
class Goal:
    """What a walk is looked for to: one of `places`, entered behind `after`, never having left `around`."""

    places: Set[str]
    after: Point | None = None
    around: Point | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """A walk from the start; `certain` where no step on it is visited more often than it may be."""

    steps: tuple[str, ...]
    certain: bool = True


@dataclass(frozen=True, slots=True)
class _Here:
    place: str
    behind: bool
    visits: tuple[tuple[str, int], ...] = ()
    before: _Here | None = None

    def steps(self) -> tuple[str, ...]:
        found: list[str] = []
        here: _Here | None = self
        while here is not None:
            found.append(here.place)
            here = here.before
        return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class Ways:
    """A graph, made ready for walks: every edge a run can take, and the steps that can come again."""

    graph: Graph
    leaving: Mapping[str, list[Edge]]
    again: Set[str]


def ways(graph: Graph) -> Ways:
    """Return the ways of a graph, once for all that is asked of it."""
    passable = graph.passable()
    leaving: dict[str, list[Edge]] = {}
    for edge in _possible(passable):
        leaving.setdefault(edge.step, []).append(edge)
    return Ways(passable, leaving, passable.cyclic() & graph.nodes.keys())


def walk(on: Ways, goal: Goal) -> Walk | None:
    """Return a shortest walk to the goal, None where there is none."""
    graph, leaving = on.graph, on.leaving
    rough = _search(graph, goal, leaving, frozenset())
    if not isinstance(rough, _Here):
        return None
    steps = rough.steps()
    often = Counter(steps)
    spent = any(often[step] > node.visits for step, node in graph.nodes.items())
    if not spent and not _by_limit(graph, steps, leaving):
        return Walk(steps)
    exact = _search(graph, goal, leaving, on.again)
    if exact is None:
        return None
    return Walk(exact.steps()) if isinstance(exact, _Here) else Walk(steps, certain=False)


def _search(
    graph: Graph, goal: Goal, leaving: Mapping[str, list[Edge]], counted: Set[str]
) -> _Here | str | None:
    """Return the first place that fits, None where none does, or a word where it cannot be told."""
    first = _Here(graph.start, goal.after is None, _more((), graph.start, counted, graph))
    seen = {(first.place, first.behind, first.visits)}
    left = deque([first])
    while left:
        here = left.popleft()
        spent = _spent(here, counted, graph)
        if here.behind and here.place in goal.places and not spent:
            return here
        for edge in leaving.get(here.place, ()):
            if here.place in counted and (edge.outcome != "limit" if spent else graph.counts(edge)):
                continue
            if here.behind and goal.around is not None and goal.around.passed(edge):
                continue
            behind = here.behind or (goal.after is not None and goal.after.passed(edge))
            there = _Here(edge.target, behind, _more(here.visits, edge.target, counted, graph), here)
            key = (there.place, there.behind, there.visits)
            if key in seen:
                continue
            if len(seen) * len(counted) >= MOST:
                return "too many"
            seen.add(key)
            left.append(there)
    return None


def _more(
    visits: tuple[tuple[str, int], ...], place: str, counted: Set[str], graph: Graph
) -> tuple[tuple[str, int], ...]:
    """Return the visits with one more; beyond the bound they need not be told apart."""
    if place not in counted:
        return visits
    known = dict(visits)
    known[place] = min(known.get(place, 0) + 1, graph.nodes[place].visits + 1)
    return tuple(sorted(known.items()))


def _spent(here: _Here, counted: Set[str], graph: Graph) -> bool:
    """Say whether this is a visit beyond the bound: the step does nothing, and its limit is its outcome."""
    return here.place in counted and dict(here.visits).get(here.place, 0) > graph.nodes[here.place].visits


def _possible(graph: Graph) -> Iterator[Edge]:
    """Yield every edge a run can take, those included that nobody wrote."""
    circles = graph.circles()
    named = {edge.step for edge in graph.edges if edge.outcome == "skipped"}
    for edge in graph.edges:
        yield edge
        if edge.outcome == "failed" and edge.step not in named and _declinable(graph, edge):
            yield Edge(edge.step, "skipped", edge.target, written=False)
        if edge.outcome == "limit" and edge.step in circles:
            cut = "unknown" if graph.ends == BRANCH_ENDS else "escalated"
            yield Edge(edge.step, "limit", cut, written=False)


def _declinable(graph: Graph, edge: Edge) -> bool:
    node = graph.nodes.get(edge.step)
    return node is not None and isinstance(node.step, ActionStep)


def _by_limit(graph: Graph, steps: tuple[str, ...], leaving: Mapping[str, list[Edge]]) -> bool:
    """Say whether a walk goes on from some step by nothing but its limit."""
    for step, target in pairwise(steps):
        ways = [edge for edge in leaving.get(step, ()) if edge.target == target]
        if all(graph.counts(edge) for edge in ways):
            return True
    return False


__all__ = ["Goal", "Point", "Walk", "Ways", "walk", "ways"]
