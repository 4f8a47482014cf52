"""What must hold in the drills of the agent's runbook: the traps of a service that sleeps when nobody asks."""

from __future__ import annotations

import pytest

from engine.core.events import Asked, Ended, Prompted
from engine.views.coverage import coverage
from tests.content.harness import at, drilled, library, one_worker, runbook_of, settled

pytestmark = one_worker("agent-sdk-down")
OF_THE_AGENT = [
    name for name in sorted(library().workspace.scenario_files()) if runbook_of(name) == "agent-sdk-down"
]


@pytest.mark.parametrize("name", OF_THE_AGENT)
def test_nothing_of_ours_wakes_the_machine_before_its_state_was_read(name: str) -> None:
    """A request wakes a sleeping machine, and then nobody can tell any more whether it had been down."""
    run = drilled(name)
    touched = [
        one.at
        for one in run.happened
        if isinstance(one.event, Asked) and one.event.target.startswith("hotdash-agent-service")
    ]
    if any(one.step == "look" for one in settled(run)):
        assert at(run, "look") <= min(touched)
    else:
        assert [] == touched


@pytest.mark.parametrize(
    "name", ["crash-loop-after-release", "crash-loop-without-release", "secret-lost", "blind"]
)
def test_a_crash_loop_is_never_started_or_restarted(name: str) -> None:
    """It would only begin again, and bury the first log lines."""
    changes = [one.event.change for one in drilled(name).happened if isinstance(one.event, Asked)]
    assert set() == {"start-machine", "restart-machine", "restart-losing-approvals"} & set(changes)


def test_the_second_fault_is_caught_by_the_quiet_minutes_when_the_answer_comes_in_time() -> None:
    """The scenario's path leaves them out: a person who reads for half a minute meets the fault before them."""
    path = [one.step for one in settled(drilled("second-fault"))]
    assert path.index("steady") < path.index("quiet") < path.index("database")


def test_nobody_can_look_by_hand_either_when_the_drill_says_so() -> None:
    """A person who asks the Machines API as the page says would know more than the right diagnosis allows."""
    refused = {one.service for one in library().scenario("blind").faults if one.kind == "refuse"}
    assert {"fly-mcp", "machines-api"} <= refused


@pytest.mark.parametrize("name", ["process-hangs", "approvals-without-pg-url", "crash-loop-after-release"])
def test_approvals_are_saved_and_pg_url_looked_up_before_a_machine_is_restarted(name: str) -> None:
    """What is about to be lost is read first, and whether it would be lost is known by name."""
    run = drilled(name)
    asked = [one.event for one in run.happened if isinstance(one.event, Asked)]
    change = next(number for number, one in enumerate(asked) if one.what == "action")
    before = {one.item for one in asked[:change] if one.step in ("save", "keep")}
    assert {"approvals", "pg-url"} <= before


def test_losing_approvals_is_the_engineers_decision() -> None:
    """Level one restarts alone, but not when the restart deletes what waits for a person."""
    prompts = [
        one.event for one in drilled("approvals-without-pg-url").happened if isinstance(one.event, Prompted)
    ]
    asked = next(one for one in prompts if one.step == "restart-losing")
    assert ("approve", "engineer") == (asked.kind, asked.role)


def test_the_level_one_decides_a_restart_a_start_and_a_roll_back_alone() -> None:
    """One deliberate keypress of the responder, and no other person is waited for."""
    for name, step in (
        ("process-hangs", "restart"),
        ("single-crash", "start"),
        ("crash-loop-after-release", "roll-back"),
    ):
        prompts = [one.event for one in drilled(name).happened if isinstance(one.event, Prompted)]
        asked = next(one for one in prompts if one.step == step)
        assert ("confirm", "reliability") == (asked.kind, asked.role)


def test_a_502_of_the_edge_is_read_and_not_timed_out() -> None:
    """The one seen in the field took 42 s; less patience would have hidden that it came from the edge."""
    ended = next(
        one.event
        for one in drilled("crash-loop-after-release").happened
        if isinstance(one.event, Ended) and one.event.operation.startswith("health#")
    )
    assert (True, 502, True) == (ended.seconds > 42, ended.facts["status"], ended.facts["edge"])


def test_what_cannot_be_seen_is_asked_and_never_taken_for_good() -> None:
    """Without Fly a person is asked for the cause before anything is decided, and again at the end."""
    run = drilled("fly-not-readable")
    kinds = [(one.event.step, one.event.kind) for one in run.happened if isinstance(one.event, Prompted)]
    assert ("look", "look") == kinds[0]
    assert ("exits-by-eye", "ask") in kinds


def test_nothing_is_prompted_before_the_first_mitigation_when_everything_can_be_seen() -> None:
    """One question, and it is the change itself."""
    prompts = [
        one.event.step
        for one in drilled("crash-loop-after-release").happened
        if isinstance(one.event, Prompted)
    ]
    assert "roll-back" == prompts[0]


def test_texts_of_approvals_stay_out_of_the_journal() -> None:
    """They hold what customers wrote; the count and the hash are enough."""
    said = [
        one.event.facts
        for one in drilled("single-crash").happened
        if isinstance(one.event, Ended) and ".approvals@" in one.event.operation
    ]
    assert said
    assert all("count" in facts and not {"json", "text"} & set(facts) for facts in said)


def test_most_decisions_of_the_runbooks_are_taken_by_some_drill() -> None:
    """Every cause the agent's runbook can name, except those only a second failure brings, is practised."""
    runs = [drilled(name).happened for name in OF_THE_AGENT]
    own = [
        edge
        for edge in coverage(drilled("single-crash").plan, runs).missing
        if edge.outcome == "decided" and "/" not in edge.step
    ]
    rare = {
        ("alive", "own-network"),
        ("alive", "moment"),
        ("cause", "own-network"),
        ("cause", "secret-lost"),
        ("cause", "engineer"),
        ("fault", "secret-in-log"),
        ("fault", "account"),
        ("fault", "engineer"),
        ("may-roll-back", "roll-back-losing"),
        ("kept", "approvals-lost"),
        ("thawed", "network"),
    }
    assert set() == {(edge.step, edge.target) for edge in own} - rare
