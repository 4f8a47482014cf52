"""Evidence: what a run saw, one file per observation in `evidence/`, for people and for `verify`.

Rules:

1. Redact first, then cap. No hash or size of unredacted bytes is kept: they would confirm a guess.
2. A file is created, never opened again for writing, and complete before its reference is returned.
3. No fsync: the journal's record of the reference is what counts, and `verify` tells if a file was lost.
4. A failed write leaves nothing behind, so that the space is there for the record of the failure.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from engine.core.records import EvidenceRef
from engine.io.journal.disk import DISK, Disk, make_folder, open_folder, storage_error, write_all
from engine.io.redaction import Redactor
from engine.kinds.errors import StorageError

FOLDER = "evidence"
CAP_BYTES = 10_000_000

_ENDINGS = {
    "application/json": ".json",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "application/x-ndjson": ".jsonl",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}
_NUMBER = re.compile(r"(\d{4,})-")
_STORED = re.compile(rf"{FOLDER}/[a-z0-9_-][a-z0-9._-]*\Z")
_LONGEST_NAME = 80


class EvidenceStore:
    """The evidence of one run folder; numbering goes on where an earlier process stopped."""

    def __init__(
        self, folder: Path, redactor: Redactor, *, cap_bytes: int = CAP_BYTES, disk: Disk = DISK
    ) -> None:
        self._folder = folder
        self._redactor = redactor
        self._cap = cap_bytes
        self._disk = disk
        self._last = 0

    def put(self, name_hint: str, data: bytes, media: str) -> EvidenceRef:
        """Redact, cap and store one observation; raises StorageError with nothing left behind."""
        full = self._redactor.bytes(data)
        kept = cap(full, self._cap)
        wanted = self._redactor.text(name_hint)
        try:
            root = self._open()
            try:
                return _reference(self._store(root, wanted, media, kept), kept, full)
            finally:
                os.close(root)
        except OSError as exc:
            raise storage_error(exc, self._folder / FOLDER, self._folder.name) from exc

    def read(self, path: str) -> bytes:
        """Return a stored file by the path of its reference."""
        if not _STORED.match(path):
            raise _unknown(path)
        try:
            root = open_folder(self._disk, self._folder / FOLDER)
            try:
                fd = self._disk.open(path.removeprefix(f"{FOLDER}/"), os.O_RDONLY, folder=root)
            finally:
                os.close(root)
            with os.fdopen(fd, "rb") as file:
                return file.read()
        except OSError as exc:
            raise storage_error(exc, self._folder / path, self._folder.name) from exc

    def _open(self) -> int:
        """Open the evidence folder, making it at first; the run's own folder must be there."""
        path = self._folder / FOLDER
        if not os.path.lexists(path):
            os.close(open_folder(self._disk, self._folder))  # a vanished run is not made anew
            make_folder(self._disk, path)
        return open_folder(self._disk, path)

    def _store(self, root: int, hint: str, media: str, kept: bytes) -> str:
        if not self._last:
            self._last = max((_number(name) for name in os.listdir(root)), default=0)
        while True:
            self._last += 1
            name = file_name(self._last, hint, media)
            try:
                fd = self._disk.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, folder=root)
            except FileExistsError:
                continue  # another process took the number
            try:
                write_all(self._disk, fd, kept)
            except BaseException:
                with suppress(OSError):
                    os.unlink(name, dir_fd=root)
                raise
            finally:
                os.close(fd)
            return f"{FOLDER}/{name}"


class MemoryEvidence:
    """The store's twin in memory; `files` shows what was stored, by path."""

    def __init__(self, redactor: Redactor, *, cap_bytes: int = CAP_BYTES) -> None:
        self._redactor = redactor
        self._cap = cap_bytes
        self._files: dict[str, bytes] = {}

    @property
    def files(self) -> Mapping[str, bytes]:
        """The stored bytes by path."""
        return self._files

    def put(self, name_hint: str, data: bytes, media: str) -> EvidenceRef:
        """Redact, cap and keep one observation."""
        full = self._redactor.bytes(data)
        kept = cap(full, self._cap)
        path = f"{FOLDER}/{file_name(len(self._files) + 1, self._redactor.text(name_hint), media)}"
        self._files[path] = kept
        return _reference(path, kept, full)

    def read(self, path: str) -> bytes:
        """Return a stored file by the path of its reference."""
        if path not in self._files:
            raise _unknown(path)
        return self._files[path]


def file_name(number: int, hint: str, media: str) -> str:
    """Return a name of [a-z0-9._-] only, numbered so that a listing is in order of time."""
    clean = re.sub(r"[^a-z0-9._-]+", "-", hint.lower())[:_LONGEST_NAME].strip(".-") or "observation"
    ending = _ENDINGS.get(media.partition(";")[0].strip().lower(), ".bin")
    return f"{number:04d}-{clean.removesuffix(ending)}{ending}"


def cap(data: bytes, limit: int) -> bytes:
    """Return at most `limit` bytes: the beginning, a line that says what is missing, and the end."""
    if len(data) <= limit:
        return data
    note = b"\n[... of %d bytes the middle is left out here ...]\n" % len(data)
    room = limit - len(note)
    if room < 2:
        return data[:limit]
    tail = room // 2
    return data[: room - tail] + note + data[-tail:]


def _reference(path: str, kept: bytes, full: bytes) -> EvidenceRef:
    return EvidenceRef(
        path=path,
        sha256=hashlib.sha256(kept).hexdigest(),
        size=len(kept),
        full_size=len(full),
        full_sha256=hashlib.sha256(full).hexdigest(),
        truncated=kept is not full,
    )


def _number(name: str) -> int:
    match = _NUMBER.match(name)
    return int(match[1]) if match else 0


def _unknown(path: str) -> StorageError:
    return StorageError(f"{path!r} is no stored evidence", hint="`runbook verify` names what is missing")
