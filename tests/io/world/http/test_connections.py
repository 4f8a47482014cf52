"""Connections: names, TLS, what is kept and asked again, many at once, cancelled ones."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from engine.io.world.http.connections import Connections
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.network.addresses import Address, Addresses
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


async def _hang(reader: Reader, writer: Writer) -> None:
    await asyncio.Event().wait()


def _counting(replies: Sequence[bytes], opened: list[int]) -> Handler:
    async def handler(reader: Reader, writer: Writer) -> None:
        opened.append(1)
        for reply in replies:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(reply)
            await writer.drain()

    return handler


def test_a_stalled_tls_handshake_ends_with_the_deadline(serve: Serve) -> None:
    """A listener that accepts and never speaks TLS."""

    async def ask() -> None:
        async with serve(_hang) as url:
            await _send(_http(), HttpRequest(url.replace("http:", "https:"), timeout=0.4))

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert "timeout" == caught.value.reason
    assert caught.value.seconds < 0.9


def test_a_name_nobody_has_is_a_dns_failure() -> None:
    """Told apart from a target that is down."""

    def lookup(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(_send(_http(Connections(Addresses(lookup))), HttpRequest("http://no.test/")))
    assert ("dns", "the name of no.test:80 cannot be resolved") == (caught.value.reason, caught.value.detail)


def test_a_certificate_nobody_signed_is_a_tls_failure(serve: Serve, certificate: tuple[Path, Path]) -> None:
    """The same server is fine for a client that trusts its certificate."""
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(*certificate)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))

    async def ask(connections: Connections | None) -> HttpReply:
        async with serve(_says(OK), tls=offered) as url:
            return await _send(_http(connections), HttpRequest(url))

    async def ask_hostname() -> HttpReply:
        async with serve(_says(OK), tls=offered) as url:
            wrong = url.replace("127.0.0.1", "localhost")
            return await _send(_http(Connections(tls=trusting)), HttpRequest(wrong))

    with pytest.raises(NoAnswer) as unsigned:
        asyncio.run(ask(None))
    with pytest.raises(NoAnswer) as other_name:
        asyncio.run(ask_hostname())
    assert ("tls", "tls") == (unsigned.value.reason, other_name.value.reason)
    assert "self-signed certificate" in unsigned.value.detail
    assert 200 == asyncio.run(ask(Connections(tls=trusting))).status


def test_plain_http_on_a_tls_port_and_the_reverse_are_told(serve: Serve) -> None:
    """TLS spoken to a plain port is a TLS failure."""

    async def ask() -> None:
        async with serve(_says(b"HTTP/1.1 400 Bad\r\n\r\n")) as url:
            await _send(_http(), HttpRequest(url.replace("http:", "https:"), timeout=2))

    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()

    async def ask_talker() -> None:
        async with serve(talk) as url:
            await _send(_http(), HttpRequest(url.replace("http:", "https:"), timeout=PATIENCE))

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask_talker())
    assert "tls" == caught.value.reason
    with pytest.raises(NoAnswer):
        asyncio.run(ask())


@pytest.mark.parametrize(
    ("method", "replies", "connections"),
    [
        ("GET", [OK, OK, OK], 1),  # kept
        ("GET", [OK], 3),  # the server hung up while idle: asked again, not reported as an outage
        ("POST", [OK, OK, OK], 3),  # never on a kept connection: it could not be asked again
        ("GET", [OK + b"HTTP/1.1 500 Smuggled\r\ncontent-length: 0\r\n\r\n", OK], 3),
        ("GET", [OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n"), OK], 3),
    ],
)
def test_connections_are_kept_only_when_that_is_safe(
    serve: Serve, method: str, replies: Sequence[bytes], connections: int
) -> None:
    """Three requests in a row all answer 200, over as many connections as honesty needs."""
    opened: list[int] = []

    async def ask() -> list[int]:
        http = _http()
        async with serve(_counting(replies, opened)) as url:
            got = [(await http.send(HttpRequest(url, method=method))).status for _ in range(3)]
        await http.close()
        return got

    assert [200, 200, 200] == asyncio.run(ask())
    assert connections == len(opened)


def test_an_answer_nobody_asked_for_is_not_taken(serve: Serve) -> None:
    """What a server pushes on an idle connection does not pass as the reply to the next request."""
    pushed, answered = asyncio.Event(), asyncio.Event()

    async def push(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await writer.drain()
        await answered.wait()
        writer.write(b"HTTP/1.1 500 Pushed\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        pushed.set()
        await reader.read()

    async def ask() -> list[int]:
        http = _http()
        async with serve(push) as url:
            first = await http.send(HttpRequest(url))
            answered.set()
            await pushed.wait()
            for _ in range(20):  # loopback has delivered; let the loop look
                await asyncio.sleep(0)
            second = await http.send(HttpRequest(url))
        await http.close()
        return [first.status, second.status]

    assert [200, 200] == asyncio.run(ask())


def test_two_hundred_requests_wait_together(serve: Serve) -> None:
    """No request is sent only after another one's answer."""
    everybody = asyncio.Event()
    waiting: list[str] = []

    async def meet(reader: Reader, writer: Writer) -> None:
        waiting.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if len(waiting) == 200:
            everybody.set()
        await everybody.wait()
        writer.write(OK)
        await writer.drain()

    async def ask() -> list[HttpReply]:
        http = _http()
        async with serve(meet) as url:
            replies = await asyncio.gather(*(http.send(HttpRequest(f"{url}/{n}")) for n in range(200)))
        await http.close()
        return replies

    assert [200] * 200 == [reply.status for reply in asyncio.run(ask())]


def test_a_cancelled_request_leaves_no_connection_behind(serve: Serve) -> None:
    """The server sees the hang-up at once."""
    left = asyncio.Event()
    came = asyncio.Event()

    async def wait(reader: Reader, writer: Writer) -> None:
        came.set()
        try:
            while await reader.read(100):
                pass
        finally:
            left.set()

    async def ask() -> bool:
        async with serve(wait) as url:
            task = asyncio.create_task(_http().send(HttpRequest(url)))
            await came.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(left.wait(), PATIENCE)
        return left.is_set()

    assert asyncio.run(ask())


def test_an_ipv6_host_is_asked(serve: Serve) -> None:
    """Brackets are for the address line only."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")

    async def ask() -> HttpReply:
        async with serve(_says(OK), host="::1") as url:
            return await _send(_http(), HttpRequest(url))

    assert b"ok" == asyncio.run(ask()).body
