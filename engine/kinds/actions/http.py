"""One HTTP request that changes something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from engine.kinds import exchange
from engine.kinds.action import Action
from engine.kinds.by_hand import SECONDS, curl
from engine.kinds.ports import HttpReply, HttpRequest, World
from engine.kinds.references import Absent
from engine.kinds.replies import read_json
from engine.kinds.values import Json
from engine.kinds.verdicts import Performed


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
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Json = None
    """The body as data."""
    text: str = ""
    """The body as text."""

    def __post_init__(self) -> None:
        if self.json is not None and self.text:
            raise ValueError("a request has one body: give either 'json' or 'text'")

    async def perform(self, world: World, timeout: float) -> Performed:
        """Send the request once; raises NoAnswer or CannotLook."""
        reply = await world.http.send(self._request(timeout))
        facts: dict[str, Json] = {"status": reply.status, "seconds": round(reply.seconds, 3)}
        json = read_json(reply.body)
        if not isinstance(json, Absent):
            facts["json"] = json
        outcome = _outcome(reply.status)
        return Performed(
            outcome,
            exchange.summary(reply) if outcome == "done" else _why(reply),
            facts,
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
        return exchange.build(self.http, self.method, self.headers, self.json, self.text, timeout)


def _outcome(status: int) -> Literal["done", "failed", "unknown"]:
    if 200 <= status < 300:
        return "done"
    return "unknown" if status == 504 else "failed"


def _why(reply: HttpReply) -> str:
    said = exchange.complaint(reply)
    if 300 <= reply.status < 400:
        said = "redirects are not followed: use the address it leads to"
    wait = reply.headers.get("retry-after", "")
    return (
        exchange.summary(reply)
        + (f": {said}" if said else "")
        + (f" (retry after {wait})" if reply.status in (429, 503) and wait.isascii() and wait else "")
    )
