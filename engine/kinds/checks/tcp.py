"""Something accepts connections on a port."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from engine.kinds.by_hand import word
from engine.kinds.check import Check
from engine.kinds.ports import CannotLook, World
from engine.kinds.replies import took
from engine.kinds.verdicts import Answer, Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpCheck(Check):
    """Connect to a port and hang up at once; accepting the connection is the pass."""

    kind: ClassVar[str] = "tcp"
    example: ClassVar[str] = "{tcp: 'db1.example.com:5432', expect: {seconds: {lt: 2s}}}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType({"seconds": "time to connect, in seconds"})
    no_answer: ClassVar[Answer] = "fail"

    tcp: str
    """Host and port, `db1:5432`; an IPv6 address in brackets, `[::1]:5432`."""

    def __post_init__(self) -> None:
        if "${" not in self.tcp:
            _place(self.tcp)

    async def observe(self, world: World, timeout: float) -> Observation:
        """Connect once."""
        try:
            host, port = _place(self.tcp)
        except ValueError as error:
            raise CannotLook(str(error)) from None
        seconds = await world.tcp.dial(host, port, timeout)
        return Observation(
            {"seconds": round(seconds, 3)}, seconds, summary=f"accepts connections, {took(seconds)}"
        )

    def by_hand(self) -> str:
        """Return the netcat line."""
        host, _, port = self.tcp.rpartition(":")
        return f"nc -vz -w 10 {word(host.strip('[]'))} {word(port)}"

    def target(self) -> str:
        """Return host and port."""
        return self.tcp


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    if not colon or not bare or not 0 < number < 65_536 or (":" in bare and bare == host):
        raise ValueError(f"{text!r} is no host and port: write db1:5432, or [::1]:5432 for IPv6")
    return bare, number
