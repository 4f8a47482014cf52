"""The certificate a server shows: whom it is for, who vouches for it, and for how long."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from engine.kinds.by_hand import quoted, word
from engine.kinds.check import Check
from engine.kinds.ports import CannotLook, TlsReply, TlsRequest, World
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Answer, Observation

_ADDRESS: Final = re.compile(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsCheck(Check):
    """Shake hands with a TLS server and look at its certificate; an invalid one is read all the same."""

    kind: ClassVar[str] = "tls"
    example: ClassVar[str] = "{tls: 'example.com:443', expect: {trusted: true, days_left: {gt: 14}}}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "days_left": "days until the certificate expires, with a fraction; negative once it has",
            "trusted": "true when its chain leads to an authority we trust and it is within its dates",
            "covers": "true when it is for the host (or `server_name`)",
            "problem": "why it is not trusted or not for the host; empty when it is both",
            "subject": "whom it was made for",
            "issuer": "who made it",
            "names": "host names and addresses it is for",
            "not_before": "time from which it is valid",
            "not_after": "time until which it is valid",
            "chain": "subjects of the certificates the server sent, its own first",
            "serial": "its serial number, in hexadecimal",
            "sha256": "its fingerprint, SHA-256",
            "protocol": "the version of TLS that was agreed on",
            "cipher": "the cipher that was agreed on",
            "seconds": "time from look-up to the end of the hand-shake, in seconds; "
            "of both, where the certificate could not be verified",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType(
        {"trusted": True, "covers": True, "days_left": {"gt": 0}}
    )
    no_answer: ClassVar[Answer] = "fail"

    tls: str
    """Host and port, `example.com:443`; an IPv6 address in brackets, `[::1]:443`."""
    server_name: str = ""
    """The name to ask for and to hold the certificate against; the host where left out."""

    def __post_init__(self) -> None:
        if "${" not in self.tls:
            _place(self.tls)

    async def observe(self, world: World, timeout: float) -> Observation:
        """Shake hands once, twice where the certificate cannot be verified."""
        try:
            host, port = _place(self.tls)
        except ValueError as error:
            raise CannotLook(str(error)) from None
        reply = await world.tls.handshake(TlsRequest(host, port, self.server_name, timeout))
        return Observation(_facts(reply), reply.seconds, summary=_summary(reply))

    def by_hand(self) -> str:
        """Return the openssl line."""
        name = self.server_name or self.tls.rpartition(":")[0].strip("[]")
        numeric = _ADDRESS.fullmatch(name) is not None  # an address is not asked for by name
        asked = "" if numeric else f"-servername {word(name)} "
        return (
            f"openssl s_client -connect {word(self.tls)} {asked}</dev/null 2>/dev/null | openssl x509 -noout "
            f"-dates -subject -issuer {'-checkip' if numeric else '-checkhost'} {quoted(name)}"
        )

    def target(self) -> str:
        """Return host and port."""
        return self.tls


def _facts(reply: TlsReply) -> dict[str, Json]:
    shown = reply.certificate
    return {
        "days_left": shown.days_left,
        "trusted": shown.trusted,
        "covers": shown.covers,
        "problem": shown.problem,
        "subject": shown.subject,
        "issuer": shown.issuer,
        "names": list(shown.names),
        "not_before": str(Instant(shown.not_before)),
        "not_after": str(Instant(shown.not_after)),
        "chain": list(shown.chain),
        "serial": shown.serial,
        "sha256": shown.sha256,
        "protocol": reply.protocol,
        "cipher": reply.cipher,
        "seconds": round(reply.seconds, 3),
    }


def _summary(reply: TlsReply) -> str:
    shown = reply.certificate
    days = abs(shown.days_left)
    when = f"{days:.0f}" if days >= 2 else f"{days:.1f}"
    said = f"valid for {when} more days" if shown.days_left > 0 else f"expired {when} days ago"
    return f"{said}; {shown.problem}" if shown.problem else said


def _place(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    if not colon or not bare or not 0 < number < 65_536 or (":" in bare and bare == host):
        raise ValueError(f"{text!r} is no host and port: write example.com:443, or [::1]:443 for IPv6")
    return bare, number
