"""What will happen by itself, and when: pages, updates, the end of a pause, the next try, a soak.

These are announcements for a reader; engine.core.next decides, by the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from engine.core.timers import rungs
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant
from engine.views.history import History, Stay
from engine.views.paging import unheard
from engine.views.samples import again, gap_of, samples, streak, tries_of

ANNOUNCE: Final = 60.0
"""Seconds before an automatic page at which it is announced, and can still be stopped."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One moment that is coming; `key` names what can be stopped (`ladder:engineer`)."""

    at: Instant
    kind: Literal["page", "update", "pause", "retry", "answer", "soak"]
    text: str
    key: str = ""
    announced: bool = False
    """It is near: say it now, and how to stop it."""


@dataclass(frozen=True, slots=True)
class Soak:
    """How far a recovery check has come: so many passes in a row, over so long."""

    step: str
    title: str
    passes: int
    of: int
    lasted: float
    lasting: float
    left: float
    limit: Instant
    failures: int


def clocks(past: History, now: Instant) -> tuple[Clock, ...]:
    """Return what is coming, the nearest first; nothing once the run is over."""
    if past.state.finished is not None:
        return ()
    found = [*_ladder(past, now), *_messages(past), *_update(past), *_steps(past), *_answers(past)]
    return tuple(sorted(found, key=lambda one: one.at))


def soaks(past: History) -> tuple[Soak, ...]:
    """Return the progress of every wait for a check to hold that the run stands at."""
    found = []
    for stay in standing(past):
        step = past.step(stay.step)
        if step and isinstance(step.step, WaitStep) and step.step.until:
            found.append(_soak(past, stay, step.step))
    return tuple(found)


def standing(past: History) -> tuple[Stay, ...]:
    """Return the visits that have not settled: where the run stands, outermost first."""
    return tuple(stay for stay in past.stays.values() if stay.left is None)


def _ladder(past: History, now: Instant) -> Iterator[Clock]:
    for rung, due in rungs(past.state):
        yield Clock(due, "page", f"{rung.role} paged", f"ladder:{rung.role}", due - now <= ANNOUNCE)


def _messages(past: History) -> Iterator[Clock]:
    """Announce the next try of every page and notice that has not got through."""
    for one in unheard(past):
        if one.next is not None:
            yield Clock(one.next, "retry", f"{one.to} told again: try {one.tries + 1}")


def _update(past: History) -> Iterator[Clock]:
    plan, state = past.plan, past.state
    level = plan.severities.get(state.severity)
    if level and level.cadence:
        number = state.updates + 1
        to = plan.guards.updates
        what = "first update" if number == 1 else f"update {number}"
        text = f"{what} sent to {to}" if to else f"{what} due"
        yield Clock(past.since.after(number * (level.cadence / plan.time_scale)), "update", text)


def _steps(past: History) -> Iterator[Clock]:
    scale = past.plan.time_scale
    for stay in standing(past):
        step = past.step(stay.step)
        if step and isinstance(step.step, WaitStep) and step.step.wait is not None:
            yield Clock(stay.entered.after(step.step.wait / scale), "pause", f"{step.title}: the pause ends")
        elif step and isinstance(step.step, WaitStep):
            yield Clock(stay.entered.after(step.step.limit / scale), "soak", f"{step.title}: given up")
        for tries in tries_of(past, stay).values():
            last = tries[-1]
            if last.ended and last.ended_at is not None and again(tries):
                due = last.ended_at.after(last.asked.pause * 2 ** (len(tries) - 1) / scale)
                text = (
                    f"{last.asked.item or last.asked.title}: try {len(tries) + 1} of {last.asked.retries + 1}"
                )
                yield Clock(due, "retry", text)


def _answers(past: History) -> Iterator[Clock]:
    for asking in past.askings.values():
        asked = asking.prompted
        if asking.closed is None and asked.due is not None:
            who = f"the {asked.role}" if asked.role else "you"
            yield Clock(asked.due, "answer", f"no longer waiting for {who}: {asked.text}")


def _soak(past: History, stay: Stay, step: WaitStep) -> Soak:
    scale = past.plan.time_scale
    taken = samples(past, stay, step)
    kept = streak(taken, gap_of(step, scale))
    lasted = kept[-1].asked - kept[0].asked if kept else 0.0
    lasting = step.soak.lasting / scale
    return Soak(
        step=stay.step,
        title=past.title(stay.step),
        passes=len(kept),
        of=step.soak.passes,
        lasted=lasted,
        lasting=lasting,
        left=max(lasting - lasted, (step.soak.passes - len(kept)) * step.soak.every / scale, 0.0),
        limit=stay.entered.after(step.limit / scale),
        failures=sum(one.answer != "pass" for one in taken),
    )
