"""The graph of a runbook: which outcome leads where; the only user of networkx.

Rules:
1. Every outcome has an edge, as in the plan: what the author left open goes to `otherwise`, and in a branch
   to its end `fail`. `limit` (too many visits) is an outcome of every step. Such edges are not `written`.
2. The built-in `otherwise` is one node, which leads to `escalated`.
3. A branch of a `parallel` is a graph of its own; no edge crosses its border.
4. networkx costs more to import than most graphs to analyse: it is imported when something is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from engine.kinds.findings import Route
from engine.kinds.nodes import BRANCH_ENDS, ENDS, OTHERWISE, Node
from engine.kinds.steps.parallel import ParallelStep
from engine.model.runbook import Runbook

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True, slots=True)
class Edge:
    """One outcome of a step and where it leads; for a decide, the outcome is `decided`."""

    step: str
    outcome: str
    target: str
    written: bool = True


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
        import networkx

        whole = self._whole()
        return frozenset(
            step
            for part in networkx.strongly_connected_components(whole)
            for step in part
            if len(part) > 1 or whole.has_edge(step, step)
        )

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

    def _whole(self) -> networkx.DiGraph[str]:
        import networkx

        whole: networkx.DiGraph[str] = networkx.DiGraph()
        whole.add_nodes_from((*self.nodes, *self.ends))
        whole.add_edges_from((edge.step, edge.target) for edge in self.edges)
        return whole


def graph_of(runbook: Runbook) -> Graph:
    """Return the graph of a runbook."""
    otherwise = runbook.otherwise or OTHERWISE
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


__all__ = ["Edge", "Graph", "graph_of"]
