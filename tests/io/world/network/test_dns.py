"""Name look-ups against a name server of our own: answers, empty ones, cut ones, garbage and silence."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from engine.io.world.network.dns import SocketDns, of_this_machine
from engine.kinds.ports import CannotLook, DnsReply, DnsRequest, NoAnswer
from tests.patience import PATIENCE

Answer = Callable[[dns.message.Message], dns.message.Message | bytes | None]


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers over UDP and TCP with what a test says; None is silence."""

    udp: Answer
    tcp: Answer
    asked: list[str] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Answer one question."""
        self.asked.append("udp")
        answer = _bytes(self.udp(dns.message.from_wire(data)))
        if answer is not None:
            self.transport.sendto(answer, addr)  # type: ignore[attr-defined]

    async def over_tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one question."""
        size = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append("tcp")
        answer = _bytes(self.tcp(dns.message.from_wire(await reader.readexactly(size))))
        if answer is not None:
            writer.write(len(answer).to_bytes(2, "big") + answer)
        await reader.read()
        writer.transport.abort()


def _bytes(answer: dns.message.Message | bytes | None) -> bytes | None:
    return answer.to_wire(max_size=65535) if isinstance(answer, dns.message.Message) else answer


@asynccontextmanager
async def served(server: NameServer) -> AsyncIterator[str]:
    """Serve both ways on one free port; yield the address."""
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(loop.create_task(server.over_tcp(reader, writer)))

    listening = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(lambda: server, ("127.0.0.1", port))
    try:
        yield f"127.0.0.1:{port}"
    finally:
        transport.close()
        listening.close()
        await asyncio.gather(*tasks)


def asked(
    server: NameServer, name: str = "shop.test", type: str = "A", timeout: float = PATIENCE
) -> DnsReply:
    """Ask this server one question."""

    async def ask() -> DnsReply:
        async with served(server) as address:
            return await SocketDns().resolve(DnsRequest(name, type, address, timeout))

    return asyncio.run(ask())


def of(*records: tuple[str, int, str, list[str]], code: int = dns.rcode.NOERROR) -> Answer:
    """Return an answer with these records: name, ttl, type, values."""

    def answer(question: dns.message.Message) -> dns.message.Message:
        response = dns.message.make_response(question)
        response.set_rcode(code)
        response.answer = [
            dns.rrset.from_text(name, ttl, "IN", kind, *values) for name, ttl, kind, values in records
        ]
        return response

    return answer


def cut(question: dns.message.Message) -> dns.message.Message:
    """Return an answer that says it did not fit."""
    response = dns.message.make_response(question)
    response.flags |= dns.flags.TC
    return response


def silent(question: dns.message.Message) -> None:
    """Say nothing."""


def both(answer: Answer) -> NameServer:
    """Return a server that answers the same over UDP and TCP."""
    return NameServer(answer, answer)


@pytest.mark.parametrize(
    ("type", "record", "shown"),
    [
        ("A", ["192.0.2.7", "192.0.2.5"], ("192.0.2.5", "192.0.2.7")),
        ("AAAA", ["2001:db8::1"], ("2001:db8::1",)),
        ("MX", ["10 mail.test."], ("10 mail.test",)),
        ("NS", ["ns1.test."], ("ns1.test",)),
        ("TXT", ['"v=spf1 " "-all"'], ("v=spf1 -all",)),
        ("SRV", ["0 5 443 shop.test."], ("0 5 443 shop.test",)),
        ("CAA", ['0 issue "letsencrypt.org"'], ('0 issue "letsencrypt.org"',)),
    ],
)
def test_records_come_back_as_text(type: str, record: list[str], shown: tuple[str, ...]) -> None:
    """Sorted, so that they can be compared; names as people write them."""
    reply = asked(both(of(("shop.test.", 300, type, record))), type=type)
    assert ("NOERROR", shown, 300) == (reply.code, reply.records, reply.ttl)
    assert 0 < reply.seconds < 5


def test_aliases_are_followed_to_their_end() -> None:
    """The shortest time of the chain is how long it holds."""
    chain = of(("shop.test.", 30, "CNAME", ["edge.test."]), ("edge.test.", 300, "A", ["192.0.2.7"]))
    reply = asked(both(chain))
    assert (("192.0.2.7",), 30) == (reply.records, reply.ttl)
    alias = asked(both(of(("shop.test.", 30, "CNAME", ["edge.test."]))), type="CNAME")
    assert ("edge.test",) == alias.records


def test_that_there_is_none_is_an_answer() -> None:
    """Neither the name nor such a record."""
    assert ("NXDOMAIN", (), None) == _told(asked(both(of(code=dns.rcode.NXDOMAIN))))
    assert ("NOERROR", (), None) == _told(asked(both(of())))


def _told(reply: DnsReply) -> tuple[str, tuple[str, ...], int | None]:
    return reply.code, reply.records, reply.ttl


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED, dns.rcode.NOTIMP])
def test_a_server_that_cannot_answer_has_not_answered(code: dns.rcode.Rcode) -> None:
    """It says nothing of the name."""
    with pytest.raises(NoAnswer, match=f"it says {dns.rcode.to_text(code)}") as caught:
        asked(both(of(code=code)))
    assert "dns" == caught.value.reason


def test_an_answer_that_was_cut_is_asked_for_over_tcp() -> None:
    """And is whole then."""
    server = NameServer(cut, of(("shop.test.", 60, "A", [f"192.0.2.{n}" for n in range(100)])))
    assert 100 == len(asked(server).records)
    assert ["udp", "tcp"] == server.asked


def test_a_lost_question_is_asked_again() -> None:
    """After a moment."""
    answers = iter([None, of(("shop.test.", 60, "A", ["192.0.2.7"]))])

    def second(question: dns.message.Message) -> dns.message.Message | bytes | None:
        answer = next(answers)
        return answer(question) if answer else None

    server = both(second)
    assert ("192.0.2.7",) == asked(server, timeout=PATIENCE).records
    assert ["udp", "udp"] == server.asked


def test_silence_ends_with_the_deadline() -> None:
    """Over UDP, and over TCP too."""
    for server in (both(silent), NameServer(cut, silent)):
        began = time.monotonic()
        with pytest.raises(NoAnswer) as caught:
            asked(server, timeout=0.4)
        assert ("timeout", True) == (caught.value.reason, time.monotonic() - began < PATIENCE)


def test_garbage_is_no_answer() -> None:
    """No DNS at all, an answer to something else, aliases in a circle."""
    other = dns.message.make_response(dns.message.make_query("other.test", "A")).to_wire()
    circle = of(("shop.test.", 9, "CNAME", ["a.test."]), ("a.test.", 9, "CNAME", ["shop.test."]))
    for answer in (lambda _: b"\xff" * 40, lambda _: b"\0", lambda _: other, circle):
        with pytest.raises(NoAnswer) as caught:
            asked(both(answer), timeout=PATIENCE)
        assert "garbled" == caught.value.reason


def test_nobody_there_is_told_within_the_deadline() -> None:
    """A closed port may answer or not, by UDP."""
    with pytest.raises(NoAnswer) as caught:
        asyncio.run(SocketDns().resolve(DnsRequest("shop.test", "A", "127.0.0.1:1", 0.4)))
    assert caught.value.reason in ("refused", "timeout")
    assert caught.value.seconds < 5


def test_the_next_server_of_this_machine_is_asked() -> None:
    """Where the first one refuses."""

    async def ask() -> tuple[DnsReply, list[str]]:
        bad, good = both(of(code=dns.rcode.REFUSED)), both(of(("shop.test.", 60, "A", ["192.0.2.7"])))
        async with served(bad) as first, served(good) as second:
            servers = [(host, int(port)) for host, port in (one.split(":") for one in (first, second))]
            reply = await SocketDns(lambda: servers).resolve(DnsRequest("shop.test"))
            return reply, bad.asked

    reply, refused = asyncio.run(ask())
    assert (("192.0.2.7",), ["udp"]) == (reply.records, refused)


def test_an_address_is_looked_up_backwards() -> None:
    """With PTR; its name in the tree of addresses is made here."""
    names: list[str] = []

    def answer(question: dns.message.Message) -> dns.message.Message:
        names.append(str(question.question[0].name))
        return of((names[0], 60, "PTR", ["shop.test."]))(question)  # type: ignore[return-value]

    assert ("shop.test",) == asked(both(answer), "192.0.2.7", "PTR").records
    assert ["7.2.0.192.in-addr.arpa."] == names


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (DnsRequest("shop.test", "A", "ns1.test"), "no address of a name server"),
        (DnsRequest("shop.test", "A", "127.0.0.1:99999"), "no address of a name server"),
        (DnsRequest("shop.test", "A", "169.254.169.254"), "metadata"),
        (DnsRequest("shop.test", "NOPE", "127.0.0.1"), "no type of record"),
        (DnsRequest("a" * 70 + ".test", "A", "127.0.0.1"), "is no name"),
    ],
)
def test_what_cannot_be_asked_says_why(request_: DnsRequest, why: str) -> None:
    """It is no fault of the name service."""
    with pytest.raises(CannotLook, match=why):
        asyncio.run(SocketDns().resolve(request_))


def test_a_machine_without_name_servers_says_so() -> None:
    """With what to do; the ones it has are read from the system."""
    with pytest.raises(CannotLook, match="give one with 'server'"):
        asyncio.run(SocketDns(list).resolve(DnsRequest("shop.test")))
    assert all(port == 53 for _, port in of_this_machine())
