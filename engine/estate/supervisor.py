"""Keeps one real process for every machine that is asked, and tells when one ends that nobody ended.

The state says what ought to run; `reconcile` kills what ought not to. A process belongs to one boot of
its machine: a restart is another process with nothing in its memory. It is started by the first request for
it, as nobody can tell before: most drills reach few machines of the estate. One that will crash by itself is
started at once, because its exit is an event whether anybody asks or not.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.estate.fly import App, Fly
from engine.estate.machine import Machine
from engine.estate.memory import AgentMemory

Ended = Callable[[str, int, int], None]  # machine id, boot, exit code


@dataclass(slots=True, eq=False)
class Running:
    """One process and what is known of it."""

    machine: str
    boots: int
    port: asyncio.Future[int]
    expected: bool = False  # we ended it ourselves
    process: asyncio.subprocess.Process | None = None
    task: asyncio.Task[None] | None = field(default=None)


class Supervisor:
    """The processes of all machines."""

    def __init__(self, ended: Ended, pace: float) -> None:
        self._ended = ended
        self._pace = pace
        self._running: dict[str, Running] = {}
        self._wanted: dict[str, tuple[App, Machine]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def pid(self, machine_id: str) -> int | None:
        """Return the process id of a machine, once it has one: nothing was asked of it before that."""
        running = self._running.get(machine_id)
        return running.process.pid if running is not None and running.process is not None else None

    async def port(self, machine_id: str, boots: int) -> int:
        """Return the port of a machine's process when it listens; raises ConnectionError when it is gone."""
        if machine_id not in self._running and machine_id in self._wanted:
            self._start(*self._wanted[machine_id])
        running = self._running.get(machine_id)
        if running is None or running.boots != boots:
            raise ConnectionRefusedError(machine_id)
        return await asyncio.shield(running.port)

    def reconcile(self, fly: Fly) -> None:
        """Kill what ought not to run, and start what will end by itself."""
        wanted = self._wanted = {m.id: (app, m) for app in fly.apps for m in app.machines if m.up}
        for machine_id, running in list(self._running.items()):
            if machine_id not in wanted or wanted[machine_id][1].boots != running.boots:
                self._kill(running)
        for machine_id, (app, machine) in wanted.items():
            if machine_id not in self._running and machine.crash is not None:
                self._start(app, machine)

    async def stop(self) -> None:
        """Kill everything and wait until it is gone."""
        self._wanted = {}
        for running in list(self._running.values()):
            self._kill(running)
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, app: App, machine: Machine) -> None:
        running = Running(machine.id, machine.boots, asyncio.get_running_loop().create_future())
        self._running[machine.id] = running
        task = asyncio.create_task(self._run(running, app.serves, machine))
        running.task = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _kill(self, running: Running) -> None:
        running.expected = True
        if self._running.get(running.machine) is running:
            del self._running[running.machine]
        if running.process is not None and running.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                running.process.kill()
        _settle_port(running)

    async def _run(self, running: Running, serves: str, machine: Machine) -> None:
        command = [sys.executable, "-m", "engine.estate.process", "--serves", serves, "--machine", machine.id]
        command += ["--pace", str(self._pace)]
        if machine.crash is not None:
            command += ["--exit-after", str(machine.crash.after / self._pace)]
            command += ["--exit-code", str(machine.crash.exit_code)]
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={"PYTHONPATH": os.pathsep.join(sys.path)},  # the caller's environment may hold secrets
                start_new_session=True,  # Ctrl-C is ours to handle
            )
        except OSError:
            _settle_port(running)
            raise
        running.process = process
        if running.expected:  # ended while it was being started
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        try:
            await _give_disk(process, machine)
            await _learn_port(process, running)
        finally:
            code = await process.wait()
            _settle_port(running)
            if process.stdin is not None:
                process.stdin.close()
        if not running.expected:
            if self._running.get(running.machine) is running:
                del self._running[running.machine]
            self._wanted.pop(running.machine, None)  # until the state says what comes after this boot
            self._ended(running.machine, running.boots, code if code >= 0 else 128 - code)


async def _give_disk(process: asyncio.subprocess.Process, machine: Machine) -> None:
    files = machine.memory.files if isinstance(machine.memory, AgentMemory) else ()
    if process.stdin is not None:
        process.stdin.write(json.dumps([row.dump() for row in files]).encode() + b"\n")
        with contextlib.suppress(ConnectionError):
            await process.stdin.drain()


async def _learn_port(process: asyncio.subprocess.Process, running: Running) -> None:
    line = await process.stdout.readline() if process.stdout is not None else b""
    if line.startswith(b"port ") and not running.port.done():
        running.port.set_result(int(line.split()[1]))


def _settle_port(running: Running) -> None:
    """Let nobody wait for a process that will never listen."""
    if not running.port.done():
        running.port.set_exception(ConnectionRefusedError(running.machine))
        running.port.exception()  # seen, even if nobody asks
