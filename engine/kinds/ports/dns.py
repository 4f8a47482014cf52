"""Questions to the name service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class DnsRequest:
    """One question. `server` is `address` or `address:port`; empty: what this machine uses."""

    name: str
    type: str = "A"
    server: str = ""
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class DnsReply:
    """The answer. `code` is NOERROR, NXDOMAIN, SERVFAIL …; a name without such records has none."""

    code: str
    records: tuple[str, ...]
    ttl: int | None
    seconds: float


class Dns(Protocol):
    """Name look-ups."""

    async def resolve(self, request: DnsRequest) -> DnsReply:
        """Return the answer, NXDOMAIN included; raises NoAnswer or CannotLook."""
        ...
