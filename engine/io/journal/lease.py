"""The executor's lease: a kernel lock on `executor.lock`, so that one process drives a run.

Rules:

1. The lock is the kernel's: it ends with the process, however that ends. The text inside only says who.
2. The file is never unlinked by a release: between opening and locking, another could lock a new one.
3. A take-over puts a new locked file in the old one's place, because the old holder may be stopped and
   never let go. It stands behind a take-over record with a higher epoch: the epoch is what fences the
   old holder, at its next append; the lease only keeps two careful executors apart.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from engine.io.journal.disk import DISK, Disk, open_folder, storage_error, write_all
from engine.kinds.errors import LeaseHeld
from engine.kinds.values import Instant

NAME = "executor.lock"

_TRIES, _PAUSE = 5, 0.01  # someone who only looks who holds it has the lock for microseconds


@dataclass(frozen=True, slots=True)
class Owner:
    """Who drives a run: what a colleague needs to find them."""

    host: str
    pid: int
    user: str
    since: Instant

    def __str__(self) -> str:
        return f"{self.user} on {self.host} (pid {self.pid}), since {self.since}"


class Lease:
    """Held from `acquire` until `release`, or until the process is gone."""

    def __init__(self, folder: Path, fd: int) -> None:
        self._folder = folder
        self._fd: int | None = fd

    @classmethod
    def acquire(cls, folder: Path, owner: Owner, *, disk: Disk = DISK) -> Self:
        """Take the lease of a run folder; raises LeaseHeld naming the holder, or StorageError."""
        return cls._take(folder, owner, disk, by_force=False)

    @classmethod
    def take_over(cls, folder: Path, owner: Owner, *, disk: Disk = DISK) -> Self:
        """Take the lease even from a living holder; only after the take-over is recorded."""
        return cls._take(folder, owner, disk, by_force=True)

    @classmethod
    def _take(cls, folder: Path, owner: Owner, disk: Disk, *, by_force: bool) -> Self:
        try:
            root = open_folder(disk, folder)
            try:
                fd = _replace(root, owner, disk) if by_force else _lock(root, owner, disk)
            finally:
                os.close(root)
        except OSError as exc:
            raise storage_error(exc, folder / NAME, folder.name) from exc
        if fd is None:
            raise LeaseHeld(
                f"{folder.name} is being run by {holder(folder, disk=disk) or 'another process'}",
                hint=f"`runbook show {folder.name} --follow` watches it; "
                f"`runbook take-over {folder.name}` takes it from them",
            )
        return cls(folder, fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def held(self) -> bool:
        """Return whether this is still the lease of the run, neither released nor taken over."""
        if self._fd is None:
            return False
        try:
            ours, theirs = os.fstat(self._fd), os.stat(self._folder / NAME, follow_symlinks=False)
        except OSError:
            return False
        return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)

    def release(self) -> None:
        """Give the lease back; a second time does nothing."""
        fd, self._fd = self._fd, None
        if fd is not None:
            os.close(fd)


def holder(folder: Path, *, disk: Disk = DISK) -> Owner | None:
    """Return who drives the run at this moment, None if nobody does (or they have not said yet)."""
    try:
        fd = disk.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        return None if disk.lock(fd) else _owner(disk.read(fd, 4096, 0))
    finally:
        os.close(fd)


def _lock(root: int, owner: Owner, disk: Disk) -> int | None:
    for attempt in range(_TRIES):
        if attempt:
            disk.pause(_PAUSE)
        fd = disk.open(NAME, os.O_RDWR | os.O_CREAT, folder=root)
        try:
            if disk.lock(fd) and _current(root, fd):
                _sign(fd, owner, disk)
                return fd
        except OSError:
            os.close(fd)
            raise
        os.close(fd)
    return None


def _replace(root: int, owner: Owner, disk: Disk) -> int | None:
    name = f"{NAME}.{owner.pid}"
    fd = disk.open(name, os.O_RDWR | os.O_CREAT, folder=root)
    try:
        if disk.lock(fd):
            _sign(fd, owner, disk)
            os.rename(name, NAME, src_dir_fd=root, dst_dir_fd=root)
            return fd
    except OSError:
        os.close(fd)
        raise
    os.close(fd)
    return None


def _current(root: int, fd: int) -> bool:
    """Return whether the locked file is still that of the folder; a take-over may just have replaced it."""
    try:
        ours, theirs = os.fstat(fd), os.stat(NAME, dir_fd=root, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)


def _sign(fd: int, owner: Owner, disk: Disk) -> None:
    text = {"host": owner.host, "pid": owner.pid, "user": owner.user, "since": str(owner.since)}
    disk.truncate(fd, 0)
    write_all(disk, fd, json.dumps(text).encode() + b"\n")


def _owner(text: bytes) -> Owner | None:
    try:
        raw = json.loads(text)
        return Owner(str(raw["host"]), int(raw["pid"]), str(raw["user"]), Instant.parse(raw["since"]))
    except (ValueError, KeyError, TypeError):
        return None
