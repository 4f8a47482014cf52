"""One MCP session, spoken by the `mcp` package over our own connections. Imported at first use only.

Rules. The package turns every trouble into a protocol error of its own making. So the transport below it
keeps what really happened on the wire, and that is believed first: a socket failure is `NoAnswer`, an error
object counts as the server's only if one was on the wire.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from time import perf_counter
from typing import Any, NoReturn

import httpx2
import mcp_types as types
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import MCPError
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher

from engine.io.world.connections import Connections, Incoming
from engine.io.world.failures import Broken
from engine.io.world.line import Origin, Outgoing
from engine.io.world.mcp_server import McpServer
from engine.io.world.secrets import Secrets, fill_headers
from engine.kinds.ports import CannotLook, McpCall, McpFault, McpReply

# The package logs tracebacks and httpx2 whole addresses, which may hold a secret; our errors say it all.
for _name in ("mcp", "client", "httpx2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

_SESSION = "mcp-session-id"


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

    async def call(self, call: McpCall, started: float) -> McpReply:
        """Call a tool; raises Broken, OSError, CannotLook or McpFault."""
        for _ in range(2):
            known = self._handshake
            try:
                return await self._converse(call, started)
            except _Forgotten:
                if self._handshake is known:  # else another call has already opened a new session
                    self._handshake, self._id = None, None
        raise Broken("garbled", f"MCP server {self._server.name} forgets each session at once (HTTP 404)")

    async def end(self) -> None:
        """Tell the server that the session is over, if there is one."""
        try:
            if self._id is not None:
                async with self._client(_Wire(self._connections, self._id, 0)) as client:
                    await client.delete(self._secrets.fill_url(self._server.url))
        except (Broken, OSError, CannotLook, httpx2.HTTPError):
            pass  # a goodbye nobody hears changes nothing
        finally:
            await self._connections.close()

    def _client(self, wire: _Wire) -> httpx2.AsyncClient:
        # Values of secrets are read anew for each conversation and not kept beyond it.
        headers = fill_headers(self._secrets, self._server.headers)
        return httpx2.AsyncClient(transport=wire, headers=headers, timeout=None, trust_env=False)

    async def _converse(self, call: McpCall, started: float) -> McpReply:
        wire = _Wire(self._connections, None, call.max_bytes)
        try:
            result = await self._exchange(wire, call)
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
        return McpReply(_text(result), bool(result.is_error), perf_counter() - started)

    async def _exchange(self, wire: _Wire, call: McpCall) -> types.CallToolResult | MCPError:
        url = self._secrets.fill_url(self._server.url)
        httpx2.URL(url)  # an address that is none is told here, outside of any task group
        request = types.CallToolRequest(
            params=types.CallToolRequestParams(name=call.tool, arguments=dict(call.arguments))
        )
        async with (
            self._client(wire) as client,
            streamable_http_client(
                url, http_client=client, terminate_on_close=False, max_sse_event_size=call.max_bytes + 1024
            ) as (reading, writing),
        ):
            dispatcher = _Numbering(reading, writing)
            dispatcher.numbers = self._numbers
            async with ClientSession(dispatcher=dispatcher, client_info=self._info) as session:
                return await self._speak(session, wire, request)

    async def _speak(
        self, session: ClientSession, wire: _Wire, request: types.CallToolRequest
    ) -> types.CallToolResult | MCPError:
        try:
            handshake = self._handshake or await self._open(session, wire)
            if session.initialize_result is None:
                wire.session_id = self._id
                session.adopt(handshake)
            # Not `call_tool`: that one lists all tools after a call, to validate what we only read.
            return await session.send_request(request, types.CallToolResult)
        except MCPError as error:
            return error  # raised here, it would leave the task groups wrapped in others

    async def _open(self, session: ClientSession, wire: _Wire) -> types.InitializeResult:
        async with self._opening:  # several first calls at once: one of them opens, the others use it
            if self._handshake is None:
                handshake = await session.initialize()
                # Its second message must have arrived before anybody else may use the session.
                await wire.greeted.wait()
                if wire.trouble is not None:
                    raise wire.trouble
                self._handshake, self._id = handshake, wire.session_id
            return self._handshake

    def _explain(self, wire: _Wire, started: float, error: MCPError | None) -> NoReturn:
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


class _Wire(httpx2.AsyncBaseTransport):  # type: ignore[misc]  # as above
    """Carries one conversation and records what really happened."""

    def __init__(self, connections: Connections, session_id: str | None, max_bytes: int) -> None:
        self._connections = connections
        self._left = max_bytes
        self._max = max_bytes
        self._last = bytearray()
        self.session_id = session_id
        self.trouble: Exception | None = None
        self.status: int | None = None
        self.forgotten = False
        self.greeted = asyncio.Event()  # both messages of the handshake are over, well or not
        self._posts = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request and return the reply with its body still to be read."""
        if request.method == "GET":
            # A stream for what the server may want to tell us between calls: nothing we would act on.
            return httpx2.Response(405)
        url = request.url
        headers = [(name, value) for name, value in request.headers.raw if name.lower() != b"accept-encoding"]
        headers.append((b"accept-encoding", b"identity"))
        if self.session_id is not None and _SESSION not in request.headers:
            headers.append((_SESSION.encode(), self.session_id.encode()))
        tls = url.scheme == "https"
        host = url.host if ":" in url.host else url.raw_host.decode()
        origin = Origin(tls, host, url.port or (80, 443)[tls])
        try:
            if url.scheme not in ("http", "https") or not host:
                raise CannotLook("the address of an MCP server begins with http:// or https://")
            incoming = await self._connections.exchange(
                Outgoing(origin, request.method, url.raw_path, headers, await request.aread())
            )
        except (Broken, OSError, CannotLook) as trouble:
            self.trouble = self.trouble or trouble
            raise
        finally:
            self._posts += 1
            if self._posts >= 2:
                self.greeted.set()
        response = httpx2.Response(
            incoming.status, headers=list(incoming.headers), stream=_Body(incoming, self)
        )
        self.status = incoming.status
        self._last.clear()
        self.forgotten = incoming.status == 404 and self.session_id is not None
        self.session_id = response.headers.get(_SESSION, self.session_id)
        return response

    def took(self, chunk: bytes) -> None:
        """Count bytes of a body; raises Broken beyond the limit."""
        self._left -= len(chunk)
        self._last += chunk
        if self._left < 0:
            raise Broken("too-large", f"the reply is larger than {self._max} bytes")

    def spoke_error(self) -> bool:
        """Return whether the last body held a JSON-RPC error object, as JSON or as an event."""
        text = self._last.decode("utf-8", "replace")
        events = [line[5:] for line in text.splitlines() if line.startswith("data:")]
        return any(_is_error(one) for one in (text, *events))


class _Body(httpx2.AsyncByteStream):  # type: ignore[misc]  # as above
    def __init__(self, incoming: Incoming, wire: _Wire) -> None:
        self._incoming = incoming
        self._wire = wire

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._incoming.chunks():
                self._wire.took(chunk)
                yield chunk
        except (Broken, OSError) as trouble:
            self._wire.trouble = self._wire.trouble or trouble
            raise

    async def aclose(self) -> None:
        self._incoming.close()


def _is_error(text: str) -> bool:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and isinstance(said.get("error"), dict)


def _text(result: types.CallToolResult) -> str:
    parts: Sequence[str] = [
        content.text if isinstance(content, types.TextContent) else _note(content)
        for content in result.content
    ]
    if not parts and result.structured_content is not None:
        return json.dumps(result.structured_content)
    return "\n".join(parts)


def _note(content: types.ContentBlock) -> str:
    kind = getattr(content, "mime_type", None) or getattr(content, "uri", None) or ""
    return f"[{content.type} {kind}]" if kind else f"[{content.type}]"
