"""What the name service says of a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Literal

from engine.kinds.by_hand import word
from engine.kinds.check import Check
from engine.kinds.ports import DnsReply, DnsRequest, World
from engine.kinds.replies import took
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsCheck(Check):
    """Ask the name service for the records of a name; that there are none is an answer, too."""

    kind: ClassVar[str] = "dns"
    example: ClassVar[str] = (
        "{dns: www.example.com, type: CNAME, server: '192.0.2.1:53', "
        "expect: {records: {contains: shop.example.net}}}"
    )
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "records": "the records as text, sorted; names without the last dot; "
            "those at the end of any aliases, except for a CNAME",
            "count": "number of records",
            "code": "NOERROR, or NXDOMAIN where the name does not exist",
            "ttl": "seconds the answer may be kept; absent where there is no record",
            "seconds": "time from question to answer, in seconds",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"code": "NOERROR", "count": {"gt": 0}})
    no_answer: ClassVar[Answer] = "fail"

    dns: str
    """The name, complete: nothing is added to it. With `type: PTR` an address will do."""
    type: Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"] = "A"
    """The type of record."""
    server: str = ""
    """The server to ask, `192.0.2.1` or `192.0.2.1:53`; left out: those this machine asks."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """Ask once; a lost question is repeated."""
        reply = await world.dns.resolve(DnsRequest(self.dns, self.type, self.server, timeout))
        facts: dict[str, Json] = {
            "records": list(reply.records),
            "count": len(reply.records),
            "code": reply.code,
            "seconds": round(reply.seconds, 3),
        }
        if reply.ttl is not None:
            facts["ttl"] = reply.ttl
        body = "".join(f"{one}\n" for one in reply.records).encode("utf-8", "replace")
        return Observation(facts, reply.seconds, body, summary=self._summary(reply))

    def by_hand(self) -> str:
        """Return the dig line."""
        parts = ["dig"]
        if self.server:
            address, port = _split(self.server)
            parts.append(f"@{word(address)}")
            parts += ["-p", word(port)] if port else []
        if self.type == "PTR" and not self.dns.rstrip(".").endswith(".arpa"):
            return " ".join([*parts, "-x", word(self.dns)])
        return " ".join([*parts, word(self.dns), word(self.type)])

    def target(self) -> str:
        """Return the name, and the server where one is given."""
        return f"{self.dns} at {self.server}" if self.server else self.dns

    def _summary(self, reply: DnsReply) -> str:
        if reply.code != "NOERROR":
            said = "the name does not exist" if reply.code == "NXDOMAIN" else reply.code
        elif not reply.records:
            said = f"the name has no {self.type} record"
        else:
            more = len(reply.records) - 1
            said = reply.records[0][:80] + (f" and {more} more" if more else "")
        return f"{said}, {took(reply.seconds)}"


def _split(server: str) -> tuple[str, str]:
    """Return address and port; an IPv6 address has a port only behind brackets."""
    host, colon, port = server.rpartition(":")
    if not colon or (":" in host and not host.startswith("[")):
        return server.strip("[]"), ""
    return host.strip("[]"), port
