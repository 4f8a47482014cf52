"""The state a test of one step begins in: what is put there is what the core looks up."""

from __future__ import annotations

import pytest

from engine.app.step_testing import Bench
from engine.core.lookup import find
from engine.core.run_state import RunState
from engine.kinds.references import ABSENT
from engine.kinds.values import Json
from engine.model.cases import Given, Givens
from engine.model.step_tests import StepTest, StepTests
from engine.views.step_start import Standing, standing
from tests.app.websteps import library

NAMES: dict[str, Json] = {
    "look.health.status": 503,
    "look.health": "fail",
    "look.outcome": "fail",
    "below.seen": 7,
    "below.outcome": "escalated",
    "below": "escalated",
    "restart.outcome": "done",
    "recovered.check.json.deep": [1, {"a": 2}],
    "recovered.check": "pass",
    "people.answer": "quiet",
    "run.network": "down",
    "run.severity": "SEV-1",
}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> RunState:
    """A run of the small workspace that has just begun."""
    bench = Bench(library(tmp_path_factory.mktemp("steps")))
    return bench.start(StepTests(runbook="web-down", tests={}), StepTest())[1]


@pytest.mark.parametrize("name", NAMES)
def test_a_fact_is_found_under_the_name_it_was_given(begun: RunState, name: str) -> None:
    """As a condition of the step would look it up; nothing was there before."""
    state, problems = standing(begun, Standing(step="cause", facts={name: NAMES[name]}))
    assert (NAMES[name], ()) == (find(state, "", name), problems)
    assert name.startswith("run.") or find(begun, "", name) is ABSENT


def test_facts_of_the_surrounding_graph_are_seen_in_a_branch(begun: RunState) -> None:
    """Of the branch's own steps too, each where it belongs."""
    facts: dict[str, Json] = {"look.vendor": "pass", "two.outcome": "decided"}
    state, problems = standing(begun, Standing(step="both/right/two", facts=facts))
    assert ["pass", "decided", ()] == [
        find(state, "both/right", "look.vendor"),
        find(state, "both/right", "two.outcome"),
        problems,
    ]
    assert {"": "both", "both/right": "both/right/two", "both/left": "both/left/one"} == {
        scope: visit.step for scope, visit in state.visits.items()
    }
    assert {"both/left": "unknown"} == {scope: one.end for scope, one in state.visits.items() if one.end}


def test_the_visit_counts_in_its_scope_and_in_the_run(begun: RunState) -> None:
    """So that the bound is the core's to hold."""
    state, _ = standing(begun, Standing(step="cause", visit=3))
    assert (3, 3, 3) == (state.visits[""].number, state.counts["cause"], state.opened[""]["cause"])


def test_another_runbook_has_ended_where_the_test_says_so(begun: RunState) -> None:
    """Its scope is there, at its end."""
    given = {"": Givens(each=(Given(outcome="escalated"),))}
    state, _ = standing(begun, Standing(step="below", given=given))
    assert "escalated" == state.visits["below"].end


def test_a_change_that_was_made_carries_its_way_back(begun: RunState) -> None:
    """With the arguments as they would have been frozen."""
    state, problems = standing(begun, Standing(step="back", made=("restart",)))
    (change,) = state.changes
    assert ("restart", "http://web.example.com/back", ()) == (
        change.step,
        change.undo["kind"]["http"],  # type: ignore[index,call-overload]  # plain data of an undo
        problems,
    )
    assert ("done", {"restart-machine": 1}) == (find(state, "", "restart.outcome"), dict(state.changed))


@pytest.mark.parametrize(
    ("at", "why"),
    [
        (Standing(step="nowhere"), "the plan has no step nowhere"),
        (Standing(step="cause", facts={"lost.x": 1}), "lost.x: there is no step lost"),
        (Standing(step="cause", facts={"below.lost": 1}), "below.lost: there is no such output"),
        (Standing(step="back", made=("look",)), "look makes no change"),
    ],
)
def test_what_cannot_be_arranged_is_said(begun: RunState, at: Standing, why: str) -> None:
    """In one line each."""
    assert (why,) == standing(begun, at)[1]
