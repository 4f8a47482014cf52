"""Plain HTTP on real sockets.

Rules. One deadline of ours is around everything, name look-up and body included (httpx's own count per read).
The body is taken as received and never longer than asked for. Redirects are a reply like any other, so no
configured header ever reaches another origin. Cookies of one reply never travel with another request. Values
of secrets are put in right before sending, and no exception carries a word of a filled request.
"""

from __future__ import annotations

import asyncio
import json
import re
from time import perf_counter
from typing import TYPE_CHECKING

from engine.io.world.connections import Connections
from engine.io.world.failures import Broken, answers
from engine.io.world.secrets import Secrets, fill_headers
from engine.kinds.ports import CannotLook, Http, HttpReply, HttpRequest

if TYPE_CHECKING:
    import httpx


class SocketHttp(Http):
    """Sends requests through one httpx client; belongs to one event loop, `close` it at the end."""

    def __init__(self, secrets: Secrets, version: str, connections: Connections | None = None) -> None:
        self._secrets = secrets
        self._agent = f"runbook-engine/{version}"
        self._connections = connections or Connections()
        self._client: httpx.AsyncClient | None = None

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the reply; raises NoAnswer or CannotLook."""
        client = self._open()  # before the clock: importing httpx is no part of the target's answer
        ready = self._prepare(request)
        url = ready.url
        started = perf_counter()
        with answers(
            f"{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}", request.timeout, started
        ):
            async with asyncio.timeout(request.timeout):
                response = await client.send(ready, stream=True)
                try:
                    body = await _read(response, request.max_bytes)
                finally:
                    await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return HttpReply(response.status_code, headers, body, perf_counter() - started)

    async def close(self) -> None:
        """Close what is still open."""
        await self._connections.close()

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            from engine.io.world import transport

            self._client = transport.client(transport.ConnectionsTransport(self._connections))
        return self._client

    def _prepare(self, request: HttpRequest) -> httpx.Request:
        import httpx

        # Looked at before filling, so that what is quoted is the author's text.
        if "://" in request.url and not re.match(r"https?://|\$\{secrets\.", request.url, re.IGNORECASE):
            raise CannotLook(f"{request.url!r} cannot be asked: only http:// and https:// addresses can")
        ours = {"accept": "*/*", "accept-encoding": "identity", "user-agent": self._agent}
        theirs = {name.lower(): value for name, value in request.headers.items()}
        headers = fill_headers(self._secrets, ours | theirs)
        as_json = "json" in theirs.get("content-type", "")
        body = self._secrets.fill(request.body, _in_json if as_json else str)
        try:
            url = httpx.URL(self._secrets.fill_url(request.url))
        except httpx.InvalidURL:
            raise CannotLook(f"{request.url!r} is no address: write http://host/path") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise CannotLook(f"{request.url!r} cannot be asked: only http:// and https:// addresses can")
        return httpx.Request(request.method.upper(), url, headers=headers, content=body)


async def _read(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise Broken("too-large", f"the reply is larger than {limit} bytes")
    return bytes(body)


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]
