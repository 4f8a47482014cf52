"""The graph of a runbook: which outcome leads where; the only user of networkx.

Rules:
1. Every outcome has an edge, as in the plan: what the author left open goes to `otherwise`, and in a branch
   to its end `fail`. `limit` (too many visits) is an outcome of every step. Such edges are not `written`.
2. The built-in `otherwise` is one node, which leads to `escalated`.
3. A branch of a `parallel` is a graph of its own; no edge crosses its border.
4. networkx costs more to import than most graphs to analyse: it is imported when something is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from itertools import islice
from math import fsum
from typing import TYPE_CHECKING

from engine.kinds.findings import Route
from engine.kinds.nodes import BRANCH_ENDS, ENDS, OTHERWISE, Node
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.wait import WaitStep
from engine.model.runbook import Runbook

if TYPE_CHECKING:
    import networkx

PATIENCE = 100
"""Visits beyond its bound after which the core ends the graph of a step (core/turn.py)."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One outcome of a step and where it leads; for a decide, the outcome is `decided`."""

    step: str
    outcome: str
    target: str
    written: bool = True


@dataclass(frozen=True, slots=True)
class Longest:
    """The longest walk through a graph: its length, the steps on it, and everything that can be reached."""

    length: float
    steps: tuple[str, ...]
    reached: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Steps, ends and edges of one runbook or of one branch; `route` is where its steps stand in the file."""

    start: str
    nodes: Mapping[str, Node]
    ends: tuple[str, ...]
    edges: tuple[Edge, ...]
    branches: tuple[Graph, ...] = ()
    route: Route = ("steps",)

    def every(self) -> Iterator[Graph]:
        """Yield this graph and those of all branches, however deep."""
        yield self
        for branch in self.branches:
            yield from branch.every()

    def place(self, step: str) -> Route:
        """Return where a step stands in the file."""
        return (*self.route, step)

    def leaving(self) -> Mapping[str, tuple[Edge, ...]]:
        """Return the edges that leave each step, in their order."""
        found: dict[str, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.step, []).append(edge)
        return {step: tuple(edges) for step, edges in found.items()}

    def reachable(self, start: str = "") -> frozenset[str]:
        """Return the steps and ends that can be reached from the start, or from a step; itself included."""
        import networkx

        here = start or self.start
        return frozenset({here, *networkx.descendants(self._whole(), here)})

    def cyclic(self) -> frozenset[str]:
        """Return the steps that can lead back to themselves."""
        return _looping(self._whole())

    def path(self, target: str, start: str = "") -> tuple[str, ...]:
        """Return a shortest path to a step or an end; empty where there is none."""
        import networkx

        try:
            return tuple(networkx.shortest_path(self._whole(), start or self.start, target))
        except networkx.NetworkXNoPath:
            return ()

    def paths(self, limit: int) -> tuple[tuple[str, ...], ...]:
        """Return at most `limit` paths from the start to an end, none visiting a step twice."""
        import networkx

        whole = self._whole()
        ends = [end for end in self.ends if whole.in_degree(end)]
        found = networkx.all_simple_paths(whole, self.start, ends)
        return tuple(tuple(path) for path in islice(found, limit))

    def longest(self, weights: Mapping[str, float], stops: Set[str] = frozenset()) -> Longest:
        """Return the longest walk from the start, each step taking its weight; no walk is longer.

        A walk ends at an end or at one of `stops`. What can lead back to itself is taken as often as it may
        be visited, all of it; what is left has no loops. Weights are not negative.
        """
        import networkx

        whole = self._whole()
        whole.remove_edges_from([edge for stop in stops if stop in whole for edge in whole.out_edges(stop)])
        reached = frozenset({self.start, *networkx.descendants(whole, self.start)})
        part = whole.subgraph(reached)
        condensed = networkx.condensation(part)
        best: dict[int, tuple[float, int | None]] = {}
        own: dict[int, float] = {}
        name: dict[int, str] = {}

        def rank(group: int) -> tuple[float, str]:
            return round(best[group][0], 6), name[group]  # of two as long, always the same one

        first = condensed.graph["mapping"][self.start]
        for group in networkx.topological_sort(condensed):
            members = condensed.nodes[group]["members"]
            again = len(members) > 1 or any(part.has_edge(one, one) for one in members)
            own[group] = fsum(
                weights.get(one, 0.0) * (self.nodes[one].visits if again and one in self.nodes else 1)
                for one in members
            )
            name[group] = min(members)
            if group == first:
                best[group] = (own[group], None)
                continue
            before = max(condensed.predecessors(group), key=rank)
            best[group] = (best[before][0] + own[group], before)
        here: int | None = max(best, key=rank)
        seconds = best[here][0] if here is not None else 0.0
        order = {name: number for number, name in enumerate((*self.nodes, OTHERWISE))}
        way: list[list[str]] = []
        while here is not None:
            members = condensed.nodes[here]["members"]
            way.append(sorted((one for one in members if one in order), key=order.__getitem__))
            here = best[here][1]
        return Longest(seconds, tuple(one for group in reversed(way) for one in group), reached)

    def circles(self) -> frozenset[str]:
        """Return the reachable steps that may be visited again and again beyond their bound.

        Their `limit` leads, by limits alone, back to themselves; or their loop has so many visits that the
        engine cuts it before all are spent.
        """
        import networkx

        whole = self._whole()
        reached = {self.start, *networkx.descendants(whole, self.start)}
        found: set[str] = set()
        for part in networkx.strongly_connected_components(whole):
            inside = part & reached & self.nodes.keys()
            if len(inside) > 1 and sum(self.nodes[step].visits for step in inside) >= PATIENCE:
                found |= inside
        limits = {edge.step: edge.target for edge in self.edges if edge.outcome == "limit"}
        for step in reached & limits.keys():
            here, seen = step, {step}
            while here in limits and limits[here] not in seen:
                here = limits[here]
                seen.add(here)
            if limits.get(here) == step:
                found |= seen
        return frozenset(found)

    def passable(self) -> Graph:
        """Return the graph with those edges only that a run can ever take.

        A limit of visits is reached only by a step that can come again: over edges without limits first, then
        over limits that were found passable before.
        """
        limits = [edge for edge in self.edges if self.counts(edge)]
        taken = [edge for edge in self.edges if not self.counts(edge)]
        while limits:
            again = _looping(self._digraph(taken))
            more = [edge for edge in limits if edge.step in again]
            if not more:
                break
            taken += more
            limits = [edge for edge in limits if edge.step not in again]
        left = frozenset(limits)
        return replace(self, edges=tuple(edge for edge in self.edges if edge not in left))

    def counts(self, edge: Edge) -> bool:
        """Say whether an edge is taken only beyond the bound of visits: a wait for checks has a limit too."""
        node = self.nodes.get(edge.step)
        own = node is not None and isinstance(node.step, WaitStep) and node.step.until is not None
        return edge.outcome == "limit" and not own

    def _whole(self) -> networkx.DiGraph[str]:
        return self._digraph(self.edges)

    def _digraph(self, edges: Iterable[Edge]) -> networkx.DiGraph[str]:
        import networkx

        whole: networkx.DiGraph[str] = networkx.DiGraph()
        whole.add_nodes_from((*self.nodes, *self.ends))
        whole.add_edges_from((edge.step, edge.target) for edge in edges)
        return whole


def _looping(whole: networkx.DiGraph[str]) -> frozenset[str]:
    import networkx

    return frozenset(
        step
        for part in networkx.strongly_connected_components(whole)
        for step in part
        if len(part) > 1 or whole.has_edge(step, step)
    )


def graph_of(runbook: Runbook, *, called: bool = False) -> Graph:
    """Return the graph of a runbook; one that another runbook calls hands over by ending `escalated`."""
    otherwise = runbook.otherwise or ("escalated" if called else OTHERWISE)
    graph = _graph(runbook.steps, runbook.start, otherwise, ENDS, ("steps",))
    if otherwise != OTHERWISE or all(edge.target != OTHERWISE for edge in graph.edges):
        return graph
    handed_over = Edge(OTHERWISE, "acknowledged", "escalated", written=False)
    return Graph(
        start=graph.start,
        nodes=graph.nodes,
        ends=graph.ends,
        edges=(*graph.edges, handed_over),
        branches=graph.branches,
    )


def _graph(
    nodes: Mapping[str, Node], start: str, otherwise: str, ends: tuple[str, ...], route: Route
) -> Graph:
    branches = tuple(
        _graph(branch.steps, branch.start, "fail", BRANCH_ENDS, (*route, name, "parallel", inner, "steps"))
        for name, node in nodes.items()
        if isinstance(node.step, ParallelStep)
        for inner, branch in node.step.parallel.items()
    )
    edges = tuple(edge for name, node in nodes.items() for edge in _edges(name, node, otherwise))
    first = start or next(iter(nodes), "")
    return Graph(start=first, nodes=nodes, ends=ends, edges=edges, branches=branches, route=route)


def _edges(name: str, node: Node, otherwise: str) -> Iterator[Edge]:
    for target in node.step.targets():
        yield Edge(name, "decided", target)
    for outcome, target in node.then.items():
        yield Edge(name, outcome, target)
    for outcome in dict.fromkeys((*node.step.outcomes(), "limit")):
        if outcome not in node.then:
            yield Edge(name, outcome, otherwise, written=False)


__all__ = ["Edge", "Graph", "Longest", "graph_of"]
