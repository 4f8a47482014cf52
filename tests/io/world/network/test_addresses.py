"""Addresses: what is never dialled, which failure is told, and look-ups that hang."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence

import pytest

from engine.io.world.network.addresses import Address, Addresses, dial, forbidden
from engine.kinds.ports import CannotLook
from tests.patience import PATIENCE


def _answering(*found: str) -> Addresses:
    def lookup(host: str, port: int) -> Sequence[Address]:
        return [Address(socket.AF_INET6 if ":" in ip else socket.AF_INET, (ip, port)) for ip in found]

    return Addresses(lookup)


@pytest.mark.parametrize(
    "ip",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fe80::1%lo",
        "febf:ffff::1",
    ],
)
def test_link_local_and_metadata_addresses_are_known_in_every_wrapping(ip: str) -> None:
    """IPv4 addresses carried in IPv6 ones are unwrapped."""
    assert forbidden(ip)


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "10.0.0.1", "::1", "::", "fd00:ec2::253", "fec0::1", "192.168.0.1"]
)
def test_private_addresses_are_left_to_policy(ip: str) -> None:
    """Private ranges are legitimate targets of runbooks."""
    assert not forbidden(ip)


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "0xA9FEA9FE", "2852039166", "0251.0376.0251.0376", "169.254.43518"]
)
def test_odd_spellings_of_a_metadata_address_are_refused(host: str) -> None:
    """The system's own reading of a number decides, not ours."""
    with pytest.raises(CannotLook, match="cloud metadata"):
        asyncio.run(Addresses().resolve(host, 80))


def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    """A name that also leads to the metadata service is not asked at all."""
    with pytest.raises(CannotLook, match="cloud metadata"):
        asyncio.run(_answering("127.0.0.1", "169.254.169.254").resolve("mixed.test", 80))


@pytest.mark.parametrize("host", ["a..b", "x" * 64 + ".test"])
def test_what_cannot_be_a_name_is_a_name_error(host: str) -> None:
    """Labels that are empty or too long end like names nobody has."""
    with pytest.raises(socket.gaierror):
        asyncio.run(Addresses().resolve(host, 80))


def test_many_who_ask_the_same_name_share_one_look_up() -> None:
    """A hundred checks of one host start one look-up."""
    asked: list[str] = []
    go = threading.Event()

    def lookup(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        go.wait(PATIENCE)
        return [Address(socket.AF_INET, ("127.0.0.1", port))]

    async def ask() -> list[Sequence[Address]]:
        addresses = Addresses(lookup)
        tasks = [asyncio.create_task(addresses.resolve("one.test", 80)) for _ in range(100)]
        await asyncio.sleep(0)
        go.set()
        return await asyncio.gather(*tasks)

    assert 100 == len(asyncio.run(ask()))
    assert ["one.test"] == asked


def test_one_who_gives_up_does_not_end_the_look_up_of_the_others() -> None:
    """The shared look-up outlives the first deadline."""
    go = threading.Event()

    def lookup(host: str, port: int) -> Sequence[Address]:
        go.wait(PATIENCE)
        return [Address(socket.AF_INET, ("127.0.0.1", port))]

    async def ask() -> Sequence[Address]:
        addresses = Addresses(lookup)
        hasty = asyncio.create_task(addresses.resolve("one.test", 80))
        patient = asyncio.create_task(addresses.resolve("one.test", 80))
        await asyncio.sleep(0)
        hasty.cancel()
        await asyncio.wait([hasty])
        go.set()
        return await patient

    assert [Address(socket.AF_INET, ("127.0.0.1", 80))] == asyncio.run(ask())


def test_a_hung_look_up_does_not_hold_the_program() -> None:
    """The thread dies with the program instead of being waited for."""
    code = (
        "import asyncio, threading\n"
        "from engine.io.world.network.addresses import Addresses\n"
        "hang = Addresses(lambda host, port: threading.Event().wait(600))\n"
        "asyncio.run(asyncio.wait_for(hang.resolve('slow.test', 80), 0.1))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert "TimeoutError" in done.stderr


def test_an_address_that_refuses_does_not_stop_the_next() -> None:
    """A host with a dead address is reached by its living one."""

    async def reach() -> tuple[str, int]:
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            dead = Address(socket.AF_INET, ("127.0.0.2", port))
            sock = await dial([dead, Address(socket.AF_INET, ("127.0.0.1", port))])
            peer: tuple[str, int] = sock.getpeername()
            sock.close()
            return peer[0], peer[1] - port

    assert ("127.0.0.1", 0) == asyncio.run(reach())


def test_a_silent_address_gives_way_to_the_next() -> None:
    """An address whose listener accepts nothing more does not eat the deadline."""

    async def reach() -> str:
        full = socket.socket()
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]  # beyond the backlog the kernel drops what knocks
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.2", port)
        async with server, asyncio.timeout(PATIENCE):
            sock = await dial([Address(socket.AF_INET, (ip, port)) for ip in ("127.0.0.1", "127.0.0.2")])
        host: str = sock.getpeername()[0]
        for one in (sock, full, *fillers):
            one.close()
        return host

    assert "127.0.0.2" == asyncio.run(reach())


def test_a_refusal_is_told_rather_than_a_missing_route() -> None:
    """Of several failures the target's own answer is the one that explains."""
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    nowhere = Address(socket.AF_INET6, ("2001:db8::1", port, 0, 0))
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(dial([nowhere, Address(socket.AF_INET, ("127.0.0.1", port))]))
