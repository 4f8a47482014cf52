"""Where the time went: shares add up, and only pauses are scaled."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.events import Happened, Interrupted, Noted, Person, Resumed
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.views.history import history
from engine.views.phases import Spent, spent
from tests.views.story import BAD, ERIK, GOOD, MARA, PEOPLE, START, ended, plan, step, tell


def shares(told: Spent, phase: str) -> dict[str, float]:
    """The uses of time of one phase that took any."""
    found = next(one for one in told.phases if one.name == phase)
    return {share: seconds for share, seconds in found.shares if seconds}


def of(**story: object) -> Spent:
    """Where the time of a story went."""
    past = history(tell(**story))  # type: ignore[arg-type]
    return spent(past, past.state.now)


def test_each_phase_is_split_into_what_it_was_spent_on() -> None:
    """Machine, person and soak of the story, to the tenth of a second."""
    told = of()
    assert {"machine": 38.2} == shares(told, "diagnose")
    assert {"machine": 60.0, "human": 30.0} == shares(told, "mitigate")
    assert {"machine": 0.3, "waiting": 59.8} == shares(told, "verify")


def test_shares_add_up_to_the_length_of_the_run() -> None:
    """Nothing is counted twice and nothing is lost."""
    told = of()
    total = sum(seconds for phase in told.phases for _, seconds in phase.shares)
    assert pytest.approx(188.3) == total == pytest.approx(sum(phase.elapsed for phase in told.phases))


def test_waiting_for_approval_is_told_from_other_human_time() -> None:
    """An operator who may not decide alone makes the run wait for somebody who may."""
    guest = Person(name="gus", role="guest", identity="claimed")
    people = [PEOPLE[0], replace(PEOPLE[1], person=ERIK, after=90.0, proof="signed")]
    told = of(operator=guest, people=people)
    assert {"machine": 60.0, "approval": 90.0} == shares(told, "mitigate")


def test_retries_are_their_own_share() -> None:
    """The pause before the second try and the try itself, where nothing else ran."""
    silent = ended("fail", "no answer", no_answer="timeout", seconds=10.0)
    told = of(answers={"look.health": [silent, BAD], "look.logs": [ended("pass")]})
    assert {"machine": 10.0, "retries": pytest.approx(39.2)} == shares(told, "diagnose")


def test_time_without_an_executor_is_away() -> None:
    """Between an interruption and the resume nobody worked, whatever people wrote down meanwhile."""
    told = of(said=((5.0, Interrupted(why="Ctrl-C"), MARA), (25.0, Resumed(why="again"), MARA)))
    assert 20.0 == shares(told, "diagnose")["away"]


def test_time_after_a_crash_counts_from_the_last_record_of_the_executor() -> None:
    """A kill writes nothing: what people said meanwhile is not the executor's."""
    happened = [one for one in tell() if one.at <= START.after(2.0)]
    last = happened[-1]
    happened += [
        Happened(last.seq + 1, START.after(12.0), MARA, Noted(text="it died")),
        Happened(last.seq + 2, START.after(32.0), MARA, Resumed(why="again")),
    ]
    assert {"machine": 2.0, "away": 30.0} == shares(spent(history(happened), START.after(32.0)), "diagnose")


def test_only_pauses_are_stretched_by_the_time_scale() -> None:
    """At tenfold speed the soak is a tenth; its full length is reported beside it."""
    told = of(of=plan(time_scale=10.0, drills=True))
    verify = next(one for one in told.phases if one.name == "verify")
    assert pytest.approx(6.1, abs=0.05) == verify.elapsed
    unscaled = next(one for one in of().phases if one.name == "verify")
    assert pytest.approx(unscaled.elapsed) == verify.real
    diagnose = next(one for one in told.phases if one.name == "diagnose")
    assert diagnose.real == diagnose.elapsed


def test_a_missed_budget_is_seen_at_full_length() -> None:
    """A scaled drill does not hide that the real soak would take too long."""
    budgets = plan().budgets.__class__(verify=Duration(30.0))
    told = of(of=plan(time_scale=10.0, drills=True, budgets=budgets))
    assert [True] == [one.over for one in told.phases if one.name == "verify"]


def test_an_open_phase_grows_with_the_clock() -> None:
    """A run that stands still is asked about a later moment."""
    happened = tell(people=PEOPLE[:1])
    happened = happened[
        : 1 + next(n for n, one in enumerate(happened) if getattr(one.event, "kind", "") == "confirm")
    ]
    past = history(happened)
    assert {} == shares(spent(past, past.state.now), "mitigate")
    assert {"human": 100.0} == shares(spent(past, past.state.now.after(100.0)), "mitigate")


def test_a_pause_is_stretched_by_the_scale_and_a_missed_soak_to_its_limit() -> None:
    """What was waited for in vain would have been waited for in full."""
    steps = dict(plan().steps)
    steps["roll-back"] = step("roll-back", "mitigate", WaitStep(wait=Duration(120.0)), {"held": "recovered"})
    answers = {"recovered": [ended("fail", "503", seconds=0.1)]}
    told = of(of=plan(time_scale=10.0, drills=True, steps=steps), answers=answers)
    found = {one.name: (round(one.elapsed, 1), round(one.real, 1)) for one in told.phases}
    assert ((12.0, 120.0), (60.0, 600.0)) == (found["mitigate"], found["verify"])


def test_a_soak_that_broke_is_as_long_as_its_samples_would_have_been() -> None:
    """The samples before the break a whole interval each, then the streak."""
    answers = {"recovered": [GOOD, ended("fail", "503", seconds=0.1), GOOD]}
    verify = [
        next(one for one in of(of=plan(**more), answers=answers).phases if one.name == "verify")  # type: ignore[arg-type]
        for more in ({"time_scale": 10.0, "drills": True}, {})
    ]
    assert pytest.approx(verify[1].elapsed) == verify[0].real
    assert pytest.approx(120.1) == verify[1].elapsed
