"""Ladder, cadence and soak over sleeps, changed severities and crashes."""

from __future__ import annotations

import dataclasses

import pytest

from engine.core.events import Asked, Ended, Happened, Prompted, SeveritySet, TimerFired, TimerStopped
from engine.core.moves import Perform
from engine.core.next import next_moves
from engine.core.state import RunState, evolve
from engine.io.drivers.ledger import Ledger
from engine.io.people import Line
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.step import Streak
from engine.kinds.steps.wait import Sample, Soak, WaitStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Instant
from tests.core.play import ANN, Played, play

SLOW = """
severities:
  SEV-3: {meaning: some, respond: 1h, cadence: 1h}
"""
UP = """
bad: {decide: [{if: {run.severity: SEV-2}, go: pause, raise: SEV-1}], else: escalated}
pause: {wait: 4h, then: escalated}
"""


def fired(played: Played, timer: str) -> list[tuple[str, float]]:
    """Return the timers of a kind that fired, with minutes since the start."""
    begun = played.happened[0].at
    return [
        (one.event.key, round((one.at - begun) / 60, 3))
        for one in played.happened
        if isinstance(one.event, TimerFired) and one.event.timer == timer
    ]


def test_a_lowered_severity_goes_on_with_its_own_cadence() -> None:
    """Four updates at fifteen minutes; from then on hourly, not silent for three hours."""

    def lower(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, TimerFired) and one.event.key == "4":
            ledger.record([SeveritySet(severity="SEV-3", why="better")], ANN)

    assert [
        ("1", 15.0),
        ("2", 30.0),
        ("3", 45.0),
        ("4", 60.0),
        ("5", 120.0),
        ("6", 180.0),
        ("7", 240.0),
    ] == fired(play(UP, {}, more=SLOW, interfere=lower), "update")[:7]


def test_updates_that_fell_due_while_nobody_drove_come_as_one() -> None:
    """Never a burst of old ones."""
    state = before_the_pause(play(UP, {}))
    later = state.now.after(2 * 3600 + 60)
    due = [
        move.event.key
        for move in next_moves(state, later, frozenset())
        if isinstance(getattr(move, "event", None), TimerFired) and move.event.timer == "update"  # type: ignore[union-attr]
    ]
    assert ["1"] == due


def before_the_pause(played: Played) -> RunState:
    """Return the state after the first settlement and the first page."""
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Ended):
            return state
    raise AssertionError("nothing ended")


def test_a_page_that_was_stopped_stays_stopped_when_its_try_fails() -> None:
    """It was on its way when a person said no; it is not tried again."""

    def stop(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Asked) and one.event.item == "engineer":
            ledger.record([TimerStopped(timer="ladder", key="engineer", reason="on the call")], ANN)

    played = play(UP, {"!ladder.engineer": "undelivered/refused"}, interfere=stop)
    assert 1 == played.performed.count("!ladder.engineer")
    assert "stopped" == played.state.told["engineer"]


def test_a_page_lost_in_a_crash_goes_out_again_under_the_same_key() -> None:
    """A duplicate rather than a lost page, and one incident for whoever receives both."""
    played = play(UP, {})
    state, first = RunState(), None
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Asked) and one.event.item == "engineer":
            first = one.event
            break
    assert first is not None
    lost = next(
        m.event
        for m in next_moves(state, state.now, frozenset())
        if isinstance(getattr(m, "event", None), Ended)
    )  # type: ignore[union-attr]
    state = evolve(state, Happened(state.seq + 1, state.now, ANN, lost))
    again = [
        m.asked
        for m in next_moves(state, state.now, frozenset())
        if isinstance(m, Perform) and m.asked.item == "engineer"
    ]
    assert [2] == [one.attempt for one in again]
    assert first.args["dedup_key"] == again[0].args["dedup_key"]  # type: ignore[index,call-overload]


def test_a_page_in_the_air_lands_before_the_run_ends() -> None:
    """A page is never lost silently, at the last moment neither."""
    text = """
    bad: {decide: [{if: {run.severity: SEV-2}, go: pause, raise: SEV-1}], else: escalated}
    pause: {wait: 1s, then: escalated}
    """
    played = play(text, {}, seconds=30.0)
    ended = [one.outcome for one in played.events(Ended)]  # type: ignore[attr-defined]
    assert ["delivered"] == ended
    assert "escalated" == played.end


def test_an_answer_in_virtual_time_counts_only_as_it_would_on_a_terminal() -> None:
    """Live and virtual agree: the operator does not approve their own change."""
    text = 'one: {action: {http: "http://x/", operation: scale, irreversible: r}, timeout: 5m, then: {done: mitigated, failed: escalated}}'
    played = play(text, {}, Line("yes", person=ANN))
    assert "approve" == played.events(Prompted)[0].kind  # type: ignore[attr-defined]
    assert ["one=failed"] == played.path


CHECK = CheckUse(kind=TcpCheck(tcp="db:1"))  # ten seconds, one retry a second later
WAIT = WaitStep(until={"check": CHECK}, soak=Soak(passes=2, every=Duration(30.0), lasting=Duration(60.0)))


def sample(asked: float, ended: float, answer: str = "pass") -> Sample:
    """Return one sample."""
    return Sample(answer, Instant(asked), Instant(ended), "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("second", "passes", "first"),
    [
        (sample(130, 131), 2, 100.0),
        (sample(130, 150), 2, 100.0),
        (sample(161, 162), 2, 100.0),
        (sample(162, 163), 1, 162.0),
        (sample(36_100, 36_101), 1, 36_100.0),
        (sample(130, 36_101), 0, 0.0),
        (sample(130, 131, "fail"), 0, 0.0),
        (sample(130, 131, "unknown"), 0, 0.0),
    ],
)
def test_what_nobody_watched_does_not_count_for_a_soak(second: Sample, passes: int, first: float) -> None:
    """Neither a gap between samples nor a sample during which the machine slept."""
    streak = WAIT.extended(Streak(), sample(100, 101), 1.0)
    assert 1 == streak.passes
    after = WAIT.extended(streak, second, 1.0)
    assert (2, passes, first) == (after.samples, after.passes, after.first)


def test_checks_that_take_longer_than_the_interval_still_make_a_soak() -> None:
    """One sample begins when the one before has ended."""
    text = """
    well:
      wait: {until: {http: "http://x/", timeout: 30s}, soak: {passes: 3, every: 5s, for: 30s}, limit: 10m, recovery: true}
      then: {held: resolved, limit: escalated}
    """
    assert "resolved" == play(text, {}, seconds=20.0).end


def test_a_limit_does_not_wait_for_a_sample_that_is_under_way() -> None:
    """The same moment live and in virtual time."""
    text = """
    well:
      wait: {until: {http: "http://x/", timeout: 5m}, soak: {passes: 2, every: 5s}, limit: 30s, recovery: true}
      then: {held: resolved, limit: escalated}
    """
    played = play(text, {}, seconds=200.0)
    assert ["well=limit"] == played.path
    settled = next(one for one in played.happened if type(one.event).__name__ == "Settled")
    assert 30.0 == settled.at - played.happened[0].at


def test_a_crash_in_the_middle_of_a_sample_does_not_prove_the_time_in_between() -> None:
    """Asked before the crash, answered ten hours later: the soak begins afresh."""
    text = """
    well:
      wait: {until: {http: "http://x/"}, soak: {passes: 3, every: 30s, for: 1m}, limit: 100h, recovery: true}
      then: {held: resolved, limit: escalated}
    """
    played = play(text, {})
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
        if isinstance(one.event, Asked) and one.event.item == "2.check":
            break

    def happen(event: object) -> None:
        nonlocal state
        state = evolve(state, Happened(state.seq + 1, now, ANN, event))  # type: ignore[arg-type]

    now = state.now.after(36_000)
    happen(Ended(operation="well#1.2.check@1", outcome="unknown", lost=True))
    again = next(m.asked for m in next_moves(state, now, frozenset()) if isinstance(m, Perform))
    assert "well#1.2.check@2" == again.operation
    happen(again)
    happen(Ended(operation=again.operation, outcome="pass"))
    now = now.after(30)
    third = next(m.asked for m in next_moves(state, now, frozenset()) if isinstance(m, Perform))
    happen(third)
    happen(dataclasses.replace(Ended(operation=third.operation, outcome="pass")))
    assert not any(
        getattr(getattr(m, "event", None), "held", False) for m in next_moves(state, now, frozenset())
    )


LATE = """
bad: {decide: [{if: {run.severity: SEV-2}, go: pause, raise: SEV-1}], else: escalated}
pause: {wait: 1h, then: escalated}
"""


def laddered(played: Played, upto: int, later: float) -> list[str]:
    """Return what the ladder does when a run is taken up that many seconds after its record `upto`."""
    state = RunState()
    for one in played.happened[:upto]:
        state = evolve(state, one)
    moves = next_moves(state, state.now.after(later), frozenset())
    found = [
        move.event for move in moves if isinstance(getattr(move, "event", None), TimerFired | TimerStopped)
    ]  # type: ignore[union-attr]
    return [f"{type(event).__name__} {event.key}" for event in found if event.timer == "ladder"]


def the_raise(played: Played) -> int:
    """Return how many records a run has up to the raised severity."""
    return next(n for n, one in enumerate(played.happened, 1) if type(one.event).__name__ == "Settled")


def test_of_rungs_that_fell_due_while_nobody_drove_only_the_highest_pages() -> None:
    """The lower one is recorded as passed over: never a burst of old pages."""
    played = play(LATE, {})
    assert ["TimerStopped engineer", "TimerFired manager"] == laddered(played, the_raise(played), 1800.0)


def test_a_rung_that_is_hardly_late_pages_beside_the_higher_one() -> None:
    """A busy machine is no sleeping one."""
    played = play(LATE, {})
    found = laddered(played, the_raise(played), 0.5)
    assert ["TimerFired engineer"] == found


def test_who_was_passed_over_can_still_be_paged_by_a_person() -> None:
    """And then their page goes out."""
    played = play(LATE, {})
    state = RunState()
    for one in played.happened[: the_raise(played)]:
        state = evolve(state, one)
    now = state.now.after(1800.0)
    for event in (
        TimerStopped(timer="ladder", key="engineer", reason="passed over"),
        TimerFired(timer="ladder", key="manager", due=now),
        TimerFired(timer="ladder", key="engineer", due=now),
    ):
        state = evolve(state, Happened(state.seq + 1, now, ANN, event))
    asked = [m.asked.item for m in next_moves(state, now, frozenset()) if isinstance(m, Perform)]
    assert ["engineer", "manager"] == asked


def test_a_raised_severity_pages_everybody_it_adds_at_once() -> None:
    """Its rungs are new, not old: none of them is passed over."""
    text = """
    wait: {wait: 40m, then: bad}
    bad: {decide: [{if: {run.severity: SEV-2}, go: pause, raise: SEV-1}], else: escalated}
    pause: {wait: 1m, then: escalated}
    """
    played = play(text, {})
    assert [("engineer", 40.0), ("manager", 40.0)] == fired(played, "ladder")


def test_each_role_is_paged_once_over_any_changes_of_severity() -> None:
    """Down and up again pages nobody a second time."""

    def swing(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, TimerFired) and one.event.timer == "update" and one.event.key in "12":
            for severity in ("SEV-2", "SEV-1"):
                ledger.record([SeveritySet(severity=severity, why="swing")], ANN)

    played = play(UP, {}, interfere=swing)
    assert ["!ladder.engineer", "!ladder.manager"] == played.performed


def test_an_old_journal_pages_as_it_was_planned() -> None:
    """Decision version 1: every overdue rung at once."""
    played = play(LATE, {})
    old = dataclasses.replace(played.plan, decision=1)
    first = played.happened[0]
    began = dataclasses.replace(first, event=dataclasses.replace(first.event, plan=old))  # type: ignore[type-var]
    played.happened[0] = began
    assert ["TimerFired engineer", "TimerFired manager"] == laddered(played, the_raise(played), 1800.0)
