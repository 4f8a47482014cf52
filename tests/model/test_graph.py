"""The graph of a runbook."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

from engine.kinds.nodes import OTHERWISE
from engine.model.graph import Edge, graph_of
from tests.model.files import steps

LOOP = """
look: {check: {tcp: "db:1"}, visits: 3, then: {pass: false-alarm, fail: pause}}
pause: {wait: 5s, then: look}
lost: {check: {tcp: "db:1"}, then: aborted}
"""


def test_every_outcome_has_an_edge() -> None:
    """What the author left open goes to the built-in hand-over, and on to escalated."""
    graph = graph_of(steps(LOOP))
    leaving = graph.leaving()
    assert (
        Edge("look", "pass", "false-alarm"),
        Edge("look", "fail", "pause"),
        Edge("look", "unknown", OTHERWISE, written=False),
        Edge("look", "limit", OTHERWISE, written=False),
    ) == leaving["look"]
    assert (Edge(OTHERWISE, "acknowledged", "escalated", written=False),) == leaving[OTHERWISE]


def test_what_can_be_reached_and_what_loops() -> None:
    """Steps and ends alike."""
    graph = graph_of(steps(LOOP))
    assert {"look", "pause", OTHERWISE, "false-alarm", "escalated"} == graph.reachable()
    assert {"lost", OTHERWISE, "aborted", "escalated"} == graph.reachable("lost")
    assert {"look", "pause"} == graph.cyclic()


def test_paths_lead_to_ends_and_visit_no_step_twice() -> None:
    """The shortest comes by target; all come up to a limit."""
    graph = graph_of(steps(LOOP))
    assert ("look", "false-alarm") == graph.path("false-alarm")
    assert () == graph.path("resolved")
    assert {
        ("look", "false-alarm"),
        ("look", OTHERWISE, "escalated"),
        ("look", "pause", OTHERWISE, "escalated"),
    } == set(graph.paths(10))
    assert 1 == len(graph.paths(1))


def test_a_decide_leads_where_its_rows_go() -> None:
    """Each target once, the else too."""
    graph = graph_of(
        steps("""
    a: {check: {tcp: "db:1"}, then: {any: b}}
    b: {decide: [{if: {a: pass}, go: a}, {if: {a: fail}, go: a}], else: aborted}
    """)
    )
    assert [("decided", "a"), ("decided", "aborted")] == [
        (edge.outcome, edge.target) for edge in graph.leaving()["b"] if edge.written
    ]


def test_a_branch_is_a_graph_of_its_own_with_its_place() -> None:
    """What is left open in it fails; no edge crosses its border."""
    graph = graph_of(
        steps("""
    a:
      parallel: {p: {steps: {x: {wait: 5s, then: y}, y: {check: {tcp: "db:1"}, then: pass}}}}
      then: aborted
    """)
    )
    branch = graph.branches[0]
    assert ("steps", "a", "parallel", "p", "steps", "y") == branch.place("y")
    assert {"x", "y", "pass", "fail"} == branch.reachable()
    assert [graph, branch] == list(graph.every())


def test_an_own_otherwise_takes_the_place_of_the_built_in() -> None:
    """There is no edge to a step that does not exist."""
    found = steps(LOOP)
    graph = graph_of(replace(found, otherwise="lost"))
    assert {"look", "pause", "lost", "false-alarm", "aborted"} == graph.reachable()


def test_networkx_is_imported_only_when_something_is_asked() -> None:
    """A run builds no graph, and does not pay for one."""
    code = "import engine.model.graph, sys; sys.exit('networkx' in sys.modules)"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode


def test_a_limit_of_a_step_that_cannot_come_again_is_no_way() -> None:
    """Not even where that limit would lead back to it; what only it leads to is not reached either."""
    graph = graph_of(
        replace(
            steps("""
    a: {check: {tcp: "db:1"}, then: {any: b}}
    b: {ask: Well?, options: {yes: Yes}, then: {yes: aborted, timeout: aborted}}
    c: {wait: 5s, then: aborted}
    """),
            otherwise="a",
        )
    )
    assert {"a", "b", "c"} == {edge.step for edge in graph.edges if edge.outcome == "limit"}
    assert frozenset() == graph.passable().cyclic()
    assert frozenset() == graph.passable().circles()


def test_a_limit_of_a_step_in_a_loop_is_a_way_and_may_make_another_loop() -> None:
    """The limit of a step that comes again leads on; what it leads back to comes again too."""
    graph = graph_of(
        steps("""
    a: {check: {tcp: "db:1"}, then: {any: b}}
    b: {check: {tcp: "db:1"}, visits: 3, then: {pass: c, fail: b, unknown: b, limit: a}}
    c: {wait: 5s, then: {held: aborted, limit: b}}
    """)
    ).passable()
    assert {"a", "b"} == graph.cyclic()
    assert {("a", OTHERWISE), ("b", "a")} == {
        (edge.step, edge.target) for edge in graph.edges if edge.outcome == "limit"
    }


def test_the_longest_walk_takes_a_loop_as_often_as_it_may_be_visited() -> None:
    """And stops where it is told to; what is behind that is not reached."""
    graph = graph_of(steps(LOOP)).passable()
    whole = graph.longest({"look": 10.0, "pause": 5.0, OTHERWISE: 100.0, "lost": 1000.0})
    assert 3 * 10.0 + 5.0 + 100.0 == whole.length
    assert ("look", "pause", OTHERWISE) == whole.steps
    stopped = graph.longest({"look": 10.0, "pause": 5.0, OTHERWISE: 100.0}, {"look"})
    assert (10.0, {"look"}) == (stopped.length, stopped.reached)
