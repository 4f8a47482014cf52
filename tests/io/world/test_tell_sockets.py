"""Channels over real sockets: stand-ins on loopback that answer, refuse, reset, hang and lie."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from engine.estate import pagerduty
from engine.estate.pagerduty import OnCall, PagerDuty
from engine.estate.wire import Request
from engine.io.world.http.socket_http import SocketHttp
from engine.io.world.secrets import Secrets
from engine.io.world.tell import Channel, Channels
from engine.kinds.ports import CannotLook, Message, NoAnswer
from tests.patience import PATIENCE

Serve = Callable[..., AbstractAsyncContextManager[str]]
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
KEY = "r0ut1ng-Zq81"


async def told(url: str, kind: str = "pagerduty", timeout: float = PATIENCE) -> str:
    """Return the receipt of one message to an address."""
    http = SocketHttp(Secrets({"PAGER_KEY": KEY}), "1.2.3")
    channel = Channel("page", kind, f"{url}/v2/enqueue", "${secrets.PAGER_KEY}")  # type: ignore[arg-type]
    try:
        return await Channels({"page": channel}, http).send(
            Message("page", "run/1", "down", "502", "SEV-1", timeout)
        )
    finally:
        await http.close()


async def request(reader: Reader) -> tuple[str, bytes]:
    """Return the first line and the body of one request."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    return head.split(b"\r\n")[0].decode(), await reader.readexactly(int(length or b"0"))


def says(status: str, *headers: str, body: bytes = b"") -> Callable[[Reader, Writer], Awaitable[None]]:
    """Return a stand-in that says one thing."""

    async def handler(reader: Reader, writer: Writer) -> None:
        await request(reader)
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        await reader.read()

    return handler


async def resets(reader: Reader, writer: Writer) -> None:
    """Take the request and reset the connection."""
    await request(reader)
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def hangs(reader: Reader, writer: Writer) -> None:
    """Take the request and say nothing."""
    await reader.read()


@pytest.mark.parametrize("kind", ["pagerduty", "webhook", "slack"])
@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (says("500 Internal Server Error"), "garbled"),
        (says("502 Bad Gateway"), "garbled"),
        (says("503 Service Unavailable"), "garbled"),
        (says("429 Too Many Requests", "retry-after: 7"), "garbled"),
        (says("200 OK", "content-type: text/html", body=b"<html>welcome"), "garbled"),
        (resets, "reset"),
        (hangs, "timeout"),
    ],
)
def test_trouble_that_passes_is_no_answer(
    serve: Serve, handler: Callable[[Reader, Writer], Awaitable[None]], reason: str, kind: str
) -> None:
    """E1: whatever the wire does, the page is tried again."""

    async def ask() -> None:
        async with serve(handler) as url:
            await told(url, kind, 1.0)

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(ask())
    assert reason == caught.value.reason
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("kind", ["pagerduty", "webhook", "slack"])
@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_a_refusal_for_good_is_told_at_once(serve: Serve, status: str, kind: str) -> None:
    """E1: the next channel is tried at once."""

    async def ask() -> None:
        async with serve(says(status)) as url:
            await told(url, kind)

    with pytest.raises(CannotLook, match=f"page answered HTTP {status[:3]}"):
        asyncio.run(ask())


def test_nobody_listening_no_name_and_no_trust_are_no_answers(
    serve: Serve, certificate: tuple[Path, Path]
) -> None:
    """E1: refused, DNS and TLS."""

    async def reasons() -> list[str]:
        found = []
        async with serve(hangs) as url:
            gone = url
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        async with serve(hangs, context) as trusted_by_nobody:
            for address in (gone, "http://nobody.invalid", trusted_by_nobody):
                with pytest.raises(NoAnswer) as caught:
                    await told(address)
                found.append(caught.value.reason)
        return found

    assert ["refused", "dns", "tls"] == asyncio.run(reasons())


def test_a_page_is_opened_acknowledged_by_a_person_and_resolved(serve: Serve) -> None:
    """The estate's PagerDuty on a socket: one incident over its whole life."""
    now, state = 1_763_866_932.0, PagerDuty(people=(OnCall("Eli", 20.0),))

    async def handler(reader: Reader, writer: Writer) -> None:
        nonlocal state
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.split("\r\n")
        pairs = (line.split(": ", 1) for line in lines if ": " in line)
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = first.split()
        state, reply = pagerduty.handle(state, Request.to(method, target, headers, body), now)
        length = f"content-length: {len(reply.body)}\r\nconnection: close"
        writer.write(f"HTTP/1.1 {reply.status} x\r\n{length}\r\n\r\n".encode())
        writer.write(reply.body)
        await writer.drain()
        await reader.read()

    async def life() -> list[str]:
        nonlocal now
        async with serve(handler) as url:
            http = SocketHttp(Secrets({"PAGER_KEY": KEY, "TOKEN": "t0ken-Zq81"}), "1.2.3")
            channel = Channel(
                "page", "pagerduty", f"{url}/v2/enqueue", "${secrets.PAGER_KEY}", {}, url, "${secrets.TOKEN}"
            )
            tell = Channels({"page": channel}, http)
            said = [await tell.send(Message("page", "run/1#a", "down", "502", "SEV-1"))]
            said.append(await tell.acknowledged("page", "run/1#a", 5.0))
            now += 30.0
            said.append(await tell.acknowledged("page", "run/1#a", 5.0))
            said.append(await tell.send(Message("page", "run/1#a", "", "", action="resolve")))
            await http.close()
        return said

    assert ["run/1#a", "", "Eli", "run/1#a"] == asyncio.run(life())
    assert ["resolved"] == [one.status for one in state.incidents(now)]
    assert KEY not in json.dumps([str(page) for page in state.pages])
