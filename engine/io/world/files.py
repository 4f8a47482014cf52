"""Files of this machine, only read.

Rules. Nothing but a plain file is ever opened, and that without waiting: a FIFO or a device could hang for
ever. The last part of a path is not followed: a link is told as a link. A file system may hang all the same
(NFS), so the reading is done in a thread that nobody waits for once the deadline has passed.
"""

from __future__ import annotations

import asyncio
import errno
import os
import pwd
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import time

from engine.kinds.ports import CannotLook, FileReply, Files, NoAnswer
from engine.kinds.values import Json

_CHUNK = 1 << 20
_NOTHING = frozenset((errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG))


def everything(path: Path) -> str:
    """Allow any path."""
    return ""


def no_yaml(body: bytes) -> Json:
    """Refuse: this room knows no YAML, the application brings it along."""
    raise ValueError("no reader for YAML was given")


class LocalFiles(Files):
    """Reads files; relative paths are below the workspace.

    `allowed` returns why a path may not be looked at, empty when it may; it is asked with links in the
    folders followed, so that none leads out unseen.
    """

    def __init__(
        self,
        root: Path,
        *,
        allowed: Callable[[Path], str] = everything,
        yaml: Callable[[bytes], Json] = no_yaml,
        clock: Callable[[], float] = time,
    ) -> None:
        self._root = root
        self._allowed = allowed
        self._yaml = yaml
        self._clock = clock

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Return what is there; raises CannotLook, or NoAnswer when the file system does not answer."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[FileReply | CannotLook] = loop.create_future()

        def settle(found: FileReply | CannotLook) -> None:
            if not answer.done():
                answer.set_result(found)

        def look() -> None:
            found: FileReply | CannotLook
            try:
                found = self._look(path, max_bytes)
            except CannotLook as cannot:
                found = cannot
            except (OSError, ValueError) as error:
                why = (error.strerror if isinstance(error, OSError) else "") or "its path is none"
                found = CannotLook(f"{path} cannot be looked at: {why}")
            with suppress(RuntimeError):  # the loop has closed: the run is over
                loop.call_soon_threadsafe(settle, found)

        threading.Thread(target=look, name="file", daemon=True).start()
        try:
            async with asyncio.timeout(timeout):
                found = await answer
        except TimeoutError:
            raise NoAnswer("timeout", f"{path} could not be read within {timeout:g}s", timeout) from None
        if isinstance(found, CannotLook):
            raise found
        return found

    def yaml(self, body: bytes) -> Json:
        """Return the data of a YAML text; raises ValueError with why not."""
        return self._yaml(body)

    def _look(self, written: str, max_bytes: int) -> FileReply:
        path = self._root / written
        path = path.resolve() if path.name == ".." else path.parent.resolve() / path.name
        if why := self._allowed(path):
            raise CannotLook(f"{written} may not be read: {why}")
        try:
            status = path.lstat()
        except OSError as error:
            if error.errno in _NOTHING:
                return FileReply("", now=self._clock())
            if error.errno == errno.EACCES:
                raise CannotLook(f"{written} is in a folder this user may not enter") from None
            raise
        reply = self._described(status)
        if reply.kind == "link":
            return replace(reply, leads_to=os.readlink(path))
        return _with_content(path, status, reply, max_bytes) if reply.kind == "file" and max_bytes else reply

    def _described(self, status: os.stat_result) -> FileReply:
        mode = status.st_mode
        kind = (
            "file" if stat.S_ISREG(mode)
            else "folder" if stat.S_ISDIR(mode)
            else "link" if stat.S_ISLNK(mode)
            else "other"
        )  # fmt: skip
        return FileReply(
            kind,
            status.st_size,
            stat.S_IMODE(mode),
            _owner(status.st_uid),
            status.st_mtime,
            now=self._clock(),
        )


def _with_content(path: Path, status: os.stat_result, reply: FileReply, max_bytes: int) -> FileReply:
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NOCTTY)
    except PermissionError:
        return replace(reply, unread="this user may not read it")
    except OSError as error:
        return replace(reply, unread=error.strerror or "it cannot be opened")
    body = bytearray()
    try:
        opened = os.fstat(number)
        if (opened.st_dev, opened.st_ino) != (status.st_dev, status.st_ino):
            return replace(reply, unread="it was replaced while it was looked at")
        while len(body) <= max_bytes:
            chunk = os.read(number, min(_CHUNK, max_bytes + 1 - len(body)))
            if not chunk:
                break
            body += chunk
    except OSError as error:
        return replace(reply, unread=error.strerror or "it cannot be read")
    finally:
        os.close(number)
    return replace(reply, body=bytes(body[:max_bytes]), more=len(body) > max_bytes)


def _owner(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
