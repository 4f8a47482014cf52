"""Programs on this machine: looked for, given an environment of our own, run, and gone afterwards.

Rules. Arguments are a list and stay one; nothing is read by a shell unless the request says so. No value of a
secret is in an argument, since any user of the machine can read those. What cannot be started at all is
*cannot look*; what was started always has a reply, at the deadline too. Whoever stops waiting still waits
until nothing of the program is left: the next look must not race with it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets as chance
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from engine.io.world.programs import environment as environments
from engine.io.world.programs import scripts
from engine.io.world.programs.process import Program, Start
from engine.io.world.programs.process_tree import TreeMaker, settle_process, tree_of
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, CommandReply, CommandRequest, Commands

GRACE: Final = 5.0  # seconds a program has after TERM
_SHELL: Final = "/bin/sh"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_WHY_NOT: Final = {
    errno.ENOEXEC: "is no program this system can run: a script begins with a #! line",
    errno.EACCES: "may not be run: make it executable, and check that its file system allows programs",
    errno.ENOENT: "names an interpreter that is not there: look at its #! line",
    errno.E2BIG: "was given more than the system allows: pass large values by 'stdin'",
    errno.ETXTBSY: "is being written right now: try again",
    errno.EAGAIN: "cannot be started: this machine has no room for another process",
    errno.ENOMEM: "cannot be started: this machine has no memory left",
    errno.EMFILE: "cannot be started: this process has no file descriptors left",
    errno.ENFILE: "cannot be started: this machine has no file descriptors left",
}


class LocalCommands(Commands):
    """Starts programs, from the workspace's folder unless a request says otherwise."""

    def __init__(
        self,
        secrets: Secrets,
        root: Path,
        environ: Mapping[str, str] = _NOTHING,
        *,
        grace: float = GRACE,
        tree: TreeMaker = tree_of,
        mark: Callable[[], int] = lambda: chance.randbits(48),
    ) -> None:
        self._secrets = secrets
        self._root = root
        self._environ = environ
        self._grace = grace
        self._tree = tree
        self._mark = mark

    async def run(self, request: CommandRequest) -> CommandReply:
        """Return how it ended; raises CannotLook."""
        settle_process()
        with ExitStack() as stack:
            start, sha256 = self._prepare(request, stack)
            program = Program(start, self._tree)
            try:
                program.begin()
            except OSError as error:
                why = _WHY_NOT.get(error.errno or 0) or f"cannot be started: {error.strerror}"
                raise CannotLook(f"{request.argv[0] if not request.shell else _SHELL} {why}") from None
            reply = await _patiently(program)
        return replace(reply, script_sha256=sha256)

    def _prepare(self, request: CommandRequest, stack: ExitStack) -> tuple[Start, str]:
        if not request.argv or not request.argv[0] or (request.shell and len(request.argv) != 1):
            raise CannotLook("there is no program to start: write its name and its arguments")
        if any("${secrets." in argument for argument in request.argv):
            raise CannotLook("a secret may not be an argument, any user can read those: pass it by 'env'")
        mark = self._mark()
        env = environments.build(self._environ, request.env, self._secrets, f"{mark:x}")
        cwd = self._root / request.cwd
        if not cwd.is_dir():
            raise CannotLook(f"there is no folder {request.cwd or cwd} to start in: check 'cwd'")
        argv = [_SHELL, "-c", request.argv[0]] if request.shell else list(request.argv)
        path = env[b"PATH"].decode("utf-8", "surrogateescape")
        sha256 = ""
        if request.script:
            script = stack.enter_context(
                scripts.copy(scripts.inside(self._root, request.script), request.script_sha256)
            )
            argv = [str(script.path) if one == request.script else one for one in argv]
            sha256 = script.sha256
        elif request.script_sha256:
            found = _found(argv[0], cwd, path)
            script = stack.enter_context(scripts.copy(Path(found).resolve(), request.script_sha256))
            argv[0], sha256 = str(script.path), script.sha256
        argv[0] = _found(argv[0], cwd, path)
        return (
            Start(
                [_argument(one) for one in argv],
                env,
                str(cwd),
                self._secrets.fill(request.stdin),
                request.timeout,
                self._grace,
                request.max_bytes,
                mark,
                request.leaves_running,
            ),
            sha256,
        )


async def _patiently(program: Program) -> CommandReply:
    """Run in a thread; cancelled, wait until nothing of the program is left.

    A program that is late is being ended already: its reply comes within the grace, and says more than that
    we stopped waiting, so it is returned all the same.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[CommandReply] = loop.create_future()

    def settle(reply: CommandReply | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if reply is not None:
            answer.set_result(reply)
        elif error is not None:
            answer.set_exception(error)

    def run() -> None:
        reply, error = None, None
        try:
            reply = program.run()
        except BaseException as failure:
            error = failure
        with suppress(RuntimeError):  # the loop has closed: the run is over
            loop.call_soon_threadsafe(settle, reply, error)

    try:
        threading.Thread(target=run, name="program").start()
    except RuntimeError:
        program.stop()
        program.stop()
        program.run()
        raise CannotLook("this machine has no room for another thread: nothing was left running") from None
    stopped = False
    while True:
        try:
            await asyncio.wait((answer,))
        except asyncio.CancelledError:
            stopped = stopped or not program.late
            program.stop()
            continue
        if stopped:
            answer.exception()
            raise asyncio.CancelledError
        return answer.result()


def _found(name: str, cwd: Path, path: str) -> str:
    if "\0" in name:
        raise CannotLook("a program's name holds a NUL byte")
    if "/" in name:
        here = cwd / name
        if here.is_file() and not os.access(here, os.X_OK):
            raise CannotLook(f"{name} is not executable: chmod +x it, or name its interpreter first")
        if not here.is_file():
            raise CannotLook(f"there is no program {name}: check the path in the runbook")
        return str(here)
    found = shutil.which(name, path=path)
    if found is None:
        raise CannotLook(f"{name} is not installed, or not in PATH: install it, or write its full path")
    return found


def _argument(text: str) -> bytes:
    if "\0" in text:
        raise CannotLook("an argument holds a NUL byte: no program can be given that")
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise CannotLook("an argument is no valid text") from None
