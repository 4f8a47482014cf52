"""httpx on our own connections: its models and its client, none of its pool. Imported at first use only."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx

from engine.io.world.connections import Connections, Incoming
from engine.io.world.line import Origin, Outgoing

# httpx logs whole addresses at INFO, and an address may hold a secret.
logging.getLogger("httpx").setLevel(logging.WARNING)


class ConnectionsTransport(httpx.AsyncBaseTransport):
    """Carries httpx requests over `Connections`; failures pass through as they are."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the reply with its body still to be read."""
        url = request.url
        tls = url.scheme == "https"
        origin = Origin(
            tls, url.host if ":" in url.host else url.raw_host.decode(), url.port or (80, 443)[tls]
        )
        incoming = await self._connections.exchange(
            Outgoing(origin, request.method, url.raw_path, request.headers.raw, await request.aread())
        )
        return httpx.Response(incoming.status, headers=list(incoming.headers), stream=_Body(incoming))


class _Body(httpx.AsyncByteStream):
    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._incoming.chunks()

    async def aclose(self) -> None:
        self._incoming.close()


def client(transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Return a client that follows nothing, reads no environment and has no timeouts beside ours."""
    return httpx.AsyncClient(
        transport=transport,
        follow_redirects=False,
        trust_env=False,
        timeout=None,  # noqa: S113  # the total deadline is around the call; httpx counts per read
    )
