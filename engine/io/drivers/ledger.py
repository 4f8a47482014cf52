"""The journal and the state folded from it, kept in step.

Everything that happens goes through `record`: decided upon a known sequence number, appended, folded.
When somebody else appended first (an answer from another terminal), nothing is written: the new
records are folded and the caller decides again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from engine.core.events import Event, Happened, Person, from_record, type_of
from engine.core.records import Conflict, Draft, Journal, Record
from engine.core.state import RunState, evolve
from engine.kinds import codec
from engine.kinds.values import Instant, Json

ENGINE = Person()
Watcher = Callable[[Happened, RunState], None]


def happened_from(record: Record) -> Happened:
    """Read one record back as what happened."""
    by = codec.decode(Person, dict(record.actor), "actor")
    return Happened(record.seq, record.at, by, from_record(record.type, record.data), record.epoch)


@dataclass(slots=True)
class Ledger:
    """One process's hold on a journal; mutable by design, and the only thing here that is."""

    journal: Journal
    now: Callable[[], Instant]
    monotonic: Callable[[], float]
    state: RunState = field(default_factory=RunState)
    epoch: int = 1
    watchers: list[Watcher] = field(default_factory=list)

    def catch_up(self) -> bool:
        """Fold what others have appended; say whether there was anything."""
        return self._fold(self.journal.read(self.state.seq))

    def record(self, events: Sequence[Event], by: Person = ENGINE, at: Instant | None = None) -> bool:
        """Append events decided upon the current state; False when it had moved on (now folded)."""
        drafts = [
            Draft(
                type_of(event),
                cast(Mapping[str, Json], codec.plain(event)),
                cast(Mapping[str, Json], codec.plain(by)),
            )
            for event in events
        ]
        result = self.journal.append(
            drafts,
            expected_seq=self.state.seq,
            epoch=self.epoch,
            at=self.now() if at is None else at,
            mono=self.monotonic(),
        )
        if isinstance(result, Conflict):
            self._fold(result.records)
            return False
        for record, event in zip(result, events, strict=True):
            self._one(Happened(record.seq, record.at, by, event, record.epoch))
        return True

    def _fold(self, records: Sequence[Record]) -> bool:
        for record in records:
            if record.seq > self.state.seq:
                self._one(happened_from(record))
        return bool(records)

    def _one(self, happened: Happened) -> None:
        self.state = evolve(self.state, happened)
        for watcher in self.watchers:
            watcher(happened, self.state)
