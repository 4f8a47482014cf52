"""TCP: connected, refused, no such name, a name look-up that hangs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from urllib.parse import urlsplit

import pytest

from engine.io.world.network.addresses import Address, Addresses
from engine.io.world.network.tcp import SocketTcp
from engine.kinds.ports import CannotLook, NoAnswer
from tests.patience import PATIENCE

Serve = Callable[..., AbstractAsyncContextManager[str]]


def test_a_listening_port_answers_with_its_seconds(serve: Serve) -> None:
    """Connecting is the proof; nothing is sent."""
    got: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.read())

    async def dial() -> float:
        async with serve(listen) as url:
            seconds = await SocketTcp().dial("localhost", urlsplit(url).port or 0, 5)
            while not got:
                await asyncio.sleep(0)
            return seconds

    assert 0 < asyncio.run(dial()) < 5
    assert [b""] == got


def test_a_closed_port_refuses() -> None:
    """Nobody listens: refused, at once."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoAnswer) as caught:
        asyncio.run(SocketTcp().dial("127.0.0.1", port, 5))
    assert ("refused", f"127.0.0.1:{port} refused the connection") == (
        caught.value.reason,
        caught.value.detail,
    )


def test_a_name_nobody_has_is_a_dns_failure() -> None:
    """The failure names the place, not the resolver's words."""

    def lookup(host: str, port: int) -> Sequence[Address]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(SocketTcp(Addresses(lookup)).dial("no.test", 80, 5))
    assert ("dns", "the name of no.test:80 cannot be resolved") == (caught.value.reason, caught.value.detail)


def test_a_hung_name_look_up_ends_with_the_deadline() -> None:
    """The look-up goes on in its thread; neither the call nor the end of the loop waits for it."""
    release = threading.Event()

    def lookup(host: str, port: int) -> Sequence[Address]:
        release.wait(PATIENCE)
        return []

    with pytest.raises(NoAnswer) as caught:
        asyncio.run(SocketTcp(Addresses(lookup)).dial("slow.test", 80, 0.2))
    assert not release.is_set()
    release.set()
    assert "timeout" == caught.value.reason
    assert 0.2 <= caught.value.seconds < 0.7


def test_an_impossible_port_is_not_dialled() -> None:
    """A wrong number in a runbook is no outage."""
    with pytest.raises(CannotLook, match="70000 is no port"):
        asyncio.run(SocketTcp().dial("127.0.0.1", 70000, 5))
