"""One program from start to end: fed, drained, and at its deadline ended with everything it started.

Rules:

1. Everything but the start blocks, and runs in a thread of its own: a flood of output or a slow end of one
   program holds up nobody else.
2. Both streams are drained all the time, also while the program is being ended: it may have last words.
3. At the deadline, or when nobody waits any more: TERM to the whole tree, then patience, then KILL until
   nothing is left. The same, with less patience, for what a program leaves behind when it ends by itself.
4. The end is the end of the tree, not of the pipes: a process that holds a pipe open holds up nothing.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from time import monotonic, perf_counter
from typing import IO, Final, Literal

from engine.io.world.programs.output import Collector
from engine.io.world.programs.process_tree import Left, Tree, TreeMaker, marking
from engine.kinds.ports import CommandReply

AFTER_EXIT: Final = 0.4  # seconds of patience with what a program leaves behind
_TICK: Final = 0.1  # seconds between looks at whether anybody still waits
_BLIND_TICK: Final = 0.02  # the same where the system does not tell when a program ends
_SWEEP: Final = (0.01, 0.1)  # seconds between looks at the tree, from and to
_UNKILLABLE: Final = 3.0  # seconds after the first KILL: what lives on is stuck in the kernel
_LAST_WORDS: Final = 0.3  # seconds for what is left in the pipes
_PIPE: Final = 1 << 20
_CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Start:
    """Everything that is needed to start one program, checked and filled in."""

    argv: Sequence[bytes]
    env: Mapping[bytes, bytes]
    cwd: str
    stdin: bytes
    timeout: float
    grace: float
    max_bytes: int
    mark: int
    leaves_running: bool = False


class Program:
    """One run of one program: `begin`, then `run` in a thread; `stop` from anywhere."""

    def __init__(self, start: Start, tree: TreeMaker) -> None:
        self._start = start
        self._tree_of = tree
        self._stop = threading.Event()
        self._hurry = threading.Event()
        self._late = threading.Event()

    @property
    def late(self) -> bool:
        """Tell whether its deadline has passed: then its end is only a matter of seconds."""
        return self._late.is_set()

    def stop(self) -> None:
        """End it, with patience; a second time without."""
        (self._hurry if self._stop.is_set() else self._stop).set()

    def begin(self) -> None:
        """Start it, in the thread of the event loop; raises OSError when it cannot be started."""
        start = self._start
        self._began = perf_counter()
        with marking(start.mark):
            self._process = subprocess.Popen(  # noqa: S603  # a list of arguments, no shell of ours
                start.argv,
                stdin=subprocess.PIPE if start.stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=start.cwd,
                env=start.env,
                bufsize=0,
                start_new_session=True,
            )

    def run(self) -> CommandReply:
        """See it to its end and return how that was."""
        process, start = self._process, self._start
        with ExitStack() as stack:
            pipes = Pipes(process, start.stdin, start.max_bytes)
            stack.callback(process.wait)  # last: until then its number is its own
            stack.callback(pipes.close)
            tree = self._tree_of(process, start.mark)
            stack.callback(tree.close)
            try:
                ended, left_behind, left = self._watch(tree, pipes)
            except BaseException:  # a fault of ours: leave nothing running
                tree.signal(signal.SIGKILL)
                raise
            pipes.drain(_LAST_WORDS)
            if not left.ended and not tree.exited():
                stack.pop_all()  # stuck in the kernel: waiting for it would hang us too
                pipes.close()
                tree.close()
                process.returncode = -signal.SIGKILL
        return CommandReply(
            process.returncode,
            pipes.stdout.output(),
            pipes.stderr.output(),
            perf_counter() - self._began,
            ended,
            left_behind,
            left.alive,
        )

    def _watch(self, tree: Tree, pipes: Pipes) -> tuple[Literal["exit", "timeout"], int, Left]:
        deadline = monotonic() + self._start.timeout
        pipes.watch(tree.handle)
        tick = _BLIND_TICK if tree.handle is None else _TICK
        ended: Literal["exit", "timeout"] = "exit"
        while not tree.exited():
            pipes.serve(min(tick, max(deadline - monotonic(), 0.0)))
            if monotonic() >= deadline:
                self._late.set()
            if (self._late.is_set() or self._stop.is_set()) and not tree.exited():
                ended = "timeout"
                break
        pipes.forget(tree.handle)
        if ended == "exit" and self._start.leaves_running:
            return ended, 0, Left()
        patience = AFTER_EXIT if ended == "exit" else self._start.grace
        left = tree.signal(signal.SIGTERM)
        left_behind = left.alive if ended == "exit" else 0
        return ended, left_behind, self._end(tree, pipes, left, patience)

    def _end(self, tree: Tree, pipes: Pipes, left: Left, patience: float) -> Left:
        kill_at = monotonic() + patience
        pause = _SWEEP[0]
        while not left.ended:
            pipes.serve(pause)
            pause = min(pause * 1.5, _SWEEP[1])
            now = monotonic()
            killing = now >= kill_at or self._hurry.is_set()
            left = tree.signal(signal.SIGKILL if killing else signal.SIGTERM)
            hopeless = left.alive > 0 and left.beyond_us == left.alive and tree.exited()
            if hopeless or now >= kill_at + _UNKILLABLE:
                break
        return left


class Pipes:
    """The three streams of a program."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, max_bytes: int) -> None:
        self.stdout = Collector(max_bytes)
        self.stderr = Collector(max_bytes)
        self._poll = select.poll()
        self._stdin = process.stdin
        self._rest = memoryview(stdin)
        self._readers: dict[int, tuple[IO[bytes], Collector]] = {}
        self._buffer = bytearray(_CHUNK)
        for stream, collector in ((process.stdout, self.stdout), (process.stderr, self.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                with suppress(OSError, AttributeError):  # larger pipes are only faster
                    fcntl.fcntl(stream.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
                self._readers[stream.fileno()] = (stream, collector)
                self._poll.register(stream.fileno(), select.POLLIN)
        if self._stdin is not None:
            os.set_blocking(self._stdin.fileno(), False)
            self._poll.register(self._stdin.fileno(), select.POLLOUT)

    def watch(self, handle: int | None) -> None:
        """Wake up when this can be read, too."""
        if handle is not None:
            self._poll.register(handle, select.POLLIN)

    def forget(self, handle: int | None) -> None:
        """Wake up for it no longer."""
        if handle is not None:
            self._poll.unregister(handle)

    def serve(self, seconds: float) -> bool:
        """Wait for something to do at most so long, and do it; False when there was nothing."""
        events = self._poll.poll(seconds * 1000)
        for number, _ in events:
            if number in self._readers:
                self._read(number)
            elif self._stdin is not None and number == self._stdin.fileno():
                self._write()
        return bool(events)

    def drain(self, seconds: float) -> None:
        """Read what is there, but wait for nothing."""
        until = monotonic() + seconds
        while self._readers and monotonic() < until and self.serve(0.0):
            pass

    def close(self) -> None:
        """Close all that is open."""
        for number in list(self._readers):
            self._done(number)
        self._hang_up()

    def _read(self, number: int) -> None:
        try:
            size = os.readv(number, [self._buffer])
        except BlockingIOError:
            return
        if size:
            with memoryview(self._buffer) as view:
                self._readers[number][1].add(view[:size])
        else:
            self._done(number)

    def _write(self) -> None:
        try:
            written = os.write(self._stdin.fileno(), self._rest[:_PIPE]) if self._stdin else 0
        except BlockingIOError:
            return
        except BrokenPipeError:  # it does not want to hear the rest
            written = len(self._rest)
        self._rest = self._rest[written:]
        if not self._rest:
            self._hang_up()

    def _done(self, number: int) -> None:
        self._poll.unregister(number)
        self._readers.pop(number)[0].close()

    def _hang_up(self) -> None:
        if self._stdin is not None:
            self._poll.unregister(self._stdin.fileno())
            self._stdin.close()
            self._stdin = None
