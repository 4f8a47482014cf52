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

HTTP_FACTS: Mapping[str, str] = MappingProxyType(
    {
        "status": "status code",
        "seconds": "time from request to the last byte of the body, in seconds",
        "text": "body as text, the first 65,536 characters",
        "json": "body as data; absent where it is not JSON",
        "headers": "header values by lower-case name",
        "server": "the server header, empty where there is none",
        "empty": "true when the body is empty",
        "edge": "true when the Fly proxy answered in its own name, not the application",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCheck(Check):
    """Send one request and look at status, headers and body; redirects are not followed."""

    kind: ClassVar[str] = "http"
    example: ClassVar[str] = "{http: 'https://example.com/health', expect: {status: 200, json.status: ok}}"
    fact_names: ClassVar[Mapping[str, str]] = HTTP_FACTS
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"status": {"between": [200, 299]}})
    no_answer: ClassVar[Answer] = "fail"

    http: str
    """The address."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Json = None
    """The body as data."""
    text: str = ""
    """The body as text."""
    read_only_because: str = ""
    """Why a method other than GET changes nothing here; required for those."""

    def __post_init__(self) -> None:
        if self.method not in ("GET", "HEAD") and not self.read_only_because.strip():
            raise ValueError(
                f"a check with method {self.method} needs 'read_only_because': say why it changes nothing, "
                "or make it an action"
            )
        if self.json is not None and self.text:
            raise ValueError("a request has one body: give either 'json' or 'text'")

    async def observe(self, world: World, timeout: float) -> Observation:
        """Send the request once."""
        reply = await world.http.send(self._request(timeout))
        return Observation(
            exchange.facts(reply),
            reply.seconds,
            reply.body,
            exchange.media(reply),
            exchange.summary(reply),
        )

    def by_hand(self) -> str:
        """Return the curl line."""
        return curl(self._request(SECONDS))

    def target(self) -> str:
        """Return the host, with the port where one is written."""
        return exchange.place(self.http)

    def _request(self, timeout: float) -> HttpRequest:
        return exchange.build(self.http, self.method, self.headers, self.json, self.text, timeout)
