"""The process of a stdio MCP server: started from a list of words, ended with all it started.

Rules:
1. Never a shell, and no secret among the words: any user of this machine can read them.
2. The environment is a small one of our own and what the catalogue gives; nothing else is inherited.
3. It leads a process group of its own, so that a Ctrl-C at our terminal is not its end, and its end is that
   of its children too: a launcher such as npx leaves a server behind otherwise.
4. What it writes is bounded: a line longer than the limit, or too much that nobody asked for, ends it. Of
   stderr the end is kept, to be shown when it dies.
5. It counts as dead once its output has ended *and* it has exited, or a moment after either: an answer that
   was written just before the exit is still read.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from engine.io.world.failures import Broken
from engine.kinds.ports import CannotLook

INHERITED = (
    "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LOGNAME", "NODE_EXTRA_CA_CERTS", "PATH", "SSL_CERT_DIR",
    "SSL_CERT_FILE", "TMPDIR", "TZ", "USER",
)  # fmt: skip
"""The whole of our environment that a server gets; a proxy or a token is named in the catalogue's `env`."""
_TAIL = 4096  # bytes of stderr
_SHOWN = 240  # characters of it in a message
_MOMENT = 0.2  # seconds between the end of the output, the end of stderr and the exit, in any order
_BURIALS, _BURIAL = 20, 0.01  # how often, and seconds between
_POLITE = 0.3  # seconds for each of: stdin is closed, TERM, KILL
_TELLING = re.compile(r"error|exception|fatal|denied|not found|cannot|no such|invalid|usage", re.IGNORECASE)
_UNPRINTABLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x20-\x7e\xa0-\u2027\u2030-\uffff]")


class ServerProcess(asyncio.SubprocessProtocol):
    """A running server; `on_line` gets each line, `on_end` is called once, when no more can come."""

    def __init__(self, name: str, on_line: Callable[[bytes], None], on_end: Callable[[Broken], None]) -> None:
        self.name = name
        self.pid = 0
        self.limit = 1_000_000
        """Bytes of the longest line that is waited for."""
        self._on_line = on_line
        self._on_end = on_end
        self._line = bytearray()
        self._tail = b""
        self._trouble: Broken | None = None
        self._silent = False  # its output has ended
        self._told = False  # its stderr has ended: nothing of its last words is still on the way
        self._dead = False
        self.gone = asyncio.Event()
        self._transport: asyncio.SubprocessTransport | None = None

    @property
    def usable(self) -> bool:
        """Return whether it can still be spoken to."""
        return not (self._silent or self._dead or self._trouble or self.gone.is_set())

    def write(self, line: bytes) -> None:
        """Send a line; what cannot be sent any more is lost, and `on_end` tells of it."""
        stdin = self._pipe()
        if stdin is not None and not stdin.is_closing():
            stdin.write(line)

    def kill(self, trouble: Broken | None = None) -> None:
        """End the server and its children at once."""
        self._trouble = self._trouble or trouble
        self._signal(signal.SIGKILL)
        if trouble is not None:
            self._die()

    async def end(self) -> None:
        """End it politely, then by force; nothing of it is left, however often this is cancelled."""
        stdin = self._pipe()
        try:
            if stdin is not None:
                stdin.close()
            if not await self._went():
                self._signal(signal.SIGTERM)
                await self._went()
        finally:
            self._signal(signal.SIGKILL)
            await self._went()
            if stdin is not None and stdin.get_write_buffer_size():
                stdin.abort()  # what it never read
            if self._transport is not None:
                self._transport.close()
            await asyncio.sleep(0)  # the pipes are closed by the loop itself

    # What the event loop tells.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the process."""
        self._transport = cast("asyncio.SubprocessTransport", transport)
        self.pid = self._transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take what it wrote."""
        if fd == 2:
            self._tail = (self._tail + data)[-_TAIL:]
            return
        *lines, rest = data.split(b"\n")
        for line in lines:
            if self._dead:
                return
            whole, self._line = bytes(self._line + line), bytearray()
            self._on_line(whole)
        self._line += rest
        if len(self._line) > self.limit and not self._dead:
            self._line.clear()
            self.kill(Broken("too-large", f"MCP server {self.name} wrote a line of over {self.limit} bytes"))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Notice the end of its output."""
        if fd == 1:
            self._silent = True
        if fd == 2:
            self._told = True
        if fd in (1, 2) and (self._silent or self.gone.is_set()):
            self._leave()

    def process_exited(self) -> None:
        """Notice its exit; its children go with it."""
        self._signal(signal.SIGKILL)
        self.gone.set()
        self._bury(_BURIALS)
        self._leave()

    def _leave(self) -> None:
        if self._silent and self._told and self.gone.is_set():
            self._die()
        else:
            asyncio.get_running_loop().call_later(_MOMENT, self._die)

    def _bury(self, left: int) -> None:
        """Take leave of what it started: where we are the reaper of orphans, nobody else does."""
        try:
            while os.waitpid(-self.pid, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        if left:  # not all of them are dead yet
            asyncio.get_running_loop().call_later(_BURIAL, self._bury, left - 1)

    def _die(self) -> None:
        if not self._dead:
            self._dead = True
            self._signal(signal.SIGKILL)
            self._on_end(self._trouble or Broken("reset", self._last_words()))

    def _last_words(self) -> str:
        code = self._transport.get_returncode() if self._transport else None
        how = "closed its output" if code is None else f"ended (exit {code})"
        how = f"was ended by signal {-code}" if code is not None and code < 0 else how
        said = telling(self._tail)
        return f"MCP server {self.name} {how}" + (f": {said}" if said else "")

    def _pipe(self) -> asyncio.WriteTransport | None:
        pipe = self._transport.get_pipe_transport(0) if self._transport else None
        return cast("asyncio.WriteTransport | None", pipe)

    async def _went(self) -> bool:
        try:
            async with asyncio.timeout(_POLITE):
                await self.gone.wait()
        except TimeoutError:
            return False
        return True

    def _signal(self, number: signal.Signals) -> None:
        if self.pid and not self.gone.is_set():  # later, its number may be that of anything
            with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left, or not ours
                os.killpg(self.pid, number)


async def start(
    process: ServerProcess, command: Sequence[str], env: Mapping[str, str], root: Path | None
) -> None:
    """Start a server; raises CannotLook."""
    line = shlex.join(command)
    try:
        await asyncio.get_running_loop().subprocess_exec(
            lambda: process, *command, env=dict(env), cwd=root, start_new_session=True
        )
    except FileNotFoundError:
        raise CannotLook(f"{command[0]} is not installed: MCP server {process.name} is `{line}`") from None
    except PermissionError:
        raise CannotLook(f"{command[0]} may not be started: MCP server {process.name} is `{line}`") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "a word or a variable is not valid"
        raise CannotLook(f"MCP server {process.name} cannot be started: {why}: `{line}`") from None


def telling(tail: bytes) -> str:
    """Return the line of stderr that says most, in printable characters."""
    text = tail.decode("utf-8", "replace")
    lines = [clean for line in text.splitlines() if (clean := _UNPRINTABLE.sub(" ", line).strip())]
    errors = [line for line in lines if _TELLING.search(line) and not line.startswith(("at ", "throw "))]
    said = (errors or lines or [""])[-1]
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"
