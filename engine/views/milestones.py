"""The moments a response is measured by."""

from __future__ import annotations

from dataclasses import dataclass

from engine.kinds.values import Instant
from engine.views.changes import changes
from engine.views.history import History


@dataclass(frozen=True, slots=True)
class Milestones:
    """The moments a response is measured by; None where it did not come to that."""

    alert: Instant
    started: Instant
    first_check: Instant | None
    first_change: Instant | None
    recovered: Instant | None
    """When the recovery check that still counts held; the change before it is the one that helped."""
    ended: Instant | None


def milestones(past: History) -> Milestones:
    """Return when the run reached what it is measured by."""
    first_check = next((one.asked_at for one in past.operations.values() if one.asked.what == "check"), None)
    done = [
        one.at
        for one in changes(past)
        if one.outcome.startswith("done") and not one.undo.startswith("takes back")
    ]
    held = [one.at for one, event in past.settled() if event.held]
    return Milestones(
        past.since,
        past.state.started,
        first_check,
        min(done, default=None),
        held[-1] if held and past.state.recovered else None,
        past.ended,
    )
