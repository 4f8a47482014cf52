"""The timers of a run: the ladder and the status-update cadence of its severity.

Rules:
1. Both count from the alert. What fell due while nobody drove the run fires once: of status updates only
   the newest, of the ladder each rung.
2. Whoever runs the run, or has run it, is that level's acknowledgement: their rung is not paged.
3. A changed severity changes both at once; an update is never due before the latest one.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import cast

from engine.core.events import TimerFired
from engine.core.moves import Move, Record, WakeAt
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.core.turn import Turn
from engine.kinds.values import Instant


def timers(state: RunState, now: Instant, in_flight: Set[str]) -> Iterator[Move]:
    """Return what the ladder and the cadence ask for now."""
    plan = cast(Plan, state.plan)
    level = plan.severities.get(state.severity)
    if level is None:
        return
    turn = Turn(state, plan, now, in_flight, [])
    for rung in level.ladder:
        if rung.role in state.operated or state.told.get(rung.role) == "stopped":
            continue
        if f"ladder:{rung.role}" in state.timers:
            yield from turn.page(rung)
            continue
        due = state.since.after(rung.after / plan.time_scale)
        yield Record(TimerFired(timer="ladder", key=rung.role, due=due)) if now >= due else WakeAt(due)
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
