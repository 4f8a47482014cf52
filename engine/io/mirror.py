"""Copies of what a run stored, outside its folder but below the workspace, and a log that people share.

Rules:

1. No name leads out: every folder on the way is opened by its own name, and a symbolic link ends it.
2. A copy is complete or not there, and nothing that is there is written over: a file of the same name with
   other content is another run's, so ours takes the run's id before its name.
3. The log is only ever appended to, under its kernel lock, by one write. What a failed write left is cut off
   again; what people wrote is never touched, and an editor that put a new file in its place is noticed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from engine.io.journal.disk import DISK, Disk, write_all
from engine.io.stored import open_stored

CHUNK = 1024 * 1024
_TRIES = 5
_PAUSE = 0.05

Marks = Callable[[str], Sequence[str]]
"""Finds the marks of entries in a piece of the log."""


class Busy(Exception):
    """Another process holds the log for longer than we may wait."""


class Mirror:
    """Writes below one folder, and nowhere else; every failure is an OSError or Busy."""

    def __init__(self, root: Path, *, disk: Disk = DISK) -> None:
        self._root = root
        self._disk = disk
        self._known: set[str] = set()
        self._log: tuple[int, int, int] = (0, 0, 0)  # device and inode of the log, and how far it was read

    def copy(self, run: Path, path: str, digest: str, folder: str) -> str:
        """Copy evidence of a run by path and hash; return where the copy lies, relative to the root."""
        fd = open_stored(self._disk, run, path)
        try:
            data = _all(self._disk, fd)
        finally:
            os.close(fd)
        if hashlib.sha256(data).hexdigest() != digest:
            raise OSError(errno.EIO, "is not what the journal says", path)
        name = PurePosixPath(path).name
        with self._below(folder) as at:
            for one in (name, f"{run.name}-{name}"):
                if self._same(at, one, digest) or self._new(at, one, data):
                    return str(PurePosixPath(folder) / one)
        raise FileExistsError(errno.EEXIST, "is there with other content", f"{folder}/{run.name}-{name}")

    def keep(self, source: Path, folder: str, name: str) -> str:
        """Copy a file that goes on changing, in place of its older copy; return where that lies."""
        fd = self._disk.open(source, os.O_RDONLY | os.O_NONBLOCK)
        try:
            data = _all(self._disk, fd)
        finally:
            os.close(fd)
        with self._below(folder) as at, self._draft(at, name, data) as draft:
            os.rename(draft, name, src_dir_fd=at, dst_dir_fd=at)
        return str(PurePosixPath(folder) / name)

    def append(self, path: str, entries: Sequence[tuple[str, str]], marks: Marks, patience: int = 0) -> None:
        """Append the entries (mark and text) that the log does not have yet.

        Raises Busy when another process has held the log for `patience` short pauses.
        """
        place = PurePosixPath(path)
        with self._below(str(place.parent), mode=0o777) as at:
            fd = self._locked(at, place.name, patience)
            try:
                self._catch_up(fd, marks)
                texts = [text for name, text in entries if name not in self._known]
                if texts:
                    self._write(fd, os.fstat(fd).st_size, "\n".join(texts))
            finally:
                os.close(fd)

    def _catch_up(self, fd: int, marks: Marks) -> None:
        """Read the marks of what was written since we looked: another executor may have taken over."""
        log = os.fstat(fd)
        device, inode, at = self._log
        if (device, inode) != (log.st_dev, log.st_ino) or log.st_size < at:
            self._known.clear()
            at = 0
        rest = b""
        while at < log.st_size and (chunk := self._disk.read(fd, CHUNK, at)):
            at += len(chunk)
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            self._known.update(marks((whole + newline).decode("utf-8", "replace")))
        self._known.update(marks(rest.decode("utf-8", "replace")))
        self._log = (log.st_dev, log.st_ino, at - len(rest))

    def _write(self, fd: int, size: int, text: str) -> None:
        end = self._disk.read(fd, 2, max(size - 2, 0))
        gap = "" if not size or end.endswith(b"\n\n") else "\n" if end.endswith(b"\n") else "\n\n"
        data = f"{gap}{text}".encode()
        try:
            write_all(self._disk, fd, data)
        except OSError:
            with suppress(OSError):  # unless somebody wrote behind us meanwhile
                if os.fstat(fd).st_size <= size + len(data):
                    self._disk.truncate(fd, size)
            raise

    def _locked(self, at: int, name: str, patience: int) -> int:
        """Open the log and lock it; the file of that name now, not one that an editor has replaced."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        for attempt in range(_TRIES + patience):
            fd = os.open(name, flags, 0o666, dir_fd=at)
            try:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise OSError(errno.EINVAL, "is no plain file", name)
                if self._disk.lock(fd):
                    ours, theirs = os.fstat(fd), os.stat(name, dir_fd=at, follow_symlinks=False)
                    if (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino):
                        return fd
                elif attempt >= patience:
                    break
            except FileNotFoundError:
                pass  # it was moved away between opening and locking
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)
            self._disk.pause(_PAUSE)
        else:
            raise Busy(name)
        os.close(fd)
        raise Busy(name)

    def _same(self, at: int, name: str, digest: str) -> bool:
        try:
            fd = self._disk.open(name, os.O_RDONLY | os.O_NONBLOCK, folder=at)
        except FileNotFoundError:
            return False
        try:
            return hashlib.sha256(_all(self._disk, fd)).hexdigest() == digest
        finally:
            os.close(fd)

    def _new(self, at: int, name: str, data: bytes) -> bool:
        """Write a file that was not there; say whether it is ours."""
        with self._draft(at, name, data) as draft:
            try:
                os.link(draft, name, src_dir_fd=at, dst_dir_fd=at)
            except FileExistsError:
                return False
            except OSError as exc:
                if exc.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
                    raise
                if _there(at, name):  # a file system without links
                    return False
                os.rename(draft, name, src_dir_fd=at, dst_dir_fd=at)
        return True

    @contextmanager
    def _draft(self, at: int, name: str, data: bytes) -> Iterator[str]:
        draft = f".{name[:100]}.{os.getpid()}.part"
        with suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=at)  # left by a process of our number that was killed
        fd = self._disk.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, folder=at)
        try:
            try:
                write_all(self._disk, fd, data)
            finally:
                os.close(fd)
            yield draft
        finally:
            with suppress(FileNotFoundError):
                os.unlink(draft, dir_fd=at)

    @contextmanager
    def _below(self, folder: str, mode: int = 0o700) -> Iterator[int]:
        """Open a folder below the root, made where it is missing; no link on the way is followed."""
        fd = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in PurePosixPath(folder).parts:
                if part in ("..", "/"):
                    raise OSError(errno.EACCES, "leads out of the workspace", folder)
                with suppress(FileExistsError):
                    os.mkdir(part, mode, dir_fd=fd)
                try:
                    inner = self._disk.open(part, os.O_RDONLY | os.O_DIRECTORY, folder=fd)
                except OSError as exc:
                    if exc.errno in (errno.ELOOP, errno.ENOTDIR):
                        raise OSError(
                            exc.errno, "a symbolic link, or no folder, is in the way", part
                        ) from None
                    raise
                os.close(fd)
                fd = inner
            yield fd
        finally:
            os.close(fd)


def _all(disk: Disk, fd: int) -> bytes:
    pieces, size = [], 0
    while chunk := disk.read(fd, CHUNK, size):
        pieces.append(chunk)
        size += len(chunk)
    return b"".join(pieces)


def _there(at: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
