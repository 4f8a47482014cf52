"""One HTTP request that changes something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.kinds import exchange
from engine.kinds.action import Action
from engine.kinds.by_hand import SECONDS, curl
from engine.kinds.ports import HttpReply, HttpRequest, World
from engine.kinds.values import Json
from engine.kinds.verdicts import Performed

_FACTS = ("status", "seconds", "headers", "json", "retry_after", "insecure")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAction(Action):
    """Send one request; a 2xx reply means done, any other means failed.

    The exception is 504: a gateway passed the request on and gave up waiting, so nobody knows.
    """

    kind: ClassVar[str] = "http"
    example: ClassVar[str] = (
        "{http: 'https://example.com/restart', operation: restart, irreversible: a restart}"
    )

    http: str
    """The address."""
    method: str = "POST"
    """The method of the request."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of the request, by name."""
    json: Json = None
    """The body as data."""
    text: str = ""
    """The body as text."""
    insecure: bool = False
    """Take a certificate that cannot be verified; the report shows it."""
    max_bytes: int = exchange.MAX_BYTES
    """A longer reply leaves the outcome unknown."""

    def __post_init__(self) -> None:
        exchange.require(self.json, self.text, self.max_bytes)

    async def perform(self, world: World, timeout: float) -> Performed:
        """Send the request once; raises NoAnswer or CannotLook."""
        request = self._request(timeout)
        reply = await world.http.send(request)
        facts = exchange.facts(reply, request)
        outcome = _outcome(reply.status)
        return Performed(
            outcome,
            exchange.summary(reply, request) if outcome == "done" else _why(reply, request),
            {name: facts[name] for name in _FACTS if name in facts},
            reply.seconds,
            reply.body,
            exchange.media(reply),
        )

    def by_hand(self) -> str:
        """Return the curl line."""
        return curl(self._request(SECONDS))

    def target(self) -> str:
        """Return the host, with the port where one is written."""
        return exchange.place(self.http)

    def _request(self, timeout: float) -> HttpRequest:
        return exchange.build(
            self.http,
            self.method,
            self.headers,
            self.json,
            self.text,
            timeout,
            max_bytes=self.max_bytes,
            insecure=self.insecure,
        )


def _outcome(status: int) -> Literal["done", "failed", "unknown"]:
    if 200 <= status < 300:
        return "done"
    return "unknown" if status == 504 else "failed"


def _why(reply: HttpReply, request: HttpRequest) -> str:
    said = exchange.complaint(reply)
    if 300 <= reply.status < 400:
        said = "redirects are not followed: use the address it leads to"
    wait = reply.headers.get("retry-after", "")
    return (
        exchange.summary(reply, request)
        + (f": {said}" if said else "")
        + (f" (retry after {wait})" if reply.status in (429, 503) and wait.isascii() and wait else "")
    )
