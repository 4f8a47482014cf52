"""The timers of a run: the ladder and the status-update cadence of its severity.

Rules:
1. Both count from the alert. The ladder adds people as time passes; an acknowledgement does not stop it:
   a higher rung keeps its time, and a person who wants nobody else stops the page that is announced.
2. Whoever runs the run, or has run it, is that level's acknowledgement: their rung is not paged. Nor is a
   rung whose role has acknowledged another page of this run, as a person said or the channel told.
3. Each role is paged at most once, until that page got through. A rung that the severity before did not
   have, or had later, falls due with the new severity.
4. What fell due while nobody drove the run fires once: of status updates only the newest, of the ladder
   only the highest rung; the lower ones that are more than a minute late are recorded as passed over.
5. A changed severity changes both at once; an update is never due before the latest one.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import cast

from engine.core.events import TimerFired, TimerStopped
from engine.core.moves import Move, Record, WakeAt
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.core.telling import page
from engine.core.turn import Turn
from engine.kinds.values import Instant
from engine.model.catalogue import Rung

OLD = 60.0
"""Seconds (scaled like the ladder) after which a page that did not go out is an old one."""


def timers(state: RunState, now: Instant, in_flight: Set[str]) -> Iterator[Move]:
    """Return what the ladder and the cadence ask for now."""
    plan = cast(Plan, state.plan)
    level = plan.severities.get(state.severity)
    if level is None:
        return
    turn = Turn(state, plan, now, in_flight, [])
    for rung in level.ladder:
        if f"ladder:{rung.role}" in state.timers and not _answered(state, rung):
            yield from page(turn, rung)
    coming = rungs(state)
    late = [due for _, due in coming if due <= now]
    for rung, due in coming:
        if due > now:
            yield WakeAt(due)
        elif plan.decision >= 2 and due < max(late) and now - due > OLD / plan.time_scale:
            yield Record(TimerStopped(timer="ladder", key=rung.role, reason=_PASSED))
        else:
            yield Record(TimerFired(timer="ladder", key=rung.role, due=due))
    if not level.cadence:
        return
    every = level.cadence / plan.time_scale
    passed = int((now - state.since) / every + 1e-6)
    due = state.since.after(passed * every)
    if passed > 0 and (state.updated is None or due > state.updated):
        number = max(passed, state.updates + 1)
        yield Record(TimerFired(timer="update", key=str(number), due=due))
    else:
        yield WakeAt(state.since.after((max(passed, 0) + 1) * every))


_PASSED = "passed over: it fell due while nobody drove the run, and a higher rung is paged now"


def rungs(state: RunState) -> tuple[tuple[Rung, Instant], ...]:
    """Return the rungs of the ladder that are still to be paged, with the moment each falls due."""
    plan = cast(Plan, state.plan)
    level = plan.severities.get(state.severity)
    earliest = state.graded if plan.decision >= 2 else state.since
    return tuple(
        (rung, max(state.since.after(rung.after / plan.time_scale), earliest))
        for rung in (level.ladder if level else ())
        if f"ladder:{rung.role}" not in state.timers and not _answered(state, rung)
    )


def _answered(state: RunState, rung: Rung) -> bool:
    """Say whether a rung is not paged: it runs the run, has acknowledged, or its page was stopped."""
    here = rung.role in state.operated or rung.role in state.acknowledged
    return here or state.told.get(rung.role) == "stopped"
