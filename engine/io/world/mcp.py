"""Tools of MCP servers over streamable HTTP.

Rules. Only a tool on its server's list is called, by its exact name: what a server claims about its tools
counts for nothing. One deadline is around the handshake and the call. A session is kept per server: the first
call shakes hands, later ones are a single request; a session the server no longer knows (404) is opened anew,
once. The `mcp` package is an extra and slow to import: it is loaded by the first call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import perf_counter
from typing import TYPE_CHECKING

from engine.io.world.addresses import Addresses
from engine.io.world.connections import Connections
from engine.io.world.failures import answers
from engine.io.world.mcp_server import McpServer
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, Mcp, McpCall, McpReply

if TYPE_CHECKING:
    from engine.io.world.mcp_session import Session

__all__ = ["McpClients", "McpServer"]

_GOODBYE = 1.0  # seconds for ending all sessions


class McpClients(Mcp):
    """Calls tools of the configured servers; belongs to one event loop, `close` it at the end."""

    def __init__(
        self,
        servers: Mapping[str, McpServer],
        secrets: Secrets,
        version: str,
        addresses: Addresses | None = None,
    ) -> None:
        self._servers = servers
        self._secrets = secrets
        self._version = version
        self._addresses = addresses or Addresses()
        self._sessions: dict[str, Session] = {}

    async def call(self, call: McpCall) -> McpReply:
        """Return the tool's answer; raises NoAnswer, CannotLook or McpFault."""
        server = self._servers.get(call.server)
        if server is None:
            raise CannotLook(f"no MCP server is called {call.server!r}: add it to the catalogue")
        if call.tool not in server.tools:
            raise CannotLook(f"tool {call.tool!r} of {server.name} is not on its list: add it to `tools`")
        session = await self._session(server)  # before the clock: loading is no part of their answer
        started = perf_counter()
        with answers(f"MCP server {server.name}", call.timeout, started):
            async with asyncio.timeout(call.timeout):
                return await session.call(call, started)

    async def close(self) -> None:
        """End the sessions, within a second."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        try:
            async with asyncio.timeout(_GOODBYE):
                await asyncio.gather(*(session.end() for session in sessions))
        except TimeoutError:
            pass  # the servers will forget their sessions by themselves

    async def _session(self, server: McpServer) -> Session:
        if server.name not in self._sessions:
            try:
                # In a thread: half a second of imports would show in the timings of all other checks.
                opened = await asyncio.to_thread(_load)
            except ImportError:
                raise CannotLook(
                    "the mcp extra is not installed: pip install 'runbook-engine[mcp]'"
                ) from None
            connections = Connections(self._addresses, always_keep=True)
            session = opened(server, self._secrets, self._version, connections)
            self._sessions.setdefault(server.name, session)
        return self._sessions[server.name]


def _load() -> type[Session]:
    from engine.io.world.mcp_session import Session

    return Session
