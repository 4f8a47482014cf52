"""One conversation with an MCP server over HTTP: its bytes, and what really happened.

Imported at first use only. Rules. Each exchange has the whole allowance of bytes. What the server may want to
tell us between calls (a GET stream) is not listened to: pins are read again before each call.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import httpx2

from engine.io.world.failures import Broken
from engine.io.world.http.connections import Connections, Incoming
from engine.io.world.http.line import Origin, Outgoing
from engine.kinds.ports import CannotLook

_SESSION = "mcp-session-id"


class Wire(httpx2.AsyncBaseTransport):  # type: ignore[misc]  # the extra is not type-checked
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
        self._left = self._max
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


class _Body(httpx2.AsyncByteStream):  # type: ignore[misc]  # the extra is not type-checked
    def __init__(self, incoming: Incoming, wire: Wire) -> None:
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
