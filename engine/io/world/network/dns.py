"""Name look-ups, one question to one server at a time, under one deadline.

Rules. A datagram may get lost: after a moment the question is asked again, and of the next server where there
are several. An answer that was cut short is asked for over TCP. A server that cannot or will not answer
(SERVFAIL, REFUSED) has not answered; that a name is not there, or has no such record, is an answer.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Final

from engine.io.world.failures import Broken, answers
from engine.io.world.network.addresses import forbidden
from engine.kinds.ports import CannotLook, Dns, DnsReply, DnsRequest

if TYPE_CHECKING:
    from dns.message import Message
    from dns.rdata import Rdata

_PATIENCE: Final = 2.0  # seconds for one datagram
_POINTS: Final = frozenset(("CNAME", "MX", "NS", "PTR", "SRV"))
Server = tuple[str, int]


def of_this_machine() -> Sequence[Server]:
    """Return the servers this machine asks; blocks for a small file."""
    import dns.exception
    import dns.resolver

    try:
        resolver = dns.resolver.Resolver()
    except (dns.exception.DNSException, OSError):
        return ()
    return [(str(one), resolver.port) for one in resolver.nameservers]


class SocketDns(Dns):
    """Asks the name service."""

    def __init__(self, servers: Callable[[], Sequence[Server]] = of_this_machine) -> None:
        self._servers = servers

    async def resolve(self, request: DnsRequest) -> DnsReply:
        """Return the answer; raises NoAnswer or CannotLook."""
        servers = [_server(request.server)] if request.server else list(self._servers())
        if not servers:
            raise CannotLook("this machine knows no name server: give one with 'server'")
        question = _question(request)
        place = f"the name server {request.server}" if request.server else "the name servers of this machine"
        started = perf_counter()
        with answers(place, request.timeout, started):
            async with asyncio.timeout(request.timeout):
                message = await _ask(question, servers, place)
            code, records, ttl = _read(message, request.type.upper(), place)
        return DnsReply(code, records, ttl, perf_counter() - started)


async def _ask(question: Message, servers: Sequence[Server], place: str) -> Message:
    """Ask one after the other until one answers; raises Broken with the best of the failures, or OSError."""
    import dns.asyncquery
    import dns.exception
    import dns.rcode

    while True:
        failures: list[Broken | OSError] = []
        for address, port in servers:
            try:
                answer, _ = await dns.asyncquery.udp_with_fallback(
                    question, address, timeout=_PATIENCE, port=port, ignore_unexpected=True
                )
            except dns.exception.Timeout:
                continue
            except (dns.exception.DNSException, EOFError, ValueError):
                failures.append(Broken("garbled", f"{place} answered something that is no DNS"))
                continue
            except OSError as error:
                failures.append(error)
                continue
            if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return answer
            said = dns.rcode.to_text(answer.rcode())
            failures.append(Broken("dns", f"{place} has no answer: it says {said}"))
        if len(failures) == len(servers):  # every one has said something: asking again changes nothing
            raise failures[0]


def _question(request: DnsRequest) -> Message:
    import dns.exception
    import dns.message
    import dns.name
    import dns.rdatatype
    import dns.reversename

    try:
        kind = dns.rdatatype.from_text(request.type)
    except (dns.exception.DNSException, ValueError):
        raise CannotLook(f"{request.type!r} is no type of record: write A, AAAA, CNAME, MX, TXT") from None
    try:
        if kind == dns.rdatatype.PTR and _is_address(request.name):
            name = dns.reversename.from_address(request.name)
        else:
            name = dns.name.from_text(request.name)
    except (dns.exception.DNSException, UnicodeError):
        raise CannotLook(f"{request.name!r} is no name: check it in the runbook") from None
    return dns.message.make_query(name, kind, use_edns=0, payload=1232)


def _read(message: Message, kind: str, place: str) -> tuple[str, tuple[str, ...], int | None]:
    """Return code, records at the end of any aliases, and the shortest time they may be kept."""
    import dns.exception
    import dns.rcode

    code = dns.rcode.to_text(message.rcode())
    try:
        found = message.resolve_chaining()  # type: ignore[attr-defined]  # a query's answer has it
    except dns.exception.DNSException:
        raise Broken("garbled", f"{place} answered with aliases that lead nowhere") from None
    if found.answer is None:
        return code, (), None
    records = sorted(_text(one, kind) for one in found.answer)
    return code, tuple(records), int(found.minimum_ttl)


def _text(record: Rdata, kind: str) -> str:
    """Return a record as a person writes it: texts joined, names without the last dot."""
    strings = getattr(record, "strings", None)
    if kind == "TXT" and strings is not None:
        return b"".join(strings).decode("utf-8", "replace")
    text = str(record.to_text())
    return text.rstrip(".") if kind in _POINTS and len(text) > 1 else text


def _server(written: str) -> Server:
    host, colon, port = written.rpartition(":")
    if not colon or _is_address(written):
        host, port = written, "53"
    host = host.strip("[]")
    number = int(port) if port.isascii() and port.isdigit() and len(port) <= 5 else 0
    if not _is_address(host) or not 0 < number < 65_536:
        raise CannotLook(f"{written!r} is no address of a name server: write 192.0.2.1 or 192.0.2.1:53")
    if forbidden(host):
        raise CannotLook(f"{host} is a cloud metadata address, which is never asked")
    return host, number


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
