"""What a hostile or broken server may do, and when each of it ends; and where the time went."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Sequence

import pytest

from engine.io.world.http.connections import Connections
from engine.io.world.http.line import MAX_HEADERS
from engine.io.world.network.addresses import Address, Addresses
from engine.kinds.ports import HttpReply, HttpRequest, NoAnswer
from tests.io.world.talk import OK, Handler, Reader, Serve, Writer, answers, client, send
from tests.patience import PATIENCE

DEADLINE = 0.6


async def silence(reader: Reader, writer: Writer) -> None:
    """Accept, and say nothing."""
    await asyncio.Event().wait()


async def silence_after_head(reader: Reader, writer: Writer) -> None:
    """Promise a body that never comes."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n")
    await asyncio.Event().wait()


async def header_drip(reader: Reader, writer: Writer) -> None:
    """One byte of a header now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        writer.write(b"y")
        await writer.drain()
        await asyncio.sleep(0.1)


async def body_drip(reader: Reader, writer: Writer) -> None:
    """One byte of a long body now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b"y")
        await writer.drain()
        await asyncio.sleep(0.1)


async def endless_small_chunks(reader: Reader, writer: Writer) -> None:
    """Chunks of one byte, without end but with pauses."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\ny\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def endless_interim(reader: Reader, writer: Writer) -> None:
    """Be always about to answer."""
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def hurried_interim(reader: Reader, writer: Writer) -> None:
    """The same, as fast as it goes."""
    while True:
        writer.write(b"HTTP/1.1 102 Processing\r\n\r\n" * 200)
        await writer.drain()


async def chunk_extension(reader: Reader, writer: Writer) -> None:
    """A chunk whose header never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;x=")
    while True:
        writer.write(b"y" * 100)
        await writer.drain()
        await asyncio.sleep(0.01)


async def reset_in_body(reader: Reader, writer: Writer) -> None:
    """Hang up hard in the middle."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
    await writer.drain()
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def garbage(reader: Reader, writer: Writer) -> None:
    """Speak another protocol."""
    writer.write(b"220 mail.test ESMTP\r\n")
    await writer.drain()
    await reader.read()


async def many_headers(reader: Reader, writer: Writer) -> None:
    """More headers than anybody reads, within the size that is."""
    await reader.readuntil(b"\r\n\r\n")
    lines = b"".join(b"a%d: b\r\n" % number for number in range(MAX_HEADERS + 1))
    writer.write(b"HTTP/1.1 200 OK\r\n" + lines + b"content-length: 0\r\n\r\n")
    await writer.drain()
    await reader.read()


async def hundred_thousand_headers(reader: Reader, writer: Writer) -> None:
    """Headers without end."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in range(0, 100_000, 500):
        writer.write(b"".join(b"a%d: b\r\n" % (number + one) for one in range(500)))
        await writer.drain()


async def endless_body(reader: Reader, writer: Writer) -> None:
    """A body without end, as fast as it goes."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"y" * 65_536)
        await writer.drain()


async def endless_trailers(reader: Reader, writer: Writer) -> None:
    """A body that has ended, and trailers that do not."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n")
    while True:
        writer.write(b"x: y\r\n" * 100)
        await writer.drain()


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (silence, "timeout"),
        (silence_after_head, "timeout"),
        (header_drip, "timeout"),
        (body_drip, "timeout"),
        (endless_small_chunks, "timeout"),
        (endless_interim, "timeout"),
        (hurried_interim, "timeout"),
        (chunk_extension, "timeout"),
        (reset_in_body, "reset"),
        (garbage, "garbled"),
        (many_headers, "too-large"),
        (hundred_thousand_headers, "too-large"),
        (endless_body, "too-large"),
        (endless_trailers, "garbled"),
    ],
)
def test_every_way_to_misbehave_ends_within_the_deadline(serve: Serve, handler: Handler, reason: str) -> None:
    """With a reason of its own, and by the clock on the wall."""

    async def ask() -> None:
        async with serve(handler) as url:
            deadline = DEADLINE if reason == "timeout" else 2 * PATIENCE  # the others end by themselves
            await send(client(), HttpRequest(url, timeout=deadline))

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert (reason, True) == (caught.value.reason, caught.value.seconds < PATIENCE)


def test_a_name_service_that_hangs_ends_with_the_deadline() -> None:
    """Its thread is left to itself."""
    over = threading.Event()

    def lookup(host: str, port: int) -> Sequence[Address]:
        over.wait(PATIENCE)
        return []

    async def ask() -> None:
        request = HttpRequest("http://slow.test/", timeout=DEADLINE)
        await send(client(Connections(Addresses(lookup))), request)

    try:
        with pytest.raises(NoAnswer) as caught:
            asyncio.run(ask())
    finally:
        over.set()
    assert ("timeout", True) == (caught.value.reason, caught.value.seconds < PATIENCE)


def test_as_many_headers_as_allowed_are_read(serve: Serve) -> None:
    """The limit itself is fine."""
    lines = b"".join(b"a%d: b\r\n" % number for number in range(MAX_HEADERS - 1))
    whole = b"HTTP/1.1 200 OK\r\n" + lines + b"content-length: 0\r\n\r\n"

    async def ask() -> HttpReply:
        async with serve(answers(whole)) as url:
            return await send(client(), HttpRequest(url))

    assert MAX_HEADERS == len(asyncio.run(ask()).headers)


def test_the_time_is_split_where_it_was_spent(serve: Serve) -> None:
    """A slow name, a slow answer and a slow body each show in their own part, and add up."""

    def lookup(host: str, port: int) -> Sequence[Address]:
        threading.Event().wait(0.2)
        return [Address(socket.AF_INET, ("127.0.0.1", port))]

    async def slowly(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no")
        await writer.drain()
        await asyncio.sleep(0.4)
        writer.write(b"k")
        await writer.drain()
        await reader.read()

    async def ask() -> HttpReply:
        async with serve(slowly) as url:
            port = url.rpartition(":")[2]
            http = client(Connections(Addresses(lookup)))
            return await send(http, HttpRequest(f"http://slow.test:{port}/"))

    reply = asyncio.run(ask())
    timing = reply.timing
    assert timing.dns >= 0.19
    assert timing.first_byte >= 0.29
    assert timing.body >= 0.39
    assert (True, 0.0) == (timing.connect > 0, timing.tls)
    parts = timing.dns + timing.connect + timing.tls + timing.first_byte + timing.body
    assert parts <= reply.seconds < parts + PATIENCE


def test_a_kept_connection_costs_no_time_to_open(serve: Serve) -> None:
    """The second request waits for its answer only."""

    async def ask() -> list[HttpReply]:
        http = client()
        async with serve(answers(OK)) as url:
            replies = [await http.send(HttpRequest(url)) for _ in range(2)]
            await http.close()
        return replies

    first, second = asyncio.run(ask())
    assert (True, 0.0, 0.0) == (first.timing.connect > 0, second.timing.connect, second.timing.dns)
    assert second.timing.first_byte > 0


@pytest.mark.parametrize("location", ["http://127.0.0.1:notaport/", "http://[", "\x80\xff", " "])
def test_a_redirect_nobody_follows_may_lead_anywhere(serve: Serve, location: str) -> None:
    """It is a reply; what stands in its location is not even read."""
    whole = f"HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n".encode("latin-1")

    async def ask() -> HttpReply:
        async with serve(answers(whole)) as url:
            return await send(client(), HttpRequest(url))

    reply = asyncio.run(ask())
    assert (302, "", ()) == (reply.status, reply.url, reply.redirects)
