"""The tries of one item: whether it is asked again, when, and what a lost one is recorded as.

Of a message, core/outbox.py says so.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.events import Ended
from engine.core.run_state import Operation
from engine.kinds.values import Instant

BETWEEN_LOOKS = 10.0
"""Seconds between two looks whether somebody has acknowledged a page: a person's time, never scaled."""
_LONGEST_WAIT = 600.0


def again(tries: Sequence[Operation]) -> bool:
    """Say whether an ended operation is to be asked again (rules 3 and 4)."""
    last = tries[-1]
    ended, asked = last.ended, last.asked
    if ended is None:
        return False
    if ended.lost:
        return asked.repeatable
    if asked.what == "acknowledgement":
        return ended.outcome != "acknowledged" and not ended.cannot
    if asked.what != "check" or ended.cannot:
        return False
    return (bool(ended.no_answer) or ended.outcome == "unknown") and _counted(tries) <= asked.retries


def due_again(tries: Sequence[Operation], scale: float) -> Instant | None:
    """Return when the next try is due: after a pause that doubles; at once when the last one was lost."""
    if not tries or tries[-1].ended_at is None or (tries[-1].ended and tries[-1].ended.lost):
        return None
    last, ended = tries[-1], tries[-1].ended
    if last.asked.what == "acknowledgement":
        wanted = min((ended.retry_after if ended else None) or 0.0, _LONGEST_WAIT)
        return tries[-1].ended_at.after(max(BETWEEN_LOOKS, wanted))
    return tries[-1].ended_at.after(last.asked.pause * 2 ** (_counted(tries) - 1) / scale)


def _counted(tries: Sequence[Operation]) -> int:
    """Count the tries that the engine saw the end of."""
    return sum(1 for operation in tries if operation.ended and not operation.ended.lost)


def lost(operation: Operation) -> Ended:
    """Return the record of an operation that the engine did not see the end of."""
    return Ended(
        operation=operation.asked.operation,
        outcome="undelivered" if operation.asked.what == "message" else "unknown",
        why="the engine stopped before the outcome was recorded",
        lost=True,
    )
