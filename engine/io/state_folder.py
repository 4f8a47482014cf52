"""Is the state folder fit to hold journals: writable, with room, on a disk that syncs and locks?"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.io.journal.disk import DISK, Disk, write_all

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs",
     "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "davfs", "fuse.davfs2"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StateFolder:
    """What was found; `problem` is empty where a journal can be kept."""

    there: bool
    free: int
    """Bytes that an ordinary user can still write."""
    problem: str = ""
    network: str = ""
    """The kind of network file system it lies on, where it does."""
    open_to_others: bool = False
    """Others may enter it."""


def look_at(path: Path, *, mounts: Path = Path("/proc/self/mountinfo"), disk: Disk = DISK) -> StateFolder:
    """Write, sync and lock a small file there, and take it away; where no folder is yet, in its parent."""
    at = path.absolute()
    while not at.is_dir():
        if os.path.lexists(at) or at == at.parent:
            return StateFolder(False, 0, f"{at} is no folder")
        at = at.parent
    try:
        room = os.statvfs(at)
        open_to_others = at == path.absolute() and bool(at.stat().st_mode & 0o077)
        problem = _tried(at, disk)
    except OSError as exc:
        return StateFolder(at == path.absolute(), 0, _why(exc))
    free = room.f_bavail * room.f_frsize
    return StateFolder(at == path.absolute(), free, problem, _network(at, mounts), open_to_others)


def _tried(folder: Path, disk: Disk) -> str:
    name = folder / f".doctor.{os.getpid()}"
    try:
        fd = disk.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL)
    except OSError as exc:
        return f"nothing can be written: {_why(exc)}"
    try:
        try:
            write_all(disk, fd, b"runbook doctor\n")
            disk.sync(fd)
        except OSError as exc:
            return f"a write does not get to the disk: {_why(exc)}"
        try:
            return "" if disk.lock(fd) and _held(disk, name) else "a lock keeps nobody out"
        except OSError as exc:
            return f"files cannot be locked: {_why(exc)}"
    finally:
        os.close(fd)
        with suppress(OSError):
            os.unlink(name)


def _held(disk: Disk, name: Path) -> bool:
    """Say whether the lock keeps another one out."""
    other = disk.open(name, os.O_RDWR)
    try:
        return not disk.lock(other)
    finally:
        os.close(other)


def _network(folder: Path, mounts: Path) -> str:
    """Return the type of the file system that a folder lies on, where it is one of a network."""
    best, kind = "", ""
    with suppress(OSError, ValueError, IndexError):
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            left, _, right = line.partition(" - ")
            place = left.split()[4].replace("\\040", " ")
            if folder.resolve().is_relative_to(place) and len(place) >= len(best):
                best, kind = place, right.split()[0]
    return kind if kind in _NETWORK else ""


def _why(exc: OSError) -> str:
    return exc.strerror or type(exc).__name__
