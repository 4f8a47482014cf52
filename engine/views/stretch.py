"""What a drill's time scale made shorter, and by how much: only the waits of the run itself.

A pause is as many times shorter as the scale says. A soak is not: its checks take the time they take,
so its full length is counted from its samples, the time it must last, and its limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant
from engine.views.history import History, Stay
from engine.views.samples import gap_of, samples, streak


@dataclass(frozen=True, slots=True)
class Stretch:
    """From here to there, each second stands for `factor` seconds without the time scale."""

    begin: Instant
    end: Instant
    factor: float


def stretches(past: History, now: Instant) -> tuple[Stretch, ...]:
    """Return what was shortened, in order; where waits of two branches overlap, the first counts."""
    if past.plan.time_scale == 1:
        return ()
    found: list[Stretch] = []
    for one in sorted(_all(past, now), key=lambda each: each.begin):
        begin = max(one.begin, found[-1].end) if found else one.begin
        if begin < one.end:
            found.append(Stretch(begin, one.end, one.factor))
    return tuple(found)


def real(found: tuple[Stretch, ...], begin: Instant, end: Instant) -> float:
    """Return the time between two moments as it would be without the time scale."""
    extra = sum(
        max(0.0, min(one.end, end) - max(one.begin, begin)) * (one.factor - 1)
        for one in found
        if one.end > begin and one.begin < end
    )
    return (end - begin) + extra


def _all(past: History, now: Instant) -> Iterator[Stretch]:
    scale = past.plan.time_scale
    for stay in past.stays.values():
        step = past.step(stay.step)
        end = stay.left or now
        if step and isinstance(step.step, WaitStep) and end > stay.entered:
            full = _full(past, stay, step.step, end)
            yield Stretch(stay.entered, end, max(1.0, full / (end - stay.entered)) if full else scale)


def _full(past: History, stay: Stay, step: WaitStep, end: Instant) -> float:
    """Return the full length of one soak, or 0 for a pause."""
    if not step.until:
        return 0.0
    if stay.settled and stay.settled.outcome == "limit":
        return float(step.limit)
    taken = samples(past, stay, step)
    if not taken:
        return end - stay.entered
    lengths = [max(step.soak.every, one.ended - one.asked) for one in taken[:-1]]
    kept = max(len(streak(taken, gap_of(step, past.plan.time_scale))) - 1, 0)
    before, held = lengths[: len(lengths) - kept], lengths[len(lengths) - kept :]
    settled = stay.settled is not None and stay.settled.outcome == "held"
    lasted = max(step.soak.lasting if settled else 0.0, sum(held))
    return sum(before) + lasted + (taken[-1].ended - taken[-1].asked)
