"""Plain HTTP on real sockets.

Rules. One deadline of ours is around everything, name look-up and body included (httpx's own count per
read). The body is never longer than asked for, also when a server packs it unasked. Redirects are a reply
like any other unless the request says how many to follow; no configured header ever reaches another origin
(see engine.io.world.http.redirects). `allowed` is asked before every connection, of every hop. Cookies of one
reply never travel with another request. Values of secrets are put in right before sending, and no exception
carries a word of a filled request.
"""

from __future__ import annotations

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from engine.io.world.failures import Broken, answers
from engine.io.world.http.connections import Connections, Incoming
from engine.io.world.http.inflate import inflated
from engine.io.world.network.addresses import plain_host
from engine.io.world.secrets import Secrets, fill_headers
from engine.kinds.ports import CannotLook, Http, HttpReply, HttpRequest, Timing

if TYPE_CHECKING:
    import httpx

    from engine.io.world.http.redirects import Trail

Allowed = Callable[[str, int], str]
"""Host and port to why they may not be asked, empty when they may."""
_FOLLOWED = ("GET", "HEAD")


class SocketHttp(Http):
    """Sends requests over connections of its own; belongs to one event loop, `close` it at the end."""

    def __init__(
        self,
        secrets: Secrets,
        version: str,
        connections: Connections | None = None,
        allowed: Allowed | None = None,
    ) -> None:
        self._secrets = secrets
        self._agent = f"runbook-engine/{version}"
        self._connections = connections or Connections()
        self._allowed = allowed
        self._transport: httpx.AsyncBaseTransport | None = None

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the reply; raises NoAnswer or CannotLook."""
        transport = self._open()  # before the clock: importing httpx is no part of the target's answer
        ready = self._prepare(request)
        started = perf_counter()
        with answers(_place(ready.url), request.timeout, started):
            async with asyncio.timeout(request.timeout):
                return await self._converse(transport, ready, request, started)

    async def close(self) -> None:
        """Close what is still open."""
        await self._connections.close()

    async def _converse(
        self, transport: httpx.AsyncBaseTransport, ready: httpx.Request, request: HttpRequest, started: float
    ) -> HttpReply:
        from engine.io.world.http.redirects import Trail

        trail = Trail(request.url, ready.url, request.redirects if ready.method in _FOLLOWED else 0)
        spent = Timing()
        while True:
            self._permit(trail.url)
            place = _place(trail.url)
            with answers(place, request.timeout, started):
                response = await transport.handle_async_request(ready)
                incoming: Incoming = response.extensions["incoming"]
                spent = _sum(spent, incoming.timing)
                try:
                    if not trail.step(response):
                        head = perf_counter()
                        raw = await _read(response, request.max_bytes)
                        spent = _sum(spent, Timing(body=perf_counter() - head))
                        packed = response.headers.get("content-encoding", "")
                        body, encoding = inflated(raw, packed, request.max_bytes, place)
                        break
                finally:
                    await response.aclose()
            ready = self._onward(trail, ready)
        return HttpReply(
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            body,
            perf_counter() - started,
            url=trail.shown[-1] if len(trail.shown) > 1 else "",
            redirects=trail.shown[:-1],
            timing=spent,
            certificate=incoming.certificate,
            encoding=encoding,
        )

    def _permit(self, url: httpx.URL) -> None:
        """Ask the policy about a host, in its one spelling; raises CannotLook."""
        if self._allowed is not None:
            from engine.io.world.http.transport import host_port

            host, port = host_port(url)
            why = self._allowed(plain_host(host), port)
            if why:
                raise CannotLook(f"refused by policy: {why}")

    def _open(self) -> httpx.AsyncBaseTransport:
        if self._transport is None:
            from engine.io.world.http.transport import ConnectionsTransport

            self._transport = ConnectionsTransport(self._connections)
        return self._transport

    def _prepare(self, request: HttpRequest) -> httpx.Request:
        import httpx

        # Looked at before filling, so that what is quoted is the author's text.
        if "://" in request.url and not re.match(r"https?://|\$\{secrets\.", request.url, re.IGNORECASE):
            raise CannotLook(f"{request.url!r} cannot be asked: only http:// and https:// addresses can")
        theirs = {name.lower(): value for name, value in request.headers.items()}
        headers = fill_headers(self._secrets, self._ours() | theirs)
        as_json = "json" in theirs.get("content-type", "")
        body = self._secrets.fill(request.body, _in_json if as_json else str)
        try:
            url = httpx.URL(self._secrets.fill_url(request.url))
        except httpx.InvalidURL:
            raise CannotLook(f"{request.url!r} is no address: write http://host/path") from None
        if url.scheme not in ("http", "https") or not url.host:
            raise CannotLook(f"{request.url!r} cannot be asked: only http:// and https:// addresses can")
        if url.userinfo and "authorization" not in theirs:
            headers.append((b"authorization", b"Basic " + b64encode(unquote_to_bytes(url.userinfo))))
        wishes = {"insecure": request.insecure}
        return httpx.Request(request.method.upper(), url, headers=headers, content=body, extensions=wishes)

    def _onward(self, trail: Trail, last: httpx.Request) -> httpx.Request:
        """Return the request for the next hop: the same within its origin, a bare one beyond."""
        import httpx

        if trail.left_origin:
            return httpx.Request(last.method, trail.url, headers=self._ours(), extensions={"insecure": False})
        kept = [(name, value) for name, value in last.headers.raw if name.lower() != b"host"]
        return httpx.Request(
            last.method, trail.url, headers=kept, content=last.content, extensions=last.extensions
        )

    def _ours(self) -> dict[str, str]:
        return {"accept": "*/*", "accept-encoding": "identity", "user-agent": self._agent}


def _place(url: httpx.URL) -> str:
    return f"{url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"


def _sum(one: Timing, other: Timing) -> Timing:
    return Timing(
        dns=one.dns + other.dns,
        connect=one.connect + other.connect,
        tls=one.tls + other.tls,
        first_byte=one.first_byte + other.first_byte,
        body=one.body + other.body,
    )


async def _read(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > limit:
            raise Broken("too-large", f"the reply is larger than {limit} bytes")
    return bytes(body)


def _in_json(value: str) -> str:
    return json.dumps(value)[1:-1]
