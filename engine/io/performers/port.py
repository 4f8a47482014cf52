"""What a performer is: the one who carries out a move, for real or otherwise."""

from __future__ import annotations

from typing import Protocol

from engine.core.events import Ended
from engine.core.moves import Perform


class Performer(Protocol):
    """Carries out one move and says how it ended; never raises for what the world does."""

    async def perform(self, move: Perform) -> Ended:
        """Return the outcome, with evidence stored and redacted."""
        ...
