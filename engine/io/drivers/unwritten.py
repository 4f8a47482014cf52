"""A ledger whose journal nobody keeps: events are folded, and never written.

For cases and forecasts, where thousands of runs are folded by the one core and thrown away: what a journal
would write (plain data, a chain of hashes) takes most of the time of a run, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.core.events import Event, Happened, Person
from engine.core.state import evolve
from engine.io.drivers.ledger import ENGINE, Ledger
from engine.io.journal.memory import MemoryJournal
from engine.kinds.values import Instant


class UnwrittenLedger(Ledger):
    """Folds what it is told; there is nothing to catch up with, and nobody else who appends."""

    def __init__(self, now: Callable[[], Instant], monotonic: Callable[[], float]) -> None:
        super().__init__(MemoryJournal(), now, monotonic)

    def record(self, events: Sequence[Event], by: Person = ENGINE, at: Instant | None = None) -> bool:
        """Fold events; always True."""
        moment = max(self.now(), self.state.now) if at is None else at
        for event in events:
            happened = Happened(self.state.seq + 1, moment, by, event, self.epoch)
            self.state = evolve(self.state, happened)
            for watcher in self.watchers:
                watcher(happened, self.state)
        return True
