"""The journal on disk: `journal.jsonl` in the run's folder, one line per record.

Rules:

1. Every append holds the kernel lock of the side file `journal.lock` and first reads on from where this
   process last stood: another process may have answered, or have taken over.
2. One write of all lines, repeated until the kernel took every byte, then fsync, then the answer.
3. A failed write or fsync is final for this object: the kernel may have dropped what it could not
   write, and a second fsync would call that success. What was written is cut off again where possible.
4. Readers take no lock. They see complete lines only; a tail without newline is a write in progress, or
   one that was interrupted: the next append cuts it off and leaves a notice.
5. A file that was removed, replaced or rewritten behind our back is not written to: the caller's
   decisions rest on records that are no longer there, even where the numbers agree.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from engine.core.records import Conflict, Draft, Record, bind
from engine.io.journal.disk import DISK, Disk, make_folder, open_folder, storage_error, sync_folder, write_all
from engine.io.journal.line import Place, encode
from engine.io.journal.rules import admit
from engine.io.journal.scan import BadRecord, scan
from engine.kinds.errors import JournalDamaged, StorageError
from engine.kinds.values import Instant

NAME = "journal.jsonl"
LOCK = "journal.lock"

_PATIENCE = 10.0  # seconds another process may hold the append lock, which it needs for milliseconds
_FIRST_PAUSE, _LAST_PAUSE = 0.0005, 0.02
_SEAL_BYTES = 96  # the end of a line: its hash and its length


class FileJournal:
    """The journal of one run folder; safe between processes and between threads."""

    def __init__(self, folder: Path, *, disk: Disk = DISK) -> None:
        self._folder = folder
        self._path = folder / NAME
        self._disk = disk
        self._place = Place()
        self._mutex = threading.Lock()
        self._files: tuple[int, int] | None = None  # the journal and its lock, once something is appended
        self._broken: StorageError | None = None
        self._notices: list[str] = []

    @classmethod
    def create(cls, folder: Path, *, disk: Disk = DISK) -> Self:
        """Make the run's folder and its empty journal, both durable; raises StorageError if one is there."""
        path = folder / NAME
        try:
            make_folder(disk, folder)
            fd = disk.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)
            try:
                disk.sync(fd)
            finally:
                os.close(fd)
            sync_folder(disk, folder)
        except OSError as exc:
            raise storage_error(exc, path, folder.name) from exc
        return cls(folder, disk=disk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the descriptors back; reading and appending open them again."""
        with self._mutex:
            files, self._files = self._files, None
            for fd in files or ():
                os.close(fd)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should be told about repairs, in order."""
        return tuple(self._notices)

    def append(
        self, drafts: Sequence[Draft], *, expected_seq: int, epoch: int, at: Instant, mono: float
    ) -> tuple[Record, ...] | Conflict:
        """Make the drafts durable behind record `expected_seq`, or say what came in between."""
        with self._mutex:
            if self._broken is not None:
                raise StorageError(self._broken.message, hint=self._broken.hint)
            try:
                with self._locked() as fd:
                    known = self._place.seq
                    fresh = self._read(fd, min(known, expected_seq))
                    if self._broken is not None:
                        raise self._broken
                    place = self._place
                    if not admit(place.seq, place.epoch, expected_seq=expected_seq, epoch=epoch):
                        return Conflict(tuple(record for record in fresh if record.seq > expected_seq))
                    bound = bind(drafts, after=(place.seq, place.hash), epoch=epoch, at=at, mono=mono)
                    if bound:
                        self._write(fd, bound)
                    return tuple(record for record, _ in bound)
            except OSError as exc:
                self._broken = storage_error(exc, self._path, self._folder.name)
                raise self._broken from exc

    def read(self, after: int = 0) -> tuple[Record, ...]:
        """Return the records after `after`; reads only what is new if `after` is where it last stood."""
        with self._mutex:
            try:
                fd = self._disk.open(self._path, os.O_RDONLY)
                try:
                    return tuple(self._read(fd, after))
                finally:
                    os.close(fd)
            except OSError as exc:
                raise storage_error(exc, self._path, self._folder.name) from exc

    def head(self) -> tuple[int, str]:
        """Return sequence and hash of the last record."""
        self.read(self._place.seq)
        return (self._place.seq, self._place.hash)

    def _read(self, fd: int, after: int) -> list[Record]:
        """Read to the end, remember the place, and return the records after `after`."""
        start = self._place
        if start.seq and not self._still(fd, start):
            self._broken = StorageError(
                f"{self._path}: records that were read from it are no longer there",
                hint=f"a failed write withdrew them, or a copy was put back: "
                f"`runbook resume {self._folder.name}` reads the journal anew",
            )
            start = Place()
        if after < start.seq:
            start = Place()
        elif start.seq and os.fstat(fd).st_size == start.offset:
            return []
        try:
            return self._scan(fd, start, after)
        except BadRecord as bad:
            raise JournalDamaged(
                f"{self._path}: record {bad.seq} (byte {bad.offset}) is damaged: {bad.reason}",
                hint=f"`runbook verify {self._folder.name}` reports it; put back a good copy of the folder, "
                "or carry on by hand: nothing is started from a damaged journal",
            ) from None

    def _still(self, fd: int, place: Place) -> bool:
        """Return whether the record we last read still ends where it did: its hash vouches for all before."""
        size = min(place.offset, _SEAL_BYTES)
        return place.hash.encode() in self._disk.read(fd, size, place.offset - size)

    def _scan(self, fd: int, start: Place, after: int) -> list[Record]:
        records: list[Record] = []
        place = start
        for record, place in scan(lambda count, offset: self._disk.read(fd, count, offset), start):  # noqa: B007  # it is read after the loop
            if record.seq > after:
                records.append(record)
        self._place = place
        return records

    def _write(self, fd: int, bound: Sequence[tuple[Record, bytes]]) -> None:
        lines = [encode(record, body) for record, body in bound]
        start = self._place
        torn = os.fstat(fd).st_size - start.offset
        if torn > 0:
            self._disk.truncate(fd, start.offset)
            self._notices.append(
                f"{NAME}: cut off {torn} bytes of an interrupted write after record {start.seq}; "
                "it had not been acknowledged"
            )
        try:
            write_all(self._disk, fd, b"".join(lines))
            self._disk.sync(fd)
        except OSError:
            with suppress(OSError):
                self._disk.truncate(fd, start.offset)
            raise
        for (record, _), line in zip(bound, lines, strict=True):
            self._place = self._place.behind(record, len(line))

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """Hold the append lock; the journal's descriptor is ours alone to write to."""
        journal, lock = self._files or self._open()
        waited, pause = 0.0, _FIRST_PAUSE
        while not self._disk.lock(lock):
            if waited > _PATIENCE:
                raise StorageError(
                    f"another process has been writing {self._path} for {_PATIENCE:.0f}s",
                    hint="is it stopped (Ctrl-Z)? continue or end it, then try again",
                )
            self._disk.pause(pause)
            waited, pause = waited + pause, min(pause * 2, _LAST_PAUSE)
        try:
            self._same(journal, NAME)
            self._same(lock, LOCK)
            yield journal
        finally:
            self._disk.unlock(lock)

    def _open(self) -> tuple[int, int]:
        folder = open_folder(self._disk, self._folder)
        try:
            journal = self._disk.open(NAME, os.O_RDWR | os.O_APPEND, folder=folder)
            try:
                lock = self._disk.open(LOCK, os.O_RDWR | os.O_CREAT, folder=folder)
            except OSError:
                os.close(journal)
                raise
        finally:
            os.close(folder)
        self._files = (journal, lock)
        return self._files

    def _same(self, fd: int, name: str) -> None:
        """Raise unless the open file is still the one in the folder: a removed file takes writes gladly."""
        ours, theirs = os.fstat(fd), os.stat(f"{self._folder}/{name}", follow_symlinks=False)
        if (ours.st_dev, ours.st_ino) != (theirs.st_dev, theirs.st_ino):
            raise StorageError(
                f"{self._folder / name} was replaced while the run was writing it: nothing further was begun",
                hint=f"put the run's own folder back, then `runbook resume {self._folder.name}`",
            )
