"""How often a step can be come by, held against walks that keep to the bounds."""

from __future__ import annotations

from random import Random

import pytest

from engine.kinds.nodes import Node
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.model.graph import Edge, Graph, graph_of
from engine.model.returns import most_visits
from tests.model.lint.files import read

NAMES = ("a", "b", "c", "d", "e")


def some_graph(chance: Random) -> Graph:
    """Return a small graph with an end, in which every step has a limit that leads somewhere."""
    nodes = {
        name: Node(step=AskStep(ask="?", options={"x": "X", "y": "Y"}), visits=chance.choice((1, 1, 2, 3)))
        for name in NAMES
    }
    if chance.random() < 0.3:
        nodes["c"] = Node(step=WaitStep(until={}, limit=Duration(9.0)), visits=2)
    edges = [
        Edge(name, outcome, chance.choice((*NAMES, "end")))
        for name in NAMES
        for outcome in ("x", "y", "limit")
    ]
    return Graph(start="a", nodes=nodes, ends=("end",), edges=tuple(edges))


def walk(graph: Graph, start: str, chance: Random) -> dict[str, int]:
    """Return how often each step passed its bound on one walk; an outcome of a wait may be its own limit."""
    here, came, passed = start, dict.fromkeys(NAMES, 0), dict.fromkeys(NAMES, 0)
    for _ in range(80):
        if here == "end":
            break
        came[here] += 1
        within = came[here] <= graph.nodes[here].visits
        passed[here] += within
        own = isinstance(graph.nodes[here].step, WaitStep)
        edges = [
            edge
            for edge in graph.leaving()[here]
            if (edge.outcome != "limit" or own if within else edge.outcome == "limit")
        ]
        here = chance.choice(edges).target
    return passed


def test_no_walk_comes_by_more_often() -> None:
    """Over three hundred graphs; and the bound is reached in many of them."""
    chance, reached = Random(3), 0
    for _ in range(300):
        graph = some_graph(chance)
        most = {name: most_visits(graph, name, graph.nodes[name].visits) for name in NAMES}
        anywhere = {name: most_visits(graph, name, graph.nodes[name].visits, anywhere=True) for name in NAMES}
        seen = dict.fromkeys(NAMES, 0)
        for _ in range(30):
            passed = walk(graph, "a", chance)
            assert all(passed[name] <= most[name] for name in NAMES), (graph, passed, most)
            seen = {name: max(seen[name], passed[name]) for name in NAMES}
            begun = walk(graph, chance.choice(NAMES), chance)
            assert all(begun[name] <= anywhere[name] for name in NAMES), (graph, begun, anywhere)
        reached += sum(seen[name] == most[name] for name in NAMES)
    assert reached > 1000


@pytest.mark.parametrize(
    ("pause", "most"),
    [("visits: 2, then: look", 3), ("then: look", 2), ("then: {held: look, limit: look}", 9)],
)
def test_the_bounds_on_the_way_back_decide(pause: str, most: int) -> None:
    """What leaves by a limit comes by as often as it likes."""
    text = f"""
steps:
  look: {{check: {{tcp: 'db:1'}}, visits: 9, then: {{pass: escalated, any: pause}}}}
  pause: {{wait: 5s, {pause}}}
"""
    assert most == most_visits(graph_of(read(text)[0]), "look", 9)


def test_a_step_that_nothing_leads_to_is_come_by_only_by_a_jump() -> None:
    """Which counts anew from there."""
    graph = graph_of(read("steps: {a: {wait: 5s, then: aborted}, b: {wait: 5s, then: aborted}}")[0])
    assert (0, 1) == (most_visits(graph, "b", 5), most_visits(graph, "b", 5, anywhere=True))
