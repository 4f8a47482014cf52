"""Time within one look, for a check that looks several times."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """A clock that only tells how long something took.

    In virtual time an answer takes no time; whoever asked lets the time pass that it says it took.
    """

    def monotonic(self) -> float:
        """Return a reading in seconds; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...
