"""The driver's connection to Postgres, dialled by us and counted: an event loop as asyncpg sees it.

Rules. A name is resolved and judged by our own `Addresses`, and it is one of those addresses that is dialled.
Every frame is looked at before the driver gets it: what is no message of Postgres ends the line as garbled
(the driver would wait for gigabytes that a stray length announces), and rows beyond the allowance end it as
too large, so that memory stays flat whatever the server sends.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Callable
from typing import Any, Final, Literal

from engine.io.world.network.addresses import Addresses, dial

_SEEN: Final = frozenset(b"123ACDEGHIKNRSTVWZcdnstv")  # every message a server may send
_LONG: Final = frozenset(b"TDdVENA")  # of them, those that may be long (as in libpq)
_SHORT: Final = 30_000
_HEAD: Final = struct.Struct("!cI")
_ROW: Final = ord("D")
_READY: Final = ord("Z")

Trouble = Literal["", "garbled", "too-large"]


class Meter:
    """What came over one connection."""

    __slots__ = ("allowance", "trouble")

    def __init__(self, allowance: int) -> None:
        self.allowance = allowance
        """Bytes of rows that may still come."""
        self.trouble: Trouble = ""


class Line:
    """The running loop, with connections of our own; hand it to the driver as its loop."""

    def __init__(self, addresses: Addresses, meter: Meter, speaks: type) -> None:
        self._loop = asyncio.get_running_loop()
        self._addresses = addresses
        self._meter = meter
        self._speaks = speaks  # the driver's class for the protocol of Postgres
        self._open: list[asyncio.Transport] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def drop(self) -> None:
        """Close whatever the driver has left open."""
        for transport in self._open:
            transport.abort()

    async def create_connection(
        self, factory: Callable[[], asyncio.Protocol], host: str, port: int
    ) -> tuple[_Tap, asyncio.Protocol]:
        """Connect, and let the protocol hear only what was looked at."""
        sock = await dial(await self._addresses.resolve(host, port))
        protocol = factory()
        try:
            transport, _ = await self._loop.create_connection(lambda: self._metered(protocol), sock=sock)
        except BaseException:
            sock.close()
            raise
        self._open.append(transport)
        return _Tap(transport, self._metered), protocol

    async def create_unix_connection(
        self, factory: Callable[[], asyncio.Protocol], path: str
    ) -> tuple[_Tap, asyncio.Protocol]:
        """Connect to a socket of this machine."""
        protocol = factory()
        transport, _ = await self._loop.create_unix_connection(lambda: self._metered(protocol), path)
        self._open.append(transport)
        return _Tap(transport, self._metered), protocol

    async def start_tls(
        self, tap: _Tap, protocol: asyncio.Protocol, context: ssl.SSLContext, *, server_hostname: str
    ) -> _Tap:
        """Go on encrypted."""
        transport = await self._loop.start_tls(
            tap.transport, protocol, context, server_hostname=server_hostname
        )
        if transport is None:
            raise ConnectionResetError
        self._open.insert(0, transport)
        return _Tap(transport, self._metered)

    def _metered(self, protocol: asyncio.Protocol) -> asyncio.Protocol:
        return _Metered(protocol, self._meter) if isinstance(protocol, self._speaks) else protocol


class _Tap:
    """A transport whose protocol is always the metered one."""

    def __init__(
        self,
        transport: asyncio.Transport,
        metered: Callable[[asyncio.Protocol], asyncio.Protocol],
    ) -> None:
        self.transport = transport
        self._metered = metered

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)

    def set_protocol(self, protocol: asyncio.Protocol) -> None:
        metered = self._metered(protocol)
        if isinstance(metered, _Metered):
            metered.transport = self.transport
        self.transport.set_protocol(metered)


class _Metered(asyncio.Protocol):
    """Hands on what comes, frame by frame as it is counted."""

    def __init__(self, inner: asyncio.Protocol, meter: Meter) -> None:
        self.transport: asyncio.Transport | None = None
        self._inner = inner
        self._meter = meter
        self._head = b""
        self._left = 0  # bytes of the frame that are still to come
        self._opening: bytes | None = b""  # until the server is ready

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._inner.connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()

    def data_received(self, data: bytes) -> None:
        if self._meter.trouble:
            return
        self._count(data)
        if not self._meter.trouble:
            try:
                self._inner.data_received(data)
            except Exception:  # a driver that cannot read it says so in many ways
                self._meter.trouble = "garbled"
        if self._meter.trouble and self.transport is not None:
            self.transport.abort()

    def _count(self, data: bytes) -> None:
        if self._opening is not None:
            self._opening = (self._opening + data)[:_SHORT]
        at, size = 0, len(data)
        while at < size:
            if self._left:
                step = min(self._left, size - at)
                self._left -= step
                at += step
                continue
            step = min(_HEAD.size - len(self._head), size - at)
            self._head += data[at : at + step]
            at += step
            if self._head[0] not in _SEEN:
                self._meter.trouble = "garbled"
                return
            if len(self._head) == _HEAD.size:
                self._begin(*_HEAD.unpack(self._head))
                self._head = b""
                if self._meter.trouble:
                    return

    def _begin(self, mark: bytes, length: int) -> None:
        kind = mark[0]
        if length < 4 or (length > _SHORT and kind not in _LONG):
            self._meter.trouble = "garbled"
        elif kind == _ROW:
            self._meter.allowance -= length
            if self._meter.allowance < 0:
                self._meter.trouble = "too-large"
        elif length > 16_000_000:
            self._meter.trouble = "garbled"
        elif kind == _READY and self._opening is not None:
            if b"server_version\0" not in self._opening:  # the driver would trip over that
                self._meter.trouble = "garbled"
            self._opening = None
        self._left = length - 4
