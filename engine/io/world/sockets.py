"""The live world: every capability on real sockets, files and programs."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.io.world.clock import SystemClock
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.mcp.clients import McpClients
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds.ports import Clock, Commands, Dns, Files, Proofs, Runs, Tcp, Tell, Tls, World


@dataclass(frozen=True, slots=True)
class SocketWorld(World):
    """Everything outside; `close` it in the event loop that used it."""

    http: SocketHttp
    tcp: Tcp
    tls: Tls
    dns: Dns
    sql: SocketSql
    commands: Commands
    files: Files
    mcp: McpClients
    tell: Tell
    proofs: Proofs
    runs: Runs
    clock: Clock = field(default_factory=SystemClock)

    async def close(self) -> None:
        """End MCP sessions and close connections."""
        await self.mcp.close()
        await self.sql.close()
        await self.http.close()
