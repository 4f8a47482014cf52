"""All processes that came of one program, wherever they hid, and the end of them.

Rules, each met in a hung command:

1. A program's processes are: its session and group; everything below any of them; and whatever carries the
   command's mark. The mark is a number, put where children inherit it: in `RB_COMMAND` of the environment,
   and in a limit for real-time scheduling that no program of ours uses. The second is readable in zombies
   too, and stays when a program clears its environment.
2. Never by parentage from us: processes of other commands, and other children of ours, are our children too.
3. Orphans come to us (sub-reaper), so that we can reap them; only those that carry the mark are reaped.
4. The program itself is not reaped while we look for the others: until then nobody else can get its number.
5. A stopped process is woken, or it would never see the TERM.
6. Without /proc (macOS) there is the process group, and no more.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol, TypeAlias

_PR_SET_CHILD_SUBREAPER: Final = 36
_MARK_BASE: Final = 1 << 60  # microseconds: no limit to anybody
_MARKING: Final = threading.Lock()


class Tree(Protocol):
    """The processes of one program."""

    handle: int | None
    """A file descriptor that becomes readable when the program ends, where the system has such."""

    def exited(self) -> bool:
        """Tell whether the program itself has ended."""
        ...

    def signal(self, number: signal.Signals) -> Left:
        """Signal all that live and were not told yet, reap all that do not, and return what is left."""
        ...

    def close(self) -> None:
        """Let go of the handle."""
        ...


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a tree beside the program itself, once that has ended."""

    alive: int = 0
    beyond_us: int = 0
    """Of those: processes we may not signal."""
    ended: bool = True
    """Nothing at all is left, no zombie either; the program itself counts while it lives."""


TreeMaker: TypeAlias = Callable[["subprocess.Popen[bytes]", int], Tree]


@cache
def settle_process() -> None:
    """Make this process the one that orphans come to, and one that leaves no core dumps; once."""
    with suppress(OSError, ValueError):  # a core dump of ours, or of a child, would hold secrets
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextmanager
def marking(mark: int) -> Iterator[None]:
    """Let the program that is started within carry the mark from its first moment.

    It is a limit of this whole process meanwhile, so whatever else is started then would carry it, too: it is
    held for one start only, in the thread of the event loop, where all our programs are started.
    """
    kind = getattr(resource, "RLIMIT_RTTIME", None)
    soft, hard = (0, 0) if kind is None else resource.getrlimit(kind)
    if kind is None or hard != resource.RLIM_INFINITY:
        yield
        return
    with _MARKING:
        resource.setrlimit(kind, (_MARK_BASE + mark, hard))
        try:
            yield
        finally:
            resource.setrlimit(kind, (soft, hard))


def tree_of(root: subprocess.Popen[bytes], mark: int) -> Tree:
    """Return the tree of a program that was just started in a session of its own."""
    return ProcTree(root, mark) if Path("/proc/self/stat").exists() else GroupTree(root)


class ProcTree(Tree):
    """A tree found in /proc."""

    def __init__(self, root: subprocess.Popen[bytes], mark: int) -> None:
        self._root = root.pid
        self._marker = b"RB_COMMAND=%x\0" % mark
        self._limit = str(_MARK_BASE + mark).encode()
        self._began = 0
        self._told: set[tuple[int, int]] = set()
        self._known: set[tuple[int, int]] = set()  # number and start: a number alone may be given again
        self.handle: int | None = None
        with suppress(OSError, AttributeError):
            self.handle = os.pidfd_open(self._root)
        if (process := _read(self._root)) is not None:
            self._began = process.began

    def exited(self) -> bool:
        """Tell whether it has ended, without reaping it."""
        return os.waitid(os.P_PID, self._root, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def signal(self, number: signal.Signals) -> Left:
        """Signal every living process of the tree, reap the adopted dead."""
        alive = beyond = 0
        ended = True
        for process in self._members():
            if process.dead:
                if process.pid == self._root:
                    continue
                ended = False
                if process.parent == os.getpid():
                    with suppress(ChildProcessError):
                        os.waitpid(process.pid, os.WNOHANG)
                continue
            ended = False
            alive += process.pid != self._root
            if (process.pid, number) in self._told and number != signal.SIGKILL:
                continue  # many programs take a second TERM for impatience
            self._told.add((process.pid, number))
            try:
                os.kill(process.pid, number)
                os.kill(process.pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
            except PermissionError:
                beyond += 1
        return Left(alive, beyond, ended)

    def close(self) -> None:
        """Close the handle."""
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None

    def _members(self) -> list[_Process]:
        found = [one for pid in _pids() if (one := _read(pid)) is not None and one.began >= self._began]
        below: dict[int, list[_Process]] = {}
        for one in found:
            below.setdefault(one.parent, []).append(one)
        members = {one.pid: one for one in found if self._marked(one)}
        todo = list(members)
        while todo:
            for child in below.get(todo.pop(), ()):
                if child.pid not in members:
                    members[child.pid] = child
                    todo.append(child.pid)
        self._known |= {(one.pid, one.began) for one in members.values()}
        return list(members.values())

    def _marked(self, process: _Process) -> bool:
        if self._root in (process.pid, process.session, process.group):
            return True
        if process.pid == os.getpid():
            return False
        if (process.pid, process.began) in self._known:
            return True
        folder = f"/proc/{process.pid}"
        return self._limit in _bytes(f"{folder}/limits") or self._marker in _bytes(f"{folder}/environ")


class GroupTree(Tree):
    """A process group: what there is without /proc."""

    handle: int | None = None

    def __init__(self, root: subprocess.Popen[bytes]) -> None:
        self._root = root
        self._told = 0

    def exited(self) -> bool:
        """Tell whether it has ended."""
        return self._root.poll() is not None

    def signal(self, number: signal.Signals) -> Left:
        """Signal the group."""
        exited = self.exited()
        if exited:
            with suppress(ChildProcessError):
                while os.waitpid(-self._root.pid, os.WNOHANG)[0]:
                    pass
        try:
            os.killpg(self._root.pid, 0 if self._told == number else number)
            os.killpg(self._root.pid, signal.SIGCONT)
            self._told = number
        except ProcessLookupError:
            return Left(ended=exited)
        except PermissionError:  # macOS says so of a group of zombies
            return Left(ended=exited)
        return Left(alive=1 if exited else 0, ended=False)

    def close(self) -> None:
        """Hold nothing."""


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    dead: bool
    parent: int
    group: int
    session: int
    began: int


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _read(pid: int) -> _Process | None:
    stat = _bytes(f"/proc/{pid}/stat")
    fields = stat.rpartition(b")")[2].split()  # a program's name may hold anything, brackets too
    if len(fields) < 20:
        return None
    return _Process(
        pid, fields[0] in (b"Z", b"X"), int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19])
    )


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.readall()
    except OSError:  # gone, or another user's
        return b""
