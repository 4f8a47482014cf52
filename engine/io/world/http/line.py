"""One HTTP/1.1 connection: the only place of the live world where bytes of HTTP are read.

Rules. A reply is complete or it is none: a connection that ends early is `reset`, whatever came before.
What had arrived before the end is still read: a server may answer and hang up before it has read our
request. Bytes nobody asked for make a line useless for a second request, else they would pass as its answer.
Nothing the peer sent is quoted in a failure.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TypeAlias

import h11

from engine.io.world.failures import Broken
from engine.kinds.ports import CannotLook, Certificate, Timing

HeaderList: TypeAlias = Sequence[tuple[bytes, bytes]]

MAX_HEAD = 64 * 1024  # bytes of status line and headers
MAX_HEADERS = 256  # real replies have some forty
_MAX_AHEAD = 256 * 1024  # bytes read before anybody asked for them
_SLICE = 16 * 1024  # fed to the parser at once: it enforces MAX_HEAD only between two feeds


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request goes; `insecure` takes a certificate that cannot be verified."""

    tls: bool
    host: str
    port: int
    insecure: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request, ready for the wire; `headers` are complete (Host, Content-Length)."""

    origin: Origin
    method: str
    target: bytes
    headers: HeaderList
    body: bytes = b""


class Line(asyncio.Protocol):
    """One connection: bytes in and out, with the state of the HTTP conversation on it."""

    def __init__(self, place: str, origin: Origin) -> None:
        self.place = place
        self.origin = origin
        self.idle_since = 0.0
        self.heard = False  # any byte of the current reply
        self.timing = Timing()
        self.certificate: Certificate | None = None
        self.gone = asyncio.Event()
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        self._transport: asyncio.Transport | None = None
        self._ahead = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._stir = asyncio.Event()  # something to read
        self._writable = asyncio.Event()
        self._writable.set()
        self._first = 0.0  # when the first byte of the current reply came

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._first = self._first or perf_counter()
        self._ahead += data
        if len(self._ahead) > _MAX_AHEAD and self._transport is not None:
            self._transport.pause_reading()
        self._stir.set()

    def eof_received(self) -> bool:
        self._ended = True
        self._stir.set()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._stir.set()
        self._writable.set()
        self.gone.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    # What an exchange calls.

    def secured(self) -> ssl.SSLObject:
        """Return the TLS below an open line that has some."""
        assert self._transport is not None
        found = self._transport.get_extra_info("ssl_object")
        assert isinstance(found, ssl.SSLObject)
        return found

    async def send(self, outgoing: Outgoing) -> tuple[int, HeaderList]:
        """Send the request and return status and headers of the reply."""
        self.heard, self._first = False, 0.0
        try:
            out = self._http.send(
                h11.Request(method=outgoing.method, target=outgoing.target, headers=list(outgoing.headers))
            )
            if outgoing.body:
                out = (out or b"") + (self._http.send(h11.Data(data=outgoing.body)) or b"")
            out = (out or b"") + (self._http.send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError:
            # Without its text: it quotes the header, and the header may hold a secret.
            raise CannotLook(f"the request for {self.place} is not valid HTTP: check its headers") from None
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(out)
        # A server may answer and hang up before it has read all: then its answer counts, not our write.
        self._stir.clear()
        while not (self._writable.is_set() or self._ahead or self._ended):
            await _either(self._writable, self._stir)
        sent = perf_counter()
        while True:
            event = await self.next_event()
            if isinstance(event, h11.Response):
                # An answer may come before all was sent: then nobody waited for it.
                self.timing = replace(self.timing, first_byte=max(0.0, self._first - sent))
                if len(event.headers) > MAX_HEADERS:
                    raise Broken("too-large", f"{self.place} sent more than {MAX_HEADERS} headers")
                return event.status_code, list(event.headers)
            if not isinstance(event, h11.InformationalResponse):
                raise self._garbled()

    async def next_event(self) -> object:
        """Return the next event of the reply; raises Broken or OSError."""
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise self._judge(error) from None
            if event is h11.PAUSED or isinstance(event, h11.ConnectionClosed):
                raise Broken("reset", f"{self.place} closed the connection without answering")
            if event is not h11.NEED_DATA:
                return event
            if self._http.their_state is h11.SEND_RESPONSE and not self._may_be_http():
                raise self._garbled()  # another protocol's greeting: no use in waiting for more
            data = await self._read()
            if data:
                self.heard = True
            elif self._error is not None:
                raise self._error
            elif self._http.their_state is h11.SEND_RESPONSE:
                raise self._cut_head()
            self._http.receive_data(data)

    def usable(self) -> bool:
        """Return whether an idle line is still clean and open."""
        closing = self._transport is None or self._transport.is_closing()
        return not (self._ended or self._ahead or closing)

    def recycle(self) -> bool:
        """Make ready for the next request; False when this line cannot serve one."""
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not done or self._http.trailing_data != (b"", False) or not self.usable():
            return False
        self._http.start_next_cycle()
        self.timing = Timing()  # of a kept connection, nothing is spent on opening it
        return True

    def drop(self) -> None:
        """Close at once, unsent bytes or not: a polite goodbye could outlast the deadline."""
        if self._transport is not None:
            self._transport.abort()

    async def _read(self) -> bytes:
        while not self._ahead and not self._ended:
            self._stir.clear()
            await self._stir.wait()
        data = bytes(self._ahead[:_SLICE])
        del self._ahead[:_SLICE]
        if len(self._ahead) < _MAX_AHEAD and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        return data

    def _judge(self, error: h11.RemoteProtocolError) -> Broken:
        if error.error_status_hint == 431 and self._speaks_http():
            return Broken("too-large", f"{self.place} sent more than {MAX_HEAD} bytes of headers")
        if self._ended and self._http.trailing_data[1]:
            return Broken("reset", f"{self.place} closed the connection in the middle of the reply")
        return self._garbled()

    def _cut_head(self) -> Broken:
        if not self.heard:
            return Broken("reset", f"{self.place} closed the connection without answering")
        if self._speaks_http():
            return Broken("reset", f"{self.place} closed the connection in the middle of the headers")
        return self._garbled()

    def _speaks_http(self) -> bool:
        return self._http.trailing_data[0][:5] == b"HTTP/"

    def _may_be_http(self) -> bool:
        return b"HTTP/".startswith(self._http.trailing_data[0][:5])

    def _garbled(self) -> Broken:
        return Broken("garbled", f"what {self.place} sent is not HTTP")


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
