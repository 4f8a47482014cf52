"""From a host name to a connected socket.

Rules. A name is resolved once, every address it gives is judged, and it is one of *those* addresses that is
connected to: nobody resolves a second time, so an answer cannot change in between. Link-local addresses and
those of cloud metadata services are never dialled, in any spelling. Name look-ups run in daemon threads:
they cannot be cancelled, and a hung one may hold up neither a deadline nor the end of the program.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeAlias

from engine.kinds.ports import CannotLook

SockAddr: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

_NEVER = (
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("fe80::/10"),
    ipaddress.ip_network("fd00:ec2::254/128"),
)
_NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))
_HEAD_START = 0.25  # seconds one address has before the next is tried beside it (RFC 8305)


@dataclass(frozen=True, slots=True)
class Address:
    """One place to connect to."""

    family: int
    sockaddr: SockAddr


Lookup: TypeAlias = Callable[[str, int], Sequence[Address]]


def look_up(host: str, port: int, flags: int = 0) -> Sequence[Address]:
    """Ask the system for the addresses of a host; blocks."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    return [Address(family, _sockaddr(sockaddr)) for family, _, _, _, sockaddr in found]


def plain_host(host: str) -> str:
    """Return the one spelling of a host: lower case, no dot at the end, numbers as the system reads them."""
    bare = host.lower().rstrip(".")
    try:
        address = look_up(bare, 0, socket.AI_NUMERICHOST)[0].sockaddr[0]
    except (OSError, UnicodeError):
        return _ascii(bare)
    mapped = ipaddress.IPv6Address(address.partition("%")[0]).ipv4_mapped if ":" in address else None
    return str(mapped) if mapped else address


def _ascii(name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return name


class Addresses:
    """Names to addresses, one look-up at a time for the same name."""

    def __init__(self, lookup: Lookup = look_up) -> None:
        self._lookup = lookup
        self._asking: dict[tuple[str, int], asyncio.Future[Sequence[Address]]] = {}

    async def resolve(self, host: str, port: int) -> Sequence[Address]:
        """Return where to connect; raises CannotLook for a forbidden place, socket.gaierror for none."""
        if not 0 < port < 65_536:  # the system would silently take it modulo 65536
            raise CannotLook(f"{port} is no port: use 1 to 65535")
        try:
            found = look_up(host, port, socket.AI_NUMERICHOST)
        except socket.gaierror:
            found = await self._ask(host, port)
        except UnicodeError:  # a label that is empty or too long is a name nobody has
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
        for address in found:
            if forbidden(address.sockaddr[0]):
                raise CannotLook(f"{host} leads to a link-local or cloud metadata address: never asked")
        return found

    async def _ask(self, host: str, port: int) -> Sequence[Address]:
        key = (host, port)
        answer = self._asking.get(key)
        if answer is None:
            answer = self._asking[key] = _in_thread(self._lookup, host, port)
            answer.add_done_callback(lambda _: self._asking.pop(key, None))
        # Shielded: the look-up is shared, and one deadline must not end it for the others.
        return await asyncio.shield(answer)


async def dial(addresses: Sequence[Address]) -> socket.socket:
    """Return a socket connected to the first address that answers; raises the OSError of the best try."""
    trying: set[asyncio.Task[socket.socket]] = set()
    errors: list[OSError] = []
    waiting = list(addresses)
    try:
        while waiting or trying:
            if waiting:
                trying.add(asyncio.create_task(_connect(waiting.pop(0))))
            done, trying = await asyncio.wait(
                trying, timeout=_HEAD_START if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            won: socket.socket | None = None
            for task in done:
                error = task.exception()
                if isinstance(error, OSError):
                    errors.append(error)
                elif error is not None:
                    raise error
                elif won is None:
                    won = task.result()
                else:
                    task.result().close()
            if won is not None:
                return won
    finally:
        for task in trying:
            task.add_done_callback(_close_late)
            task.cancel()
    # "Refused" is an answer of the target and says more than "no route" over a protocol we lack.
    refused = [error for error in errors if isinstance(error, ConnectionRefusedError)]
    raise (refused or errors or [OSError("the name has no address")])[0]


def forbidden(address: str) -> bool:
    """Return whether this is a link-local or metadata address, also when wrapped into an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    wrapped: ipaddress.IPv4Address | None = None
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        low = int(ip) & 0xFFFFFFFF
        old = int(ip) >> 32 == 0 and low > 1  # the IPv4-compatible form
        if old or any(ip in network for network in _NAT64):
            wrapped = ipaddress.IPv4Address(low)
    return any(one in network for one in (ip, wrapped) if one is not None for network in _NEVER)


async def _connect(address: Address) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address.sockaddr)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


def _in_thread(lookup: Lookup, host: str, port: int) -> asyncio.Future[Sequence[Address]]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Sequence[Address]] = loop.create_future()

    def settle(found: Sequence[Address], error: OSError | None) -> None:
        if answer.done():
            return
        if error is None:
            answer.set_result(found)
        else:
            answer.set_exception(error)
            answer.exception()  # everybody who asked may have gone; then nobody need hear of it

    def ask() -> None:
        found: Sequence[Address] = ()
        error: OSError | None = None
        try:
            found = lookup(host, port)
        except OSError as failure:
            error = failure
        except UnicodeError:
            error = socket.gaierror(socket.EAI_NONAME, "not a host name")
        with suppress(RuntimeError):  # the loop has closed: the run is over
            loop.call_soon_threadsafe(settle, found, error)

    threading.Thread(target=ask, name="name-lookup", daemon=True).start()
    return answer


def _sockaddr(raw: tuple[object, ...]) -> SockAddr:
    match raw:
        case (str(host), int(port)):
            return host, port
        case (str(host), int(port), int(flow), int(scope)):
            return host, port, flow, scope
    raise OSError(f"an address of a kind we do not know: {raw!r}")
