"""The drills of the first runbooks, in virtual time: each ends as it says, and nothing unsafe happens on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.events import Answered, Asked, Ended, Prompted
from engine.views.coverage import coverage
from engine.views.score import score
from tests.content.harness import at, drill, drilled, library, settled

SCENARIOS = sorted(library().workspace.scenario_files())
FIRST = ("agent-sdk-down", "llamaindex-mcp-down")
"""The runbooks a person drills before the others: looked at most closely. Every drill's own expectations are
held in tests/acceptance/test_drills.py."""
EACH = [
    pytest.param(name, marks=pytest.mark.xdist_group(f"drill-{name}"))
    for name in SCENARIOS
    if library().scenario(name).runbook in FIRST
]
"""One worker takes all tests of a drill: it runs once."""
OF_THE_AGENT = [name for name in SCENARIOS if library().scenario(name).runbook == "agent-sdk-down"]


@pytest.mark.parametrize("name", EACH)
def test_a_drill_ends_as_its_scenario_says(name: str) -> None:
    """Right diagnosis, by the expected path, with the expected end, severity and number of changes."""
    run = drilled(name)
    result = score(run.happened, run.scenario, "head")
    assert "" == run.stuck
    assert [] == [(one.what, one.expected, one.seen) for one in result.expectations if not one.held]
    assert result.passed
    assert result.first_diagnosis
    assert () == result.wrong_turns


@pytest.mark.parametrize(
    "wrong",
    [
        {"path": ("look", "restart")},
        {"never": ("start",)},
        {"end": "escalated"},
        {"severity": "SEV-1"},
        {"changes": {"start-machine": 2}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_drill_fails_when_one_expectation_is_false(wrong: dict[str, object]) -> None:
    """A drill that cannot fail proves nothing."""
    run = drilled("single-crash")
    scenario = replace(run.scenario, expect=replace(run.scenario.expect, **wrong))  # type: ignore[arg-type]
    assert not score(run.happened, scenario, "head").passed


@pytest.mark.parametrize("name", EACH)
def test_no_change_is_made_that_nobody_agreed_to(name: str) -> None:
    """Each change follows a yes to a question that was bound to that very change."""
    run = drilled(name)
    agreed: set[str] = set()
    prompts: dict[str, Prompted] = {}
    for one in run.happened:
        match one.event:
            case Prompted():
                prompts[one.event.prompt] = one.event
            case Answered(choice="yes"):
                agreed |= set(prompts[one.event.prompt].digests)
            case Asked(what="action"):
                assert one.event.digest in agreed


@pytest.mark.parametrize("name", EACH)
def test_what_the_journal_says_was_changed_is_what_the_targets_saw(name: str) -> None:
    """The stand-ins count every change that took effect; the journal has neither more nor less."""
    run, estate = drill(name)
    asked = {one.event.operation: one.event for one in run.happened if isinstance(one.event, Asked)}
    done = [
        asked[one.event.operation].change
        for one in run.happened
        if isinstance(one.event, Ended) and one.event.outcome == "done"
    ]
    words = {
        "start-machine": "start",
        "restart-machine": "restart",
        "restart-losing-approvals": "restart",
        "roll-back": "update-image",
        "rerun-jobs": "rerun-failed-jobs",
    }
    assert sorted(words[change] for change in done if change in words) == sorted(
        change.call for change in estate.changes if change.by == "api"
    )
    by_statement = {"end-sessions", "cancel-statement", "pause-job", "analyze-tables"}
    assert len(estate.database.written) == len([change for change in done if change in by_statement])


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


@pytest.mark.parametrize("name", EACH)
def test_no_run_ends_resolved_without_a_recovery_that_held(name: str) -> None:
    """Resolved is what was proved, not where the last arrow points."""
    run = drilled(name)
    held = [one for one in settled(run) if one.held]
    assert run.state.finished is not None
    assert run.state.finished.end != "resolved" or held


@pytest.mark.parametrize(
    "name", ["crash-loop-after-release", "crash-loop-without-release", "secret-lost", "blind"]
)
def test_a_crash_loop_is_never_started_or_restarted(name: str) -> None:
    """It would only begin again, and bury the first log lines."""
    changes = [one.event.change for one in drilled(name).happened if isinstance(one.event, Asked)]
    assert set() == {"start-machine", "restart-machine", "restart-losing-approvals"} & set(changes)


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


def test_every_question_a_person_is_asked_has_its_values_filled_in() -> None:
    """A raw reference on a screen at three in the morning is a riddle."""
    shown = [
        (name, one.event.step, text)
        for name in SCENARIOS
        for one in drilled(name).happened
        if isinstance(one.event, Prompted | Asked)
        for text in ([one.event.text] if isinstance(one.event, Prompted) else _message(one.event))
        if "${" in text
    ]
    assert [] == shown


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
    }
    assert set() == {(edge.step, edge.target) for edge in own} - rare


def _message(asked: Asked) -> list[str]:
    if asked.what != "message" or not isinstance(asked.args, dict):
        return []
    return [str(asked.args["text"])]
