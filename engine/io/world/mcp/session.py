"""One MCP session, spoken by the `mcp` package over our own connections. Imported at first use only.

Rules. The package turns every trouble into a protocol error of its own making. So the transport below it
keeps what really happened on the wire, and that is believed first: a socket failure is `NoAnswer`, an error
object counts as the server's only if one was on the wire. Where tools are pinned, the list is read before
each call: news of a change would come on a stream that is not listened to.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from time import perf_counter
from typing import Any, NoReturn, TypeVar

import httpx2
import mcp_types as types
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher

from engine.io.world.failures import Broken
from engine.io.world.http.connections import Connections
from engine.io.world.mcp.answer import PAGES, reply_of, tools_of
from engine.io.world.mcp.pins import Listed, refuse_drift
from engine.io.world.mcp.server import McpServer, Sent
from engine.io.world.mcp.wire import Wire
from engine.io.world.secrets import Secrets, fill_headers
from engine.kinds.ports import CannotLook, McpCall, McpFault, McpReply

# The package logs tracebacks and httpx2 whole addresses, which may hold a secret; our errors say it all.
for _name in ("mcp", "client", "httpx2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

T = TypeVar("T")
Work = Callable[[ClientSession], Awaitable[T]]
_LIST_BYTES = 4_000_000  # of one page of tools


class Session:
    """A server's session: opened by the first call, kept, opened again once when the server forgot it."""

    def __init__(self, server: McpServer, secrets: Secrets, version: str, connections: Connections) -> None:
        self._server = server
        self._secrets = secrets
        self._info = types.Implementation(name="runbook-engine", version=version)
        self._connections = connections
        self._handshake: types.InitializeResult | None = None
        self._id: str | None = None
        self._numbers = itertools.count(1)
        self._opening = asyncio.Lock()

    async def call(self, call: McpCall, started: float, sent: Sent) -> McpReply:
        """Call a tool; raises Broken, OSError, CannotLook or McpFault."""
        request = types.CallToolRequest(
            params=types.CallToolRequestParams(name=call.tool, arguments=dict(call.arguments))
        )

        async def work(session: ClientSession) -> types.CallToolResult:
            sent.tool = True
            # Not `call_tool`: that one lists all tools after a call, to validate what we only read.
            answer: types.CallToolResult = await session.send_request(request, types.CallToolResult)
            return answer

        if self._server.pins:
            refuse_drift(self._server, call.tool, await self.tools())
            started = perf_counter()
        result = await self._remembered(work, call.max_bytes, started)
        return reply_of(result, perf_counter() - started)

    async def tools(self) -> tuple[Listed, ...]:
        """Return the tools the server lists; raises as `call` does."""

        async def work(session: ClientSession) -> tuple[Listed, ...]:
            found: list[Listed] = []
            parameters = None
            for _ in range(PAGES):
                page = await session.send_request(
                    types.ListToolsRequest(params=parameters), types.ListToolsResult
                )
                found += tools_of(page.tools)
                if not page.next_cursor:
                    return tuple(found)
                parameters = types.PaginatedRequestParams(cursor=page.next_cursor)
            raise ValueError("tools without end")

        return await self._remembered(work, _LIST_BYTES, perf_counter())

    def instead(self) -> Broken | None:
        """Return what came where an answer should have come: over HTTP that is known at once."""
        return None

    async def _remembered(self, work: Work[T], max_bytes: int, started: float) -> T:
        """Do the work in the session there is, or in a new one where the server has forgotten it."""
        for _ in range(2):
            known = self._handshake
            try:
                return await self._converse(work, max_bytes, started)
            except _Forgotten:
                if self._handshake is known:  # else another call has already opened a new session
                    self._handshake, self._id = None, None
        raise Broken("garbled", f"MCP server {self._server.name} forgets each session at once (HTTP 404)")

    async def end(self) -> None:
        """Tell the server that the session is over, if there is one."""
        try:
            if self._id is not None:
                async with self._client(Wire(self._connections, self._id, 0)) as client:
                    await client.delete(self._secrets.fill_url(self._server.url))
        except (Broken, OSError, CannotLook, httpx2.HTTPError):
            pass  # a goodbye nobody hears changes nothing
        finally:
            await self._connections.close()

    def _client(self, wire: Wire) -> httpx2.AsyncClient:
        # Values of secrets are read anew for each conversation and not kept beyond it.
        headers = fill_headers(self._secrets, self._server.headers)
        return httpx2.AsyncClient(transport=wire, headers=headers, timeout=None, trust_env=False)

    async def _converse(self, work: Work[T], max_bytes: int, started: float) -> T:
        wire = Wire(self._connections, None, max_bytes)
        try:
            result = await self._exchange(wire, work, max_bytes)
        except BaseExceptionGroup as group:
            # The package works in task groups; what happened is on the wire's own record.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError from None
            if not isinstance(group, ExceptionGroup):
                raise
            self._explain(wire, started, None)
        except httpx2.InvalidURL:
            raise CannotLook(f"the address of MCP server {self._server.name} is not valid") from None
        if isinstance(result, MCPError):
            self._explain(wire, started, result)
        return result

    async def _exchange(self, wire: Wire, work: Work[T], max_bytes: int) -> T | MCPError:
        url = self._secrets.fill_url(self._server.url)
        httpx2.URL(url)  # an address that is none is told here, outside of any task group
        async with (
            self._client(wire) as client,
            streamable_http_client(
                url, http_client=client, terminate_on_close=False, max_sse_event_size=max_bytes + 1024
            ) as (reading, writing),
        ):
            dispatcher = _Numbering(reading, writing)
            dispatcher.numbers = self._numbers
            async with ClientSession(dispatcher=dispatcher, client_info=self._info) as session:
                return await self._speak(session, wire, work)

    async def _speak(self, session: ClientSession, wire: Wire, work: Work[T]) -> T | MCPError:
        try:
            handshake = self._handshake or await self._open(session, wire)
            if session.initialize_result is None:
                wire.session_id = self._id
                session.adopt(handshake)
            return await work(session)
        except MCPError as error:
            return error  # raised here, it would leave the task groups wrapped in others

    async def _open(self, session: ClientSession, wire: Wire) -> types.InitializeResult:
        async with self._opening:  # several first calls at once: one of them opens, the others use it
            if self._handshake is None:
                handshake = await session.initialize()
                # Its second message must have arrived before anybody else may use the session.
                await wire.greeted.wait()
                if wire.trouble is not None:
                    raise wire.trouble
                self._handshake, self._id = handshake, wire.session_id
            return self._handshake

    def _explain(self, wire: Wire, started: float, error: MCPError | None) -> NoReturn:
        name = self._server.name
        if wire.trouble is not None:
            raise wire.trouble from None
        if wire.forgotten:
            raise _Forgotten from None
        if error is not None and wire.spoke_error():
            raise McpFault(error.code, error.message, perf_counter() - started) from None
        if wire.status in (401, 403):
            raise CannotLook(f"MCP server {name} refused our credential: HTTP {wire.status}") from None
        if wire.status is not None and not 200 <= wire.status < 300:
            raise Broken("garbled", f"MCP server {name} answered HTTP {wire.status}") from None
        raise Broken("garbled", f"what MCP server {name} sent is not an MCP reply") from None


class _Numbering(JSONRPCDispatcher[Any]):  # type: ignore[misc]  # the extra is not type-checked
    """Numbers requests through all conversations: within a session a number may not come twice."""

    numbers: Iterator[int]

    async def send_raw_request(
        self,
        method: str,
        params: Mapping[str, Any] | None,
        opts: CallOptions | None = None,
        *,
        _related_request_id: types.RequestId | None = None,
    ) -> dict[str, Any]:
        """Send a request under the session's next number."""
        numbered: CallOptions = {**(opts or {}), "request_id": next(self.numbers)}
        answer: dict[str, Any] = await super().send_raw_request(
            method, params, numbered, _related_request_id=_related_request_id
        )
        return answer


class _Forgotten(Exception):
    """The server answered 404 to a session it had opened."""
