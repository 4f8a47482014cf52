"""A world that refuses what the guard does not allow, before the world behind it is asked.

It has every capability of a `World`, one wrapper each, and is no subclass of it on purpose: a capability that
is added there is missing here until somebody has decided how it is guarded.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.io.world.guard import Guard
from engine.kinds.ports import (
    CannotLook,
    Clock,
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
    Proofs,
    Runs,
    SqlReply,
    SqlRequest,
    TlsReply,
    TlsRequest,
    World,
)
from engine.kinds.uses import Effect
from engine.kinds.values import Instant, Json

__all__ = ["Guard", "GuardedWorld"]


@dataclass(frozen=True, slots=True)
class GuardedWorld:
    """The world of one operation, which has one effect."""

    world: World
    guard: Guard
    effect: Effect = "read"

    @property
    def http(self) -> GuardedHttp:
        """Return HTTP; of redirects the host is asked about by whoever follows them."""
        return GuardedHttp(self)

    @property
    def tcp(self) -> GuardedTcp:
        """Return connections."""
        return GuardedTcp(self)

    @property
    def tls(self) -> GuardedTls:
        """Return hand-shakes."""
        return GuardedTls(self)

    @property
    def dns(self) -> GuardedDns:
        """Return the name service."""
        return GuardedDns(self)

    @property
    def sql(self) -> GuardedSql:
        """Return databases."""
        return GuardedSql(self)

    @property
    def commands(self) -> GuardedCommands:
        """Return programs."""
        return GuardedCommands(self)

    @property
    def files(self) -> GuardedFiles:
        """Return files."""
        return GuardedFiles(self)

    @property
    def mcp(self) -> GuardedMcp:
        """Return MCP servers."""
        return GuardedMcp(self)

    @property
    def tell(self) -> GuardedTell:
        """Return channels that reach people."""
        return GuardedTell(self)

    @property
    def proofs(self) -> Proofs:
        """Return proofs of identity: nothing in them is chosen by a runbook."""
        return self.world.proofs

    @property
    def runs(self) -> Runs:
        """Return other runs of this machine."""
        return self.world.runs

    @property
    def clock(self) -> Clock:
        """Return the clock."""
        return self.world.clock


@dataclass(frozen=True, slots=True)
class GuardedHttp:
    """HTTP within what is allowed."""

    of: GuardedWorld

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the reply; raises NoAnswer or CannotLook."""
        _refuse(self.of.guard.url(request.url))
        return await self.of.world.http.send(request)


@dataclass(frozen=True, slots=True)
class GuardedTcp:
    """Connections within what is allowed."""

    of: GuardedWorld

    async def dial(self, host: str, port: int, timeout: float) -> float:
        """Return the seconds it took; raises NoAnswer or CannotLook."""
        _refuse(self.of.guard.host(host, port))
        return await self.of.world.tcp.dial(host, port, timeout)


@dataclass(frozen=True, slots=True)
class GuardedTls:
    """Hand-shakes within what is allowed."""

    of: GuardedWorld

    async def handshake(self, request: TlsRequest) -> TlsReply:
        """Return what the server showed; raises NoAnswer or CannotLook."""
        _refuse(self.of.guard.host(request.host, request.port))
        return await self.of.world.tls.handshake(request)


@dataclass(frozen=True, slots=True)
class GuardedDns:
    """Questions to name servers that are allowed; the one of this machine is, but not in a drill."""

    of: GuardedWorld

    async def resolve(self, request: DnsRequest) -> DnsReply:
        """Return the answer; raises NoAnswer or CannotLook."""
        if request.server:
            host, port = _server(request.server)
            _refuse(self.of.guard.host(host, port))
        elif self.of.guard.only is not None:
            _refuse(
                "the name service of this machine is not in the sandbox, and a drill reaches nothing else"
            )
        return await self.of.world.dns.resolve(request)


@dataclass(frozen=True, slots=True)
class GuardedSql:
    """Databases within what is allowed."""

    of: GuardedWorld

    async def run(self, request: SqlRequest) -> SqlReply:
        """Return the rows; raises NoAnswer, CannotLook or SqlFault."""
        _refuse(self.of.guard.database(request.database))
        return await self.of.world.sql.run(request)


@dataclass(frozen=True, slots=True)
class GuardedCommands:
    """Programs within what is allowed for this effect."""

    of: GuardedWorld

    async def run(self, request: CommandRequest) -> CommandReply:
        """Return how it ended; raises CannotLook."""
        _refuse(self.of.guard.command(request, self.of.effect))
        return await self.of.world.commands.run(request)


@dataclass(frozen=True, slots=True)
class GuardedFiles:
    """Files within what is allowed."""

    of: GuardedWorld

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Return what is there; raises CannotLook."""
        _refuse(self.of.guard.file(path))
        return await self.of.world.files.read(path, max_bytes, timeout)

    def yaml(self, body: bytes) -> Json:
        """Return the data of a YAML text; raises ValueError."""
        return self.of.world.files.yaml(body)


@dataclass(frozen=True, slots=True)
class GuardedMcp:
    """MCP servers within what is allowed."""

    of: GuardedWorld

    async def call(self, call: McpCall) -> McpReply:
        """Return the reply; raises NoAnswer, CannotLook or McpFault."""
        _refuse(self.of.guard.server(call.server, self.of.effect))
        return await self.of.world.mcp.call(call)


@dataclass(frozen=True, slots=True)
class GuardedTell:
    """Channels; in a drill only those that lead into the sandbox."""

    of: GuardedWorld

    async def send(self, message: Message) -> str:
        """Deliver and return the receipt; raises NoAnswer or CannotLook."""
        _refuse(self.of.guard.channel(message.channel))
        return await self.of.world.tell.send(message)

    async def acknowledged(
        self, channel: str, dedup_key: str, timeout: float, since: Instant | None = None
    ) -> str:
        """Return who acknowledged; raises NoAnswer or CannotLook."""
        _refuse(self.of.guard.channel(channel))
        return await self.of.world.tell.acknowledged(channel, dedup_key, timeout, since)


def _refuse(why: str) -> None:
    if why:
        raise CannotLook(f"refused by policy: {why}")


def _server(written: str) -> tuple[str, int]:
    """Return host and port of a name server: `address`, `address:port` or `[v6]:port`."""
    host, colon, port = written.rpartition(":")
    if colon and port.isdigit() and (":" not in host or host.startswith("[")):
        return host.strip("[]"), int(port)
    return written.strip("[]"), 53
