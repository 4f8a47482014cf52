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

from collections.abc import Iterator
from typing import cast

from engine.core.events import TimerFired, TimerStopped
from engine.core.memo import Memo
from engine.core.moves import Move, Record, WakeAt
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.core.telling import Pursuit, page
from engine.kinds.values import Instant
from engine.model.catalogue import Rung

EARLY = 1e-6
"""Part of the cadence by which an update may be early: what rounding takes off a moment."""
OLD = 60.0
"""Seconds (scaled like the ladder) after which a page that did not go out is an old one."""


def timers(turn: Pursuit) -> Iterator[Move]:
    """Return what the ladder and the cadence ask for now."""
    state, plan, now = turn.state, turn.plan, turn.now
    level = plan.severities.get(state.severity)
    if level is None:
        return
    fired, coming = _ladder(state)
    for rung in fired:
        yield from page(turn, rung)
    late = max((due for _, due in coming if due <= now), default=now)
    for rung, due in coming:
        if due > now:
            yield WakeAt(due)
        elif plan.decision >= 2 and due < late and now - due > OLD / plan.time_scale:
            yield Record(TimerStopped(timer="ladder", key=rung.role, reason=_PASSED))
        else:
            yield Record(TimerFired(timer="ladder", key=rung.role, due=due))
    if not level.cadence:
        return
    since, every = state.since, level.cadence / plan.time_scale
    passed = int((now - since) / every + EARLY)
    due = since.after(passed * every)
    if passed > 0 and (state.updated is None or due > state.updated):
        yield Record(TimerFired(timer="update", key=str(state.updates + 1), due=due))
    else:
        yield WakeAt(since.after((max(passed, 0) + 1) * every))


_PASSED = "passed over: it fell due while nobody drove the run, and a higher rung is paged now"


def rungs(state: RunState) -> tuple[tuple[Rung, Instant], ...]:
    """Return the rungs of the ladder that are still to be paged, with the moment each falls due."""
    return _ladder(state)[1]


def _ladder(state: RunState) -> tuple[tuple[Rung, ...], tuple[tuple[Rung, Instant], ...]]:
    """Return the rungs that are paged now, and those that are still to come.

    The parts named here are all it depends on, and most records change none of them.
    """
    return _LADDERS.of(
        lambda: _made(state),
        *(state.plan, state.severity, state.started, state.graded, state.timers),
        *(state.operated, state.acknowledged, state.told),
    )


_LADDERS: Memo[tuple[tuple[Rung, ...], tuple[tuple[Rung, Instant], ...]]] = Memo()


def _made(state: RunState) -> tuple[tuple[Rung, ...], tuple[tuple[Rung, Instant], ...]]:
    plan, since = cast(Plan, state.plan), state.since
    level = plan.severities.get(state.severity)
    earliest = state.graded if plan.decision >= 2 else since
    wanted = [rung for rung in (level.ladder if level else ()) if not _answered(state, rung)]
    fired = tuple(rung for rung in wanted if f"ladder:{rung.role}" in state.timers)
    return fired, tuple(
        (rung, max(since.after(rung.after / plan.time_scale), earliest))
        for rung in wanted
        if rung not in fired
    )


def _answered(state: RunState, rung: Rung) -> bool:
    """Say whether a rung is not paged: it runs the run, has acknowledged, or its page was stopped."""
    here = rung.role in state.operated or rung.role in state.acknowledged
    return here or state.told.get(rung.role) == "stopped"
