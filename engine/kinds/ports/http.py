"""Plain HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from engine.kinds.ports.tls import Certificate


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request. Strings may hold `${secrets.NAME}`: the world reads the value at use.

    `timeout` is the total deadline in seconds, name look-up, redirects and body included.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    timeout: float = 10.0
    max_bytes: int = 1_000_000
    redirects: int = 0
    """How many redirects a GET or HEAD follows; across origins every configured header is dropped."""
    insecure: bool = False
    """Take a certificate that cannot be verified; the report says so."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Where the time of one request went, in seconds; a phase that did not happen took none."""

    dns: float = 0.0
    connect: float = 0.0
    tls: float = 0.0
    first_byte: float = 0.0
    """From the last byte sent to the first byte received."""
    body: float = 0.0


@dataclass(frozen=True, slots=True)
class HttpReply:
    """One reply: header names in lower case, the body as the target meant it (inflated where need be)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float
    url: str = ""
    """The address that answered in the end, where redirects were followed; else empty."""
    redirects: tuple[str, ...] = ()
    """The addresses that were gone through, the first one first."""
    timing: Timing = field(default_factory=Timing)
    certificate: Certificate | None = None
    encoding: str = ""
    """What the body is still encoded with, where that could not be undone (`br`, `zstd`)."""


class Http(Protocol):
    """Plain HTTP."""

    async def send(self, request: HttpRequest) -> HttpReply:
        """Return the reply; raises NoAnswer or CannotLook."""
        ...
