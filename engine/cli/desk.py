"""What a conversation is held at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from engine.core.events import Event, Person
from engine.core.state import RunState
from engine.kinds.values import Instant
from engine.render.row import Row
from engine.views.clocks import Clock


class Desk(Protocol):
    """What the conversation is held at: the run, the screen, and the way out."""

    def state(self) -> RunState:
        """Return the newest state."""
        ...

    def now(self) -> Instant:
        """Return the time."""
        ...

    def say(self, event: Event, by: Person) -> str:
        """Record what a person says; return why it does not count, or an empty text."""
        ...

    def show(self, rows: Sequence[Row]) -> None:
        """Append rows to the screen."""
        ...

    def status_text(self) -> str:
        """Return the status update to copy."""
        ...

    def clocks(self) -> Sequence[Clock]:
        """Return what will happen by itself, the next first."""
        ...

    def quit(self) -> None:
        """Leave the run so that it can be resumed."""
        ...
