"""What a server may do to one exchange: every way to break a reply, and the deadline over all of it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager

import pytest

from engine.io.world.http.connections import Connections
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.kinds.ports import HttpReply, HttpRequest, NoAnswer
from tests.patience import PATIENCE

Serve = Callable[..., AbstractAsyncContextManager[str]]
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Coroutine[None, None, None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def _http(connections: Connections | None = None, **environ: str) -> SocketHttp:
    return SocketHttp(Secrets(environ), "1.2.3", connections)


async def _send(http: SocketHttp, request: HttpRequest) -> HttpReply:
    try:
        return await http.send(request)
    finally:
        await http.close()


def _ask(serve: Serve, handler: Handler, **wish: object) -> HttpReply:
    async def ask() -> HttpReply:
        async with serve(handler) as url:
            return await _send(_http(), HttpRequest(url + "/", **wish))  # type: ignore[arg-type]  # any field

    return asyncio.run(ask())


def _fail(serve: Serve, handler: Handler, **wish: object) -> NoAnswer:
    with pytest.raises(NoAnswer) as caught:
        _ask(serve, handler, **wish)
    return caught.value


def _says(reply: bytes, *, then: Callable[[Writer], None] | None = None, hang: bool = False) -> Handler:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        if then is not None:
            then(writer)
        elif hang:
            await asyncio.Event().wait()
        else:
            writer.write_eof()
            await reader.read()

    return handler


def _reset(writer: Writer) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _hang(reader: Reader, writer: Writer) -> None:
    await asyncio.Event().wait()


def _drips(start: bytes) -> Handler:
    async def drip(reader: Reader, writer: Writer) -> None:
        writer.write(start)
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.7)

    return drip


def test_a_good_reply_comes_whole(serve: Serve) -> None:
    """Status, headers in lower case, body and the time it took."""
    head = b"HTTP/1.1 503 Busy\r\nX-Trace: a\r\nX-Trace: b\r\nTransfer-Encoding: chunked\r\n\r\n"
    reply = _ask(serve, _says(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
    assert (503, b"abcde", "a, b") == (reply.status, reply.body, reply.headers["x-trace"])
    assert 0 < reply.seconds < PATIENCE


def test_a_body_without_a_length_ends_with_the_connection(serve: Serve) -> None:
    """The old way to frame a body is still a complete reply."""
    assert b"all of it" == _ask(serve, _says(b"HTTP/1.0 200 OK\r\n\r\nall of it")).body


def test_a_head_reply_has_no_body(serve: Serve) -> None:
    """The length a HEAD reply announces is not waited for."""
    reply = _ask(serve, _says(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n", hang=True), method="HEAD")
    assert b"" == reply.body


@pytest.mark.parametrize(
    ("handler", "detail"),
    [
        (_says(b""), "without answering"),
        (_says(b"HTTP/1.1 200 OK\r\ncontent-"), "in the middle of the headers"),
        (_says(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"), "in the middle of the reply"),
        (
            _says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhal"),
            "in the middle of the reply",
        ),
        (_says(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf", then=_reset), "reset the connection"),
        (_says(b"", then=_reset), "reset the connection"),
    ],
)
def test_a_connection_that_ends_early_is_reset(serve: Serve, handler: Handler, detail: str) -> None:
    """Before, in or after the headers, politely or not: the reply is not complete."""
    failure = _fail(serve, handler)
    assert "reset" == failure.reason
    assert detail in failure.detail


@pytest.mark.parametrize(
    "reply",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"+PONG\r\n\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"0" * 100_000,
    ],
)
def test_what_is_not_http_is_garbled(serve: Serve, reply: bytes) -> None:
    """Another protocol on the port, or broken framing; nothing of it is quoted."""
    failure = _fail(serve, _says(reply))
    assert "garbled" == failure.reason
    assert failure.detail.endswith("is not HTTP")


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n" + b"y" * 1001,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"y" * 300_000,
    ],
)
def test_a_reply_beyond_the_limit_is_too_large(serve: Serve, reply: bytes) -> None:
    """Headers have a limit of their own, bodies the one that was asked for."""
    assert "too-large" == _fail(serve, _says(reply), max_bytes=1000).reason


def test_a_reply_of_exactly_the_limit_is_fine(serve: Serve) -> None:
    """The limit itself is allowed."""
    reply = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n" + b"y" * 1000
    assert 1000 == len(_ask(serve, _says(reply), max_bytes=1000).body)


def test_an_endless_body_is_cut_at_the_limit(serve: Serve) -> None:
    """A server that never stops is left, long before the deadline."""

    async def flood(reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"y" * 65_536 + b"\r\n")
            await writer.drain()

    failure = _fail(serve, flood, timeout=2 * PATIENCE)
    assert "too-large" == failure.reason
    assert failure.seconds < PATIENCE


@pytest.mark.parametrize(
    "handler",
    [
        _hang,
        _drips(b"HTTP/1.1 200 OK\r\nx-drip: "),
        _drips(b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"),
        _says(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab", hang=True),
        _says(b"HTTP/1.1 100 Continue\r\n\r\n", hang=True),
    ],
)
def test_the_deadline_is_for_everything_together(serve: Serve, handler: Handler) -> None:
    """Silence, drips of headers or body, a length that lies: none of them would ever end."""
    failure = _fail(serve, handler, timeout=1.0)
    assert "timeout" == failure.reason
    assert "within 1s" in failure.detail
    assert 1.0 <= failure.seconds < PATIENCE


def test_a_server_that_reads_nothing_ends_with_the_deadline(serve: Serve) -> None:
    """A large body that is not taken counts against the same deadline."""
    assert "timeout" == _fail(serve, _hang, method="POST", body=b"x" * 20_000_000, timeout=0.5).reason


def test_an_answer_before_the_body_was_read_counts(serve: Serve) -> None:
    """A server may refuse a body it does not want to read."""
    early = _says(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno", hang=True)
    reply = _ask(serve, early, method="POST", body=b"x" * 20_000_000, timeout=PATIENCE)
    assert (413, b"no") == (reply.status, reply.body)
