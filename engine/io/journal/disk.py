"""The calls of the operating system that may fail, in one place, and what their failures are called.

Everything a run stores goes through a `Disk`, so that a test can fail the n-th call. Files are opened
without following a symbolic link in the last place and are never inherited by a child process.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from engine.kinds.errors import StorageError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM}


class Disk:
    """The real disk; a test's disk overrides one method."""

    def open(self, name: str | Path, flags: int, *, folder: int | None = None) -> int:
        """Open a file, 0600 if it is created; `folder` is the descriptor that a relative name starts at."""
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=folder)

    def write(self, fd: int, data: memoryview) -> int:
        """Write once and return how many bytes the kernel took."""
        return os.write(fd, data)

    def read(self, fd: int, count: int, offset: int) -> bytes:
        """Read at an offset, without moving anything."""
        return os.pread(fd, count, offset)

    def sync(self, fd: int) -> None:
        """Return when the file is on the medium, not merely in the drive's cache."""
        if sys.platform == "darwin":
            try:
                fcntl.fcntl(fd, fcntl.F_FULLFSYNC)
                return
            except OSError as exc:
                # Only where the file system does not know the request is plain fsync the best there is.
                if exc.errno not in (errno.ENOTSUP, errno.EINVAL, errno.ENOTTY):
                    raise
        os.fsync(fd)

    def truncate(self, fd: int, size: int) -> None:
        """Cut the file to a size."""
        os.ftruncate(fd, size)

    def lock(self, fd: int) -> bool:
        """Take the kernel lock of an open file if it is free; it ends with the descriptor, or the process."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(self, fd: int) -> None:
        """Give the kernel lock back."""
        fcntl.flock(fd, fcntl.LOCK_UN)

    def pause(self, seconds: float) -> None:
        """Wait a moment before a lock is tried again."""
        time.sleep(seconds)


DISK = Disk()


def write_all(disk: Disk, fd: int, data: bytes) -> None:
    """Write every byte: the kernel may take only some of them and call that success."""
    left = memoryview(data)
    while left:
        taken = disk.write(fd, left)
        if taken <= 0:
            raise OSError(errno.EIO, "the kernel took no byte of a write")
        left = left[taken:]


def open_folder(disk: Disk, path: Path) -> int:
    """Open a folder that must not be a symbolic link."""
    return disk.open(path, os.O_RDONLY | os.O_DIRECTORY)


def make_folder(disk: Disk, path: Path) -> None:
    """Make a folder that only its owner can enter, and its parents, and make their names durable.

    A folder that is there already loses what others may do in it.
    """
    missing = []
    at = path
    while not os.path.lexists(at):
        missing.append(at)
        at = at.parent
    for folder in reversed(missing):
        with suppress(FileExistsError):  # another run made it meanwhile
            os.mkdir(folder, 0o700)
        sync_folder(disk, folder.parent)
    fd = open_folder(disk, path)
    try:
        if stat.S_IMODE(os.fstat(fd).st_mode) & 0o077:
            os.fchmod(fd, 0o700)
    finally:
        os.close(fd)


def sync_folder(disk: Disk, path: Path) -> None:
    """Make the names in a folder durable; links on the way to it are the user's own affair."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        disk.sync(fd)
    finally:
        os.close(fd)


def storage_error(exc: OSError, path: Path, run: str) -> StorageError:
    """Return the one line and the hint for a failed call on a file of a run."""
    resume = f"then `runbook resume {run}`"
    if exc.errno in _FULL:
        return StorageError(
            f"no space left for {path}: nothing further was started", hint=f"free space, {resume}"
        )
    if exc.errno in _REFUSED:
        return StorageError(
            f"cannot write {path} ({_reason(exc)}): nothing further was started",
            hint=f"make the folder yours and writable (or set RUNBOOK_STATE to one that is), {resume}",
        )
    if exc.errno in (errno.ELOOP, errno.ENOTDIR):
        return StorageError(
            f"{path} is a symbolic link, or lies behind something that is no folder: it was not touched",
            hint="find out who put it there and remove it: a run writes only into its own folder",
        )
    if exc.errno == errno.ENOENT:
        return StorageError(
            f"{path} is not there: nothing further was started",
            hint="was the run's folder moved or removed? `runbook runs` lists the runs there are",
        )
    if exc.errno == errno.EEXIST:
        return StorageError(
            f"{path} is there already: it was not touched", hint="start the run under a new id"
        )
    return StorageError(
        f"cannot store {path} ({_reason(exc)}): nothing further was started", hint=f"check the disk, {resume}"
    )


def _reason(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__
