"""TLS hand-shakes, without sending anything over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server showed. Times are seconds since the epoch, UTC."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    serial: str = ""
    sha256: str = ""
    trusted: bool = True
    """Its chain leads to an authority we trust, and it is within its dates."""
    covers: bool = True
    """It is for the host that was asked for."""
    problem: str = ""
    """Why it is not trusted or does not cover the host."""
    days_left: float = 0.0
    """Days until it expires, counted when it was shown; negative once it has."""
    chain: tuple[str, ...] = ()
    """Subjects from the server's own upwards, as far as the server sent them."""


@dataclass(frozen=True, slots=True)
class TlsRequest:
    """One hand-shake."""

    host: str
    port: int = 443
    server_name: str = ""
    """The name asked for; the host where empty."""
    timeout: float = 10.0


@dataclass(frozen=True, slots=True)
class TlsReply:
    """The certificate, verified or not: an expired one can still be read."""

    certificate: Certificate
    protocol: str
    cipher: str
    seconds: float


class Tls(Protocol):
    """Hand-shakes."""

    async def handshake(self, request: TlsRequest) -> TlsReply:
        """Return what the server showed; raises NoAnswer or CannotLook."""
        ...
