"""A world of scripted replies: what a kind asks is kept, what it gets is what the test wrote."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from engine.kinds.action import Action
from engine.kinds.check import Check
from engine.kinds.ports import (
    CodeRequest,
    CommandReply,
    CommandRequest,
    DnsReply,
    DnsRequest,
    FileReply,
    HttpReply,
    HttpRequest,
    McpCall,
    McpReply,
    Message,
    OneTimeCode,
    OtherRun,
    Signature,
    SqlReply,
    SqlRequest,
    TlsReply,
    TlsRequest,
)
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Observation, Performed

T = TypeVar("T")
Reply = (
    HttpReply
    | McpReply
    | SqlReply
    | CommandReply
    | FileReply
    | TlsReply
    | DnsReply
    | tuple[OtherRun, ...]
    | float
    | str
    | Exception
)


@dataclass
class FakeWorld:
    """All ports in one object; replies are given in the order they stand in, exceptions are raised."""

    replies: list[Reply] = field(default_factory=list)
    requests: list[HttpRequest] = field(default_factory=list)
    calls: list[McpCall] = field(default_factory=list)
    dials: list[tuple[str, int, float]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    statements: list[SqlRequest] = field(default_factory=list)
    started: list[CommandRequest] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    handshakes: list[TlsRequest] = field(default_factory=list)
    names: list[DnsRequest] = field(default_factory=list)
    slept: float = 0.0

    @property
    def http(self) -> FakeHttp:
        """The port for HTTP."""
        return FakeHttp(self)

    @property
    def tcp(self) -> FakeTcp:
        """The port for connections."""
        return FakeTcp(self)

    @property
    def mcp(self) -> FakeMcp:
        """The port for tools."""
        return FakeMcp(self)

    @property
    def tell(self) -> FakeTell:
        """The port for messages."""
        return FakeTell(self)

    @property
    def sql(self) -> FakeSql:
        """The port for databases."""
        return FakeSql(self)

    @property
    def commands(self) -> FakeCommands:
        """The port for programs."""
        return FakeCommands(self)

    @property
    def files(self) -> FakeFiles:
        """The port for files."""
        return FakeFiles(self)

    @property
    def tls(self) -> FakeTls:
        """The port for hand-shakes."""
        return FakeTls(self)

    @property
    def dns(self) -> FakeDns:
        """The port for names."""
        return FakeDns(self)

    @property
    def clock(self) -> FakeClock:
        """The port for time."""
        return FakeClock(self)

    @property
    def proofs(self) -> FakeProofs:
        """The port for proofs of identity."""
        return FakeProofs(self)

    @property
    def runs(self) -> FakeRuns:
        """The port for other runs."""
        return FakeRuns(self)

    def next(self, kind: type[T]) -> T:
        """Return the next scripted reply, which must be of this kind, or raise it."""
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        assert isinstance(reply, kind)
        return reply


@dataclass
class FakeHttp:
    """Keeps requests."""

    world: FakeWorld

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the next reply."""
        self.world.requests.append(request)
        return self.world.next(HttpReply)


@dataclass
class FakeTcp:
    """Keeps dials."""

    world: FakeWorld

    async def dial(self, host: str, port: int, timeout: float) -> float:
        """Return the next number of seconds."""
        self.world.dials.append((host, port, timeout))
        return self.world.next(float)


@dataclass
class FakeMcp:
    """Keeps calls."""

    world: FakeWorld

    async def call(self, call: McpCall) -> McpReply:
        """Return the next answer."""
        self.world.calls.append(call)
        return self.world.next(McpReply)


@dataclass
class FakeTell:
    """Keeps messages."""

    world: FakeWorld

    async def send(self, message: Message) -> str:
        """Return the next receipt."""
        self.world.messages.append(message)
        return self.world.next(str)

    async def acknowledged(
        self, channel: str, dedup_key: str, timeout: float, since: Instant | None = None
    ) -> str:
        """Return the next name."""
        return self.world.next(str)


@dataclass
class FakeSql:
    """Keeps statements."""

    world: FakeWorld

    async def run(self, request: SqlRequest) -> SqlReply:
        """Return the next rows."""
        self.world.statements.append(request)
        return self.world.next(SqlReply)


@dataclass
class FakeCommands:
    """Keeps what was started."""

    world: FakeWorld

    async def run(self, request: CommandRequest) -> CommandReply:
        """Return the next end."""
        self.world.started.append(request)
        return self.world.next(CommandReply)


@dataclass
class FakeFiles:
    """Keeps paths."""

    world: FakeWorld

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Return the next file."""
        self.world.paths.append(path)
        return self.world.next(FileReply)


@dataclass
class FakeTls:
    """Keeps hand-shakes."""

    world: FakeWorld

    async def handshake(self, request: TlsRequest) -> TlsReply:
        """Return the next certificate."""
        self.world.handshakes.append(request)
        return self.world.next(TlsReply)


@dataclass
class FakeDns:
    """Keeps names."""

    world: FakeWorld

    async def resolve(self, request: DnsRequest) -> DnsReply:
        """Return the next records."""
        self.world.names.append(request)
        return self.world.next(DnsReply)


@dataclass
class FakeClock:
    """Stands still while somebody asks, and moves when it is told to."""

    world: FakeWorld

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self.world.slept

    async def sleep(self, seconds: float) -> None:
        """Let them pass."""
        self.world.slept += max(0.0, seconds)


@dataclass
class FakeProofs:
    """Says what the test wrote."""

    world: FakeWorld

    async def verify(self, proof: Signature | OneTimeCode) -> str:
        """Return the next word."""
        return self.world.next(str)

    async def send_code(self, request: CodeRequest) -> str:
        """Return the next seal."""
        return self.world.next(str)


@dataclass
class FakeRuns:
    """Says which other runs there are."""

    world: FakeWorld

    async def others(self) -> tuple[OtherRun, ...]:
        """Return the next tuple."""
        return self.world.next(tuple)


def run(work: Coroutine[object, object, T]) -> T:
    """Run one coroutine to its end."""
    return asyncio.run(work)


def observed(check: Check, *replies: Reply, timeout: float = 10.0) -> Observation:
    """Return what a check brings back from a world with these replies."""
    return run(check.observe(FakeWorld(list(replies)), timeout))


def performed(action: Action, *replies: Reply, timeout: float = 60.0) -> Performed:
    """Return what came of an action in a world with these replies."""
    return run(action.perform(FakeWorld(list(replies)), timeout))


def http_reply(
    status: int = 200,
    body: bytes | Json = b"",
    headers: Mapping[str, str] | None = None,
    seconds: float = 0.212,
) -> HttpReply:
    """Return a reply; a body that is not bytes is sent as JSON."""
    known = dict(headers or {})
    if not isinstance(body, bytes):
        known.setdefault("content-type", "application/json; charset=utf-8")
        body = json.dumps(body).encode()
    return HttpReply(status, known, body, seconds)


def printed(value: Json, notice: str = "", *, is_error: bool = False, seconds: float = 0.6) -> McpReply:
    """Return the answer of a tool that prints JSON, after a notice."""
    return McpReply(notice + json.dumps(value, indent=4) + "\n", is_error, seconds)
