"""Tools of MCP servers, over streamable HTTP or stdio.

Rules. Only a tool on its server's list is called, by its exact name, and only as it was pinned where anything
is pinned (`mcp_pins.py`): what a server claims about its tools counts for nothing. One deadline is around the
handshake, the list and the call. A session is kept per server: the first call shakes hands, later ones are a
single request; a session the server no longer knows (404), or a process that has died, is opened anew, once.
The `mcp` package is an extra and slow to import: it is loaded by the first call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Protocol

from engine.io.world.failures import Broken, answers
from engine.io.world.http.connections import Connections
from engine.io.world.mcp.pins import Listed, refuse_unpinned
from engine.io.world.mcp.server import McpServer, Sent, Start
from engine.io.world.network.addresses import Addresses
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, Mcp, McpCall, McpFault, McpReply, NoAnswer
from engine.kinds.ports.mcp import NotAsked

__all__ = ["McpClients", "McpServer"]

_GOODBYE = 1.0  # seconds for ending all sessions
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Session(Protocol):
    """A session with one server, over either transport."""

    async def call(self, call: McpCall, started: float, sent: Sent) -> McpReply:
        """Return the tool's answer; raises Broken, OSError, CannotLook or McpFault."""
        ...

    async def tools(self) -> tuple[Listed, ...]:
        """Return the tools the server lists."""
        ...

    def instead(self) -> Broken | None:
        """Return what came where an answer should have come, if anything did."""
        ...

    async def end(self) -> None:
        """End the session."""
        ...


class McpClients(Mcp):
    """Calls tools of the configured servers; belongs to one event loop, `close` it at the end."""

    def __init__(
        self,
        servers: Mapping[str, McpServer],
        secrets: Secrets,
        version: str,
        addresses: Addresses | None = None,
        environ: Mapping[str, str] = _NOTHING,
        root: Path | None = None,
    ) -> None:
        self._servers = servers
        self._secrets = secrets
        self._version = version
        self._addresses = addresses or Addresses()
        self._environ = environ
        self._root = root
        self._sessions: dict[str, Session] = {}
        self.started: list[Start] = []
        """Every stdio server that was started, with its whole command, in order."""

    async def call(self, call: McpCall) -> McpReply:
        """Return the tool's answer; raises NoAnswer, CannotLook or McpFault."""
        server = self._server(call.server)
        if call.tool not in server.tools:
            raise CannotLook(f"tool {call.tool!r} of {server.name} is not on its list: add it to `tools`")
        refuse_unpinned(server, call.tool)
        session = await self._session(server)  # before the clock: loading is no part of their answer
        started, sent = perf_counter(), Sent()
        try:
            with answers(f"MCP server {server.name}", call.timeout, started):
                try:
                    async with asyncio.timeout(call.timeout):
                        return await session.call(call, started, sent)
                except TimeoutError:
                    raise session.instead() or TimeoutError() from None
        except NoAnswer as none:
            if sent.tool:
                raise
            raise NotAsked(none.reason, none.detail, none.seconds) from None
        except McpFault as fault:
            fault.asked = sent.tool
            raise

    async def tools(self, server: str, timeout: float) -> tuple[Listed, ...]:
        """Return every tool a server lists, called by nobody; raises as `call` does."""
        known = self._server(server)
        session = await self._session(known)
        with answers(f"MCP server {server}", timeout, perf_counter()):
            try:
                async with asyncio.timeout(timeout):
                    return await session.tools()
            except TimeoutError:
                raise session.instead() or TimeoutError() from None

    async def close(self) -> None:
        """End the sessions, within a second or little more; no process is left behind."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        try:
            async with asyncio.timeout(_GOODBYE):
                await asyncio.gather(*(session.end() for session in sessions))
        except TimeoutError:
            pass  # the servers will forget their sessions by themselves

    def _server(self, name: str) -> McpServer:
        if name not in self._servers:
            raise CannotLook(f"no MCP server is called {name!r}: add it to the catalogue")
        server = self._servers[name]
        if bool(server.url) == bool(server.command):
            has = "both `url` and `command`: keep" if server.url else "neither `url` nor `command`: add"
            raise CannotLook(f"MCP server {name} has {has} one in the catalogue")
        return server

    async def _session(self, server: McpServer) -> Session:
        if server.name not in self._sessions:
            try:
                # In a thread: half a second of imports would show in the timings of all other checks.
                await asyncio.to_thread(_load, server)
                session = self._opened(server)
            except ImportError:
                raise CannotLook(
                    "the mcp extra is not installed: pip install 'runbook-engine[mcp]'"
                ) from None
            self._sessions.setdefault(server.name, session)
        return self._sessions[server.name]

    def _opened(self, server: McpServer) -> Session:
        if server.command:
            from engine.io.world.mcp.stdio import StdioSession

            return StdioSession(
                server, self._secrets, self._version, self._environ, self._root, self.started.append
            )
        from engine.io.world.mcp.session import Session as HttpSession

        connections = Connections(self._addresses, always_keep=True)
        return HttpSession(server, self._secrets, self._version, connections)


def _load(server: McpServer) -> None:
    if server.command:
        import engine.io.world.mcp.stdio
    else:
        import engine.io.world.mcp.session  # noqa: F401  # loaded here, used by the loop's own thread
