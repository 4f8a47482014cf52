"""What will happen by itself, and when: pages of the ladder, status updates, open questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.state import RunState
from engine.kinds.values import Instant

ANNOUNCED = 60.0
"""Seconds before an automatic page in which it is announced and can be stopped."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Something that falls due."""

    at: Instant
    what: str
    role: str = ""
    """Whom an automatic page goes to; empty for all else."""

    def soon(self, now: Instant) -> bool:
        """Say whether this is a page that is announced now."""
        return bool(self.role) and self.at - now <= ANNOUNCED


def clocks(state: RunState) -> tuple[Clock, ...]:
    """Return what falls due, the next first."""
    return tuple(sorted(_clocks(state), key=lambda one: one.at))


def _clocks(state: RunState) -> Iterator[Clock]:
    plan = state.plan
    if plan is None or state.finished is not None:
        return
    for prompt in state.prompts.values():
        if prompt.given is None and prompt.prompted.due is not None:
            yield Clock(prompt.prompted.due, f"{'approval' if prompt.prompted.kind == 'approve' else 'question'} expires")
    level = plan.severities.get(state.severity)
    if level is None:
        return
    for rung in level.ladder:
        stopped = state.told.get(rung.role) == "stopped"
        if rung.role != state.operator.role and not stopped and f"ladder:{rung.role}" not in state.timers:
            yield Clock(state.since.after(rung.after / plan.time_scale), f"{rung.role} paged", rung.role)
    if level.cadence:
        every = level.cadence / plan.time_scale
        ordinal = "first update" if not state.updates else "next update"
        yield Clock(state.since.after((state.updates + 1) * every), f"{ordinal} due")
