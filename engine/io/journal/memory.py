"""The journal's twin in memory, for drills, tests and forecasts: same rules, nothing on disk."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from engine.core.records import GENESIS, Conflict, Draft, Record, seal
from engine.io.journal.rules import admit
from engine.kinds.values import Instant


class MemoryJournal:
    """A journal that lives as long as the process."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self._records = list(records)
        self._mutex = threading.Lock()

    def append(
        self, drafts: Sequence[Draft], *, expected_seq: int, epoch: int, at: Instant, mono: float
    ) -> tuple[Record, ...] | Conflict:
        """Add the drafts behind record `expected_seq`, or say what came in between."""
        with self._mutex:
            highest = self._records[-1].epoch if self._records else 0
            if not admit(len(self._records), highest, expected_seq=expected_seq, epoch=epoch):
                return Conflict(tuple(self._records[expected_seq:]))
            records = seal(drafts, after=self.head(), epoch=epoch, at=at, mono=mono)
            self._records.extend(records)
            return records

    def read(self, after: int = 0) -> tuple[Record, ...]:
        """Return the records after `after`."""
        return tuple(self._records[max(after, 0) :])

    def head(self) -> tuple[int, str]:
        """Return sequence and hash of the last record."""
        return (len(self._records), self._records[-1].hash if self._records else GENESIS)
