"""What the state keeps of a soak: the latest samples, and the older ones as a streak."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.core.events import Asked
from engine.core.operations import items_of, without
from engine.core.run_state import Operation, RunState, is_current
from engine.kinds.steps.wait import Sample, WaitStep
from engine.kinds.values import Instant


def soaked(state: RunState, event: Asked) -> RunState:
    """Return the state in which a soak that goes on to its next sample keeps only the one before."""
    plan = state.plan
    known = plan.steps.get(event.step) if plan else None
    if plan is None or known is None or not isinstance(known.step, WaitStep):
        return state
    step, number = known.step, event.item.partition(".")[0]
    visit = state.visits.get(known.scope)
    if not number.isdigit() or visit is None or not is_current(state, event):
        return state
    items, streak = items_of(state, event.step, event.visit), visit.streak
    old: list[str] = []
    while streak.samples + 2 < int(number):
        checks = [tries for item, tries in items.items() if item.startswith(f"{streak.samples + 1}.")]
        old += [one.asked.operation for tries in checks for one in tries]
        streak = step.extended(streak, _sample(checks), plan.time_scale)
    if streak is visit.streak:
        return state
    visits = {**state.visits, known.scope: replace(visit, streak=streak)}
    return without(state, old, visits=visits)


def _sample(checks: Sequence[Sequence[Operation]]) -> Sample:
    """Return a sample from the tries of its checks; the last try of each says what it says."""
    last = [tries[-1] for tries in checks]
    passed = bool(last) and all(one.ended is not None and one.ended.outcome == "pass" for one in last)
    asked = min((tries[0].asked_at for tries in checks), default=Instant(0.0))
    return Sample(
        "pass" if passed else "fail", asked, max((one.ended_at or asked for one in last), default=asked), ""
    )
