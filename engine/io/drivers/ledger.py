"""The journal and the state folded from it, kept in step.

Everything that happens goes through `record`: decided upon a known sequence number, appended, folded.
When somebody else appended first (an answer from another terminal), nothing is written: the new
records are folded and the caller decides again.

Time goes on here whatever happens to the clock: a moment is never before the last record, and while the
wall clock was set back it goes on with the boot clock. So no deadline is revived, none is put off.

Whatever is appended has been through the redactor here, whoever said it: notes, reasons and answers too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from engine.core.events import Answered, Ended, Event, Happened, Person, from_record, type_of
from engine.core.records import Conflict, Draft, Journal, Record
from engine.core.state import RunState, evolve
from engine.io.redaction import Redactor
from engine.io.redaction.records import masked
from engine.kinds import codec
from engine.kinds.errors import JournalDamaged
from engine.kinds.values import Instant, Json

ENGINE = Person()
_FROM_OUTSIDE = (Ended, Answered)
"""Events with data that the journal may have to write otherwise than it came (NaN, half a character)."""
STEP = 1.0
"""Seconds the wall clock may lag behind before we hold that it was set back; less is a correction."""
Watcher = Callable[[Happened, RunState], None]


def happened_from(record: Record) -> Happened:
    """Read one record back as what happened."""
    try:
        by = codec.decode(Person, dict(record.actor), "actor")
    except ValueError as error:
        raise JournalDamaged(
            f"record {record.seq}: {error}: written by a newer engine", hint="upgrade the engine"
        ) from None
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
    redactor: Redactor | None = None
    """Knows the secrets of the plan; None where there are none to know (virtual time)."""
    _anchor: tuple[Instant, float] | None = None
    """A moment, and the boot clock's reading at it."""

    def moment(self) -> Instant:
        """Return the time to decide and to record by."""
        wall, boot = self.now(), self.monotonic()
        if self._anchor is None:
            self._anchor = (max(wall, self.state.now), boot)
        steady = self._anchor[0].after(boot - self._anchor[1])
        if steady - wall < STEP:
            self._anchor = (wall, boot)
            steady = wall
        return max(steady, self.state.now)

    def catch_up(self) -> bool:
        """Fold what others have appended; say whether there was anything."""
        return self._fold(self.journal.read(self.state.seq))

    def record(self, events: Sequence[Event], by: Person = ENGINE, at: Instant | None = None) -> bool:
        """Append events decided upon the current state; False when it had moved on (now folded).

        What is folded is what was written, not what we meant to write: a resume folds the same.
        """
        drafts = [self._draft(event, by) for event in events]
        result = self.journal.append(
            [draft for draft, _ in drafts],
            expected_seq=self.state.seq,
            epoch=self.epoch,
            at=self.moment() if at is None else at,
            mono=self.monotonic(),
        )
        if isinstance(result, Conflict):
            self._fold(result.records)
            return False
        for record, event, (_, changed) in zip(result, events, drafts, strict=True):
            if record.seq <= self.state.seq:
                continue  # a watcher that appended something itself has folded it already
            if changed:
                self._one(happened_from(record))
                continue
            written = from_record(record.type, record.data) if isinstance(event, _FROM_OUTSIDE) else event
            self._one(Happened(record.seq, record.at, by, written, record.epoch))
        return True

    def _draft(self, event: Event, by: Person) -> tuple[Draft, bool]:
        """Return what is to be appended, and whether a secret was masked in it."""
        kind = type_of(event)
        data = cast(Mapping[str, Json], codec.plain(event))
        actor = cast(Mapping[str, Json], codec.plain(by))
        if self.redactor is None:
            return Draft(kind, data, actor), False
        draft = Draft(kind, masked(self.redactor, kind, data), masked(self.redactor, "actor", actor))
        return draft, draft.data is not data or draft.actor is not actor

    def _fold(self, records: Sequence[Record]) -> bool:
        for record in records:
            if record.seq > self.state.seq:
                self._one(happened_from(record))
        return bool(records)

    def _one(self, happened: Happened) -> None:
        self.state = evolve(self.state, happened)
        for watcher in self.watchers:
            watcher(happened, self.state)
