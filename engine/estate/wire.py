"""What crosses the wire between a client and a stand-in: one request, one reply, as plain data.

A stand-in is a pure function `handle(state, request, now) -> (state, reply)`. A reply says how long it
takes (`after`) and what goes wrong below the protocol (`fault`); the shells act it out, on sockets or in
virtual time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from engine.kinds.values import Json

WireFault = Literal["refuse", "reset", "hang", "drip", "truncate", "garble"]
DEFAULT_SECONDS = 0.02
LARGEST = 1e15  # no number of the vendors' is beyond; NaN and infinity compare false


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; header names in lower case, a repeated query parameter joined by commas."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def to(
        cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Request:
        """Build a request from a target such as `/v1/apps/x?state=started`."""
        parts = urlsplit(target)
        query: dict[str, str] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            query[name] = f"{query[name]},{value}" if name in query else value
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(method.upper(), unquote(parts.path) or "/", query, lowered, body)

    def json(self) -> Json:
        """Return the body as JSON, or None when it is empty or not JSON."""
        try:
            value: Json = json.loads(self.body)
        except (ValueError, RecursionError):
            return None
        return value

    def bearer(self) -> str:
        """Return the token of the Authorization header; newer Fly tokens bring their own scheme word."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "flyv1") else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP reply, the seconds it takes, and what breaks below the protocol."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: float = DEFAULT_SECONDS
    fault: WireFault | None = None

    def with_headers(self, headers: Mapping[str, str]) -> Reply:
        """Return the reply with more headers."""
        return replace(self, headers={**self.headers, **headers})


def json_reply(
    status: int, data: Json, *, after: float = DEFAULT_SECONDS, headers: Mapping[str, str] | None = None
) -> Reply:
    """Return a JSON reply."""
    # A lone surrogate from outside must not break the reply, hence "replace".
    body = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
    return Reply(status, {"content-type": "application/json; charset=utf-8", **(headers or {})}, body, after)


def text_reply(status: int, text: str, *, after: float = DEFAULT_SECONDS) -> Reply:
    """Return a plain text reply."""
    return Reply(status, {"content-type": "text/plain; charset=utf-8"}, text.encode(), after)


def broken(fault: WireFault) -> Reply:
    """Return the reply that never becomes one."""
    return Reply(0, {}, b"", 0.0, fault)


def mapping(value: Json) -> Mapping[str, Json]:
    """Return the value when it is an object, else an empty one: outside data has any shape."""
    return value if isinstance(value, Mapping) else {}


def text(value: Json) -> str:
    """Return the value when it is a string, else an empty one."""
    return value if isinstance(value, str) else ""


def number(value: Json, default: float) -> float:
    """Return the value when it is a finite number, else the default; a boolean is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return default
    return float(value) if abs(value) < LARGEST else default
