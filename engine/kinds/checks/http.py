"""One HTTP request that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from engine.kinds import exchange
from engine.kinds.by_hand import SECONDS, curl
from engine.kinds.check import Check
from engine.kinds.ports import HttpRequest, World
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCheck(Check):
    """Send one request and look at status, headers, body, certificate and where the time went.

    Redirects are followed only where `redirects` says so. A circle, one redirect too many, or a step from
    https to http is no answer (fail, with the way that was gone).
    """

    kind: ClassVar[str] = "http"
    example: ClassVar[str] = "{http: 'https://example.com/health', expect: {status: 200, json.status: ok}}"
    fact_names: ClassVar[Mapping[str, str]] = exchange.REPLY_FACTS
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"status": {"between": [200, 299]}})
    no_answer: ClassVar[Answer] = "fail"

    http: str
    """The address."""
    method: str = "GET"
    """The method of the request."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of the request, by name."""
    json: Json = None
    """The body as data."""
    text: str = ""
    """The body as text."""
    read_only_because: str = ""
    """Why a method other than GET changes nothing here; required for those."""
    redirects: int = 0
    """How many redirects to follow; none by default. Another origin gets none of the headers."""
    insecure: bool = False
    """Take a certificate that cannot be verified; the report shows it. Other origins need a good one."""
    max_bytes: int = exchange.MAX_BYTES
    """A longer body is no answer."""

    def __post_init__(self) -> None:
        if self.method not in ("GET", "HEAD") and not self.read_only_because.strip():
            raise ValueError(
                f"a check with method {self.method} needs 'read_only_because': say why it changes nothing, "
                "or make it an action"
            )
        exchange.require(self.json, self.text, self.max_bytes, self.redirects, self.method)

    async def observe(self, world: World, timeout: float) -> Observation:
        """Send the request once."""
        request = self._request(timeout)
        reply = await world.http.send(request)
        return Observation(
            exchange.facts(reply, request),
            reply.seconds,
            reply.body,
            exchange.media(reply),
            exchange.summary(reply, request),
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
            redirects=self.redirects,
            insecure=self.insecure,
        )
