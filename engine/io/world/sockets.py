"""The live world: every capability on real sockets."""

from __future__ import annotations

from dataclasses import dataclass

from engine.io.world.http import SocketHttp
from engine.io.world.mcp import McpClients
from engine.io.world.tcp import SocketTcp
from engine.io.world.tell import Channels
from engine.kinds.ports import World


@dataclass(frozen=True, slots=True)
class SocketWorld(World):
    """Everything outside; `close` it in the event loop that used it."""

    http: SocketHttp
    tcp: SocketTcp
    mcp: McpClients
    tell: Channels

    async def close(self) -> None:
        """End MCP sessions and close connections."""
        await self.mcp.close()
        await self.http.close()
