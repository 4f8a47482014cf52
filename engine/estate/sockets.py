"""The estate on real loopback sockets, with one real process for every machine.

Each service has a port of its own. The state is the same frozen one as in virtual time and lives in one event
loop: a request changes it in one turn, what changed is in the effects log before anyone is answered, and only
then does the reply take its time. A refused connection is a closed port.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from engine.estate import edge, process
from engine.estate.edge import Forward
from engine.estate.effects import EffectsLog
from engine.estate.estate import (
    DATABASE,
    EstateState,
    absorb,
    admit,
    advance,
    apply,
    spoil,
    surroundings,
)
from engine.estate.fault import Fault
from engine.estate.faults import WireTrouble
from engine.estate.fly import process_ended
from engine.estate.http_wire import BadRequest, read_reply, read_request, request_bytes, reset, write_reply
from engine.estate.memory import Approval
from engine.estate.postgres import PostgresServer
from engine.estate.postgres_startup import refusal, welcome, with_setting
from engine.estate.relay import relay, startup
from engine.estate.supervisor import Supervisor
from engine.estate.wire import Reply, Request, text_reply

HOST = "127.0.0.1"
TICK_SECONDS = 0.05


@dataclass(slots=True, eq=False)
class Listener:
    """One service's port: closed while the service refuses, and the same port when it is back."""

    service: str
    port: int
    server: asyncio.Server | None
    writers: set[asyncio.StreamWriter] = field(default_factory=set)


class Sandbox:
    """The running estate; use it as `async with Sandbox(...) as sandbox`.

    `clock` gives the time stamps; `pace` divides the seconds replies take, for tests and impatient people.
    """

    def __init__(
        self,
        state_dir: Path,
        clock: Callable[[], float],
        initial: EstateState,
        *,
        pace: float = 1.0,
        postgres: PostgresServer | None = None,
    ) -> None:
        self.state = replace(initial, fly=replace(initial.fly, supervised=True))
        self._clock = clock
        self._pace = pace
        self._postgres = postgres
        self._effects = EffectsLog(state_dir)
        self._effects.skip(initial)
        self._supervisor = Supervisor(self._process_ended, pace)
        self._listeners: dict[str, Listener] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: set[str] = set()

    @property
    def urls(self) -> Mapping[str, str]:
        """Return the base URL of every service: the database's is a tcp address; and a real Postgres's."""
        schemes = {DATABASE: "tcp"}
        found = {
            name: f"{schemes.get(name, 'http')}://{HOST}:{listener.port}"
            for name, listener in self._listeners.items()
        }
        if self._postgres is not None and DATABASE in self._listeners:
            # Through the stand-in's port, so that what is broken there is broken for statements too.
            found["postgres"] = self._postgres.address(self._listeners[DATABASE].port)
        return found

    @property
    def effects_path(self) -> Path:
        """Return the file in which every effect is a line."""
        return self._effects.path

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Open every port and start the process of every machine that runs."""
        try:
            for service in sorted(self.state.services):
                self._listeners[service] = Listener(service, 0, None)
                await self._open(self._listeners[service])
        except BaseException:
            await self.stop()
            raise
        self._spawn(self._tick())
        self._settle()

    async def stop(self) -> None:
        """Close every port and leave no process behind."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for listener in self._listeners.values():
            self._close(listener)
        await self._supervisor.stop()
        self._effects.close()

    def strike(self, fault: Fault) -> None:
        """Let a fault begin now; raises UsageError for an unknown one."""
        now = self._clock()
        self.state = apply(advance(self.state, now), fault, now)
        self._settle()

    def pid(self, machine_id: str) -> int | None:
        """Return the process id of a machine, for tests that kill it."""
        return self._supervisor.pid(machine_id)

    async def _tick(self) -> None:
        while True:
            self.state = advance(self.state, self._clock())
            self._settle()
            await asyncio.sleep(TICK_SECONDS)

    def _settle(self) -> None:
        """Make log, processes and ports agree with the state."""
        self._effects.show(self.state)
        self._supervisor.reconcile(self.state.fly)
        for listener in self._listeners.values():
            if self.state.reachable(listener.service):
                if listener.server is None and listener.service not in self._opening:
                    self._spawn(self._open(listener))
            elif listener.server is not None:
                self._close(listener)

    async def _open(self, listener: Listener) -> None:
        self._opening.add(listener.service)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._spawn(self._serve(listener, reader, writer))

        with contextlib.suppress(OSError) if listener.port else contextlib.nullcontext():
            # A port taken by someone else in the meantime is tried again at the next tick.
            listener.server = await asyncio.start_server(serve, HOST, listener.port)
            listener.port = listener.server.sockets[0].getsockname()[1]
        self._opening.discard(listener.service)

    def _close(self, listener: Listener) -> None:
        if listener.server is not None:
            listener.server.close()
            listener.server = None
        for writer in list(listener.writers):
            reset(writer)

    async def _serve(
        self, listener: Listener, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        listener.writers.add(writer)
        try:
            if listener.service == DATABASE:
                await self._serve_database(reader, writer)
                return
            while (request := await read_request(reader)) is not None:
                reply = await self._answer(listener.service, request)
                again = await write_reply(writer, reply, head_only=request.method == "HEAD")
                if not again or request.headers.get("connection", "").lower() == "close":
                    return
        except BadRequest as error:
            await write_reply(writer, text_reply(400, f"Bad Request: {error}"))
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            listener.writers.discard(writer)
            writer.close()

    async def _serve_database(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trouble = self.state.conditions.wire.get(DATABASE, WireTrouble(None))
        if self._postgres is None or trouble.fault in ("hang", "drip"):
            await reader.read()  # accepted is all there is to know
        elif trouble.fault == "garble":
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        elif trouble.fault is None:
            await asyncio.sleep(trouble.seconds / self._pace)
            await self._welcome(reader, writer, self._postgres.port)
        else:
            reset(writer)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
        """Let a client speak to the real Postgres, as far as the faults allow."""
        met = welcome(self.state)
        if met.refused is None and not met.read_only:
            await relay(reader, writer, HOST, port, slow=met.slow / self._pace)
            return
        first = await startup(reader, writer)
        if met.refused is not None:
            writer.write(refusal(met.refused) if first else b"")
        elif first:
            first = with_setting(first, "default_transaction_read_only", "on")
            await relay(reader, writer, HOST, port, first=first, slow=met.slow / self._pace)

    async def _answer(self, service: str, request: Request) -> Reply:
        self.state, outcome = admit(self.state, service, request, self._clock())
        self._settle()
        if isinstance(outcome, Reply):
            await asyncio.sleep(outcome.after / self._pace)
            return outcome
        return await self._forward(service, request, outcome)

    async def _forward(self, service: str, request: Request, forward: Forward) -> Reply:
        """Let the machine's own process answer; when it dies meanwhile, the proxy answers 502."""
        machine = edge.chosen(self.state.fly, forward)
        await asyncio.sleep(forward.wait / self._pace)
        try:
            port = await self._supervisor.port(forward.machine, machine.boots)
            reader, writer = await asyncio.open_connection(HOST, port, limit=1_000_000)
        except OSError:
            return spoil(self.state, service, edge.unreachable(forward))
        machine = self.state.fly.find(forward.machine) or machine  # a fault may have struck meanwhile
        headers = {
            process.NOW: repr(float(self._clock())),
            process.AROUND: surroundings(self.state, machine).dump(),
        }
        path = quote(request.path)
        target = f"{path}?{urlencode(request.query)}" if request.query else path
        try:
            writer.write(request_bytes(request, target, headers))
            await writer.drain()
            reply = await read_reply(reader)
        except OSError:
            return spoil(self.state, service, edge.unreachable(forward))
        finally:
            writer.close()
        wrote = reply.headers.get(process.WROTE, "[]")
        self.state = absorb(self.state, tuple(Approval.load(row) for row in json.loads(wrote)))
        kept = {name: value for name, value in reply.headers.items() if name != process.WROTE}
        return spoil(self.state, service, edge.passed(replace(reply, headers=kept), forward))

    def _process_ended(self, machine_id: str, boots: int, exit_code: int) -> None:
        machine = self.state.fly.find(machine_id)
        if machine is not None and machine.boots == boots:
            fly = process_ended(self.state.fly, machine_id, exit_code, self._clock())
            self.state = replace(self.state, fly=fly)

    def _spawn(self, work: object) -> None:
        if not asyncio.iscoroutine(work):
            raise TypeError("a coroutine is needed")
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
