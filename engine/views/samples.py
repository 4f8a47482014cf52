"""The samples of a wait for checks to hold, as engine.kinds.steps.wait counts them.

A sample has an answer when each of its checks has one, retries included. The streak is the run of
passes at the end: a fail, an unknown or a gap (a laptop that slept) starts it afresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from engine.core.state import Operation
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant
from engine.kinds.verdicts import Answer, all_of
from engine.views.history import History, Stay


@dataclass(frozen=True, slots=True)
class Sample:
    """All checks of a wait, looked at once."""

    answer: Answer
    asked: Instant
    ended: Instant
    why: str


def samples(past: History, stay: Stay, step: WaitStep) -> tuple[Sample, ...]:
    """Return the complete samples of a visit, in order."""
    tries = tries_of(past, stay)
    found: list[Sample] = []
    while True:
        row = [tries.get(f"{len(found) + 1}.{name}", []) for name in step.until or {}]
        if not row or not all(one and one[-1].ended and not again(one) for one in row):
            return tuple(found)
        last = [one[-1] for one in row]
        found.append(
            Sample(
                all_of(cast(Answer, one.ended.outcome) for one in last if one.ended),
                min(one[0].asked_at for one in row),
                max(one.ended_at or one.asked_at for one in last),
                "; ".join(one.ended.why for one in last if one.ended and one.ended.outcome != "pass"),
            )
        )


def streak(taken: Sequence[Sample], gap: float) -> tuple[Sample, ...]:
    """Return the passes in a row at the end."""
    kept: list[Sample] = []
    for one in taken:
        if one.answer != "pass":
            kept = []
        elif kept and one.asked - kept[-1].ended > gap:
            kept = [one]
        else:
            kept.append(one)
    return tuple(kept)


def gap_of(step: WaitStep, scale: float) -> float:
    """Return the longest silence between two samples of one streak."""
    return max(2 * step.soak.every / scale, 1.0)


def tries_of(past: History, stay: Stay) -> dict[str, list[Operation]]:
    """Return the operations of one visit by item, each with its tries in order."""
    found: dict[str, list[Operation]] = {}
    for one in past.of_visit(stay.step, stay.number):
        found.setdefault(one.asked.item, []).append(one)
    return found


def again(tries: Sequence[Operation]) -> bool:
    """Say whether a check will be asked again: no answer, or unknown, within its retries."""
    ended, asked = tries[-1].ended, tries[-1].asked
    if ended is None or asked.what != "check" or ended.cannot or ended.lost:
        return False
    return (bool(ended.no_answer) or ended.outcome == "unknown") and len(tries) <= asked.retries
