"""The board: what the screen says of a run at one moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.core.events import Happened, Prompted, SeveritySet
from engine.io.people import Line
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.uses import Retry
from engine.views.progress import Board, Why, board
from tests.views.story import BACK, BAD, ERIK, GOOD, MARA, PEOPLE, START, check, ended, plan, tell


def until(holds: Callable[[Happened], bool], after: float = 0.0, **story: object) -> Board:
    """The board right after the first record that fits, so many seconds later."""
    happened = tell(**story)  # type: ignore[arg-type]
    cut = next(n for n, one in enumerate(happened) if holds(one))
    return board(happened[: cut + 1], happened[cut].at.after(after))


def consent(one: Happened) -> bool:
    """The question whether to roll back."""
    return isinstance(one.event, Prompted) and one.event.kind == "confirm"


def test_the_head_says_where_when_and_who() -> None:
    """Environment, run, severity, age of the alert, operator."""
    told = until(consent)
    assert ("production", True, "agent-sdk-down", "INC-20251123-030212") == (
        told.environment,
        told.real,
        told.runbook,
        told.run,
    )
    assert ("SEV-1", True, "mara", 98.2) == (
        told.severity,
        told.proposed,
        told.operator.name,
        round(told.age, 1),
    )


def test_a_severity_a_person_set_is_no_longer_proposed() -> None:
    """Confirming by a person is what makes it final."""
    assert not until(consent, said=((1.0, SeveritySet(severity="SEV-1", why="yes"), ERIK),)).proposed


def test_checks_show_what_was_seen_beside_what_was_wanted() -> None:
    """The failed expectation stands in its own column, weak evidence is called weak, news are new."""
    told = {one.name: (one.mark, one.observed, one.wanted, one.note) for one in until(consent).sights}
    assert {
        "health": ("FAIL", "502 in 38.2s, empty body", "status 200", ""),
        "openai": ("ok", "operational", "", "weak evidence: a status page is slow to admit anything"),
        "release": ("NEW", "v12 complete, 11m before the alert", "", ""),
        "logs": ("?", "could not look: no log access", "", ""),
    } == told


def test_a_check_under_way_says_how_long_it_has_been() -> None:
    """Before anything answered, every row is there."""
    told = until(lambda one: getattr(one.event, "operation", "") == "look#1.logs@1", after=3.0)
    assert [("…", "asked 3s ago")] * 4 == [(one.mark, one.observed) for one in told.sights]


def test_what_a_person_saw_counts_as_seen() -> None:
    """The answer is judged like any observation, and says whose eyes it were."""
    seen = Line("seen", item="look", after=20.0, person=MARA, values={"status": 500})
    told = until(consent, people=[seen, *PEOPLE])
    logs = next(one for one in told.sights if one.name == "logs")
    assert ("FAIL", "status 500", "seen by mara") == (logs.mark, logs.observed, logs.note)


def test_what_we_cannot_see_is_named() -> None:
    """Silence must not be taken for health; our own network comes first."""
    assert ("logs: no log access. I will ask you to look.",) == until(consent).blind
    silent = ended("fail", "no answer in 10s", no_answer="timeout", seconds=10.0)
    down = board(
        tell({"look.health": [silent], "!control": [silent]}, of=plan(controls={"a": check("a")})), START
    )
    assert down.blind[0].startswith("our own network")


def test_why_names_what_was_ruled_out_and_what_was_not() -> None:
    """Rows of the decision are held against what was known when it was taken."""
    expected = Why("cause", "roll-back", "crash loop right after a release", ("restart",), ("engineer",))
    assert expected == until(consent).why
    assert expected == board(tell(), START).why, "also afterwards"


def test_an_open_question_brings_all_it_needs() -> None:
    """Command, effect, way back, authority and keys."""
    (call,) = until(consent).calls
    assert ("confirm", "Roll back", "change", "roll-back") == (
        call.kind,
        call.text,
        call.effect,
        call.operation,
    )
    assert "reliability (L1) may decide alone" == call.alone
    assert ("curl -sS -i -m 60 -X POST 'https://machines.example/roll-back'",) == call.changes
    assert "deploy v12 again" == call.back_out
    assert ["yes", "hand", "no"] == [one.key for one in call.options]


def test_the_way_ahead_follows_the_good_outcomes() -> None:
    """From the roll-back through the soak to the end; before a decision, what is found decides."""
    assert ("Recovered (3 passes 30s apart over 1m)", "resolved") == until(consent).then
    started = board(tell()[:1], START)
    assert ("Cause", "what is found decides") == started.then


def test_clocks_announce_pages_and_updates() -> None:
    """The next page is announced a minute ahead; the operator's own rung is none."""
    told = [(one.at.clock(), one.kind, one.text, one.announced) for one in until(consent).clocks]
    assert [
        ("03:06:12Z", "page", "engineer paged", False),
        ("03:16:12Z", "update", "first update due", False),
    ] == told
    assert until(consent, after=150.0).clocks[0].announced


def test_a_soak_says_how_far_it_is() -> None:
    """Two passes of three, the time that is left at least, and one failure before."""
    answers = {"recovered": [ended("fail", "503", seconds=0.1), GOOD]}
    told = until(lambda one: getattr(one.event, "operation", "") == "recovered#1.4.health@1", answers=answers)
    (soak,) = told.soaks
    assert (2, 3, 30.0, 60.0, 30.0, 1) == (
        soak.passes,
        soak.of,
        round(soak.lasted, 1),
        soak.lasting,
        round(soak.left, 1),
        soak.failures,
    )
    assert [("soak", "Recovered: given up")] == [
        (one.kind, one.text) for one in told.clocks if one.kind == "soak"
    ]


def test_a_retry_is_announced() -> None:
    """No answer is asked again, and the board says when."""
    silent = ended("fail", "no answer in 10s", no_answer="timeout", seconds=10.0)
    told = until(
        lambda one: getattr(one.event, "no_answer", "") == "timeout", answers={"look.health": [silent, BAD]}
    )
    assert [("03:02:23Z", "health: try 2 of 2")] == [
        (one.at.clock(), one.text) for one in told.clocks if one.kind == "retry"
    ]


def test_a_finished_run_asks_for_nothing() -> None:
    """No questions, no clocks, no steps; the end and why."""
    told = board(tell(), START.after(10_000.0))
    assert ("resolved", "3 passes in a row over 1m") == (told.end, told.why_ended)
    assert ((), (), (), (), ()) == (told.steps, told.calls, told.then, told.clocks, told.soaks)
    assert 248.3 == round(told.age, 1), "the age stops with the run"


def test_any_beginning_of_a_journal_makes_a_board() -> None:
    """Whoever follows from another terminal may come at any record."""
    happened = tell({"look.health": [ended("unknown", "?"), BAD], "recovered": [BAD, GOOD]})
    for n in range(1, len(happened) + 1):
        told = board(happened[:n], happened[n - 1].at)
        assert told.phases
        assert told.end or told.steps or n == len(happened) - 1, (
            "only before its last record it stands nowhere"
        )


def test_no_answer_is_held_against_nobody_before_the_control_probe_has_told() -> None:
    """A fail that may be our own network is unsure as long as the visit is open; without a probe it is one."""
    silent = ended("fail", "no answer in 10s", no_answer="timeout", seconds=10.0)
    health = check("health", retry=Retry(times=0))
    for controls, mark in (({"page": check("page")}, "?"), ({}, "FAIL")):
        at = plan(controls=controls)
        known = at.steps["look"]
        looking = replace(known, step=ChecksStep(checks={**known.step.checks, "health": health}))  # type: ignore[union-attr]
        told = until(
            lambda one: getattr(one.event, "no_answer", "") == "timeout",
            answers={"look.health": [silent]},
            of=replace(at, steps={**at.steps, "look": looking}),
        )
        assert [mark] == [one.mark for one in told.sights if one.name == "health"]


def test_an_undo_without_a_title_is_told_by_its_command() -> None:
    """Whoever decides sees the way back itself."""
    at = plan()
    known = at.steps["roll-back"]
    action = replace(known.step.action, undo=replace(BACK, title=""))  # type: ignore[union-attr]
    bare = replace(known, step=replace(known.step, action=action))  # type: ignore[call-arg]
    told = until(consent, of=replace(at, steps={**at.steps, "roll-back": bare}))
    assert ["curl -sS -i -m 60 -X POST https://machines.example/deploy-again"] == [
        one.back_out.replace("'", "") for one in told.calls
    ]
