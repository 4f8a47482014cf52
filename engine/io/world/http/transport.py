"""httpx on our own connections: its models, none of its pool. Imported at first use only.

Its client is not used: it reads the address of every redirect, also of one that nobody follows, and fails of
one it cannot read; and it keeps cookies.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx

from engine.io.world.http.connections import Connections, Incoming
from engine.io.world.http.line import Origin, Outgoing


class ConnectionsTransport(httpx.AsyncBaseTransport):
    """Carries httpx requests over `Connections`; failures pass through as they are."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the reply with its body still to be read."""
        url = request.url
        tls = url.scheme == "https"
        origin = Origin(tls, *host_port(url), tls and request.extensions.get("insecure") is True)
        incoming = await self._connections.exchange(
            Outgoing(origin, request.method, url.raw_path, request.headers.raw, await request.aread())
        )
        return httpx.Response(
            incoming.status,
            headers=list(incoming.headers),
            stream=_Body(incoming),
            extensions={"incoming": incoming},
        )


def host_port(url: httpx.URL) -> tuple[str, int]:
    """Return host and port of an address as they go to the name service."""
    host = url.host if ":" in url.host else url.raw_host.decode()
    return host, url.port or (443 if url.scheme == "https" else 80)


class _Body(httpx.AsyncByteStream):
    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._incoming.chunks()

    async def aclose(self) -> None:
        self._incoming.close()
