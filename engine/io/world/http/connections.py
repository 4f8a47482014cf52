"""HTTP/1.1 exchanges over sockets: opens connections, keeps them, gives them away and closes them.

Rules, each of them a lie that was told without it:

- The caller holds the deadline; cancelled at any await, an exchange drops its connection at once.
- A kept connection is used again only if it is clean (nothing unread, nothing unsolicited, not closed) and
  young: common servers close theirs after five seconds, and a request sent into that gap would look like an
  outage. Only GET and HEAD are asked a second time when a kept connection proves dead; any other method
  gets a fresh connection, since nobody could tell whether the first request was acted upon.
- An unverified certificate is taken only where the request says so, and only after a hand-shake that tried
  to verify it: so the report can say what is wrong with it. Such a connection serves only such requests.
- Idle connections are found in constant time by origin (the stock pool of httpx looks through all of them).
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from time import monotonic, perf_counter

import h11

from engine.io.world.failures import Broken
from engine.io.world.http.line import HeaderList, Line, Origin, Outgoing
from engine.io.world.network.addresses import Address, Addresses, dial
from engine.io.world.network.shown_certificate import shown
from engine.kinds.ports import Certificate, Timing

_IDLE_LIMIT = 2.0  # seconds
_MAX_IDLE = 256  # per origin
_REPEATABLE = frozenset({"GET", "HEAD"})


class Connections:
    """Opens, keeps and closes connections; belongs to one event loop."""

    def __init__(
        self,
        addresses: Addresses | None = None,
        tls: ssl.SSLContext | None = None,
        *,
        always_keep: bool = False,
    ) -> None:
        self._addresses = addresses or Addresses()
        self._tls = tls
        self._blind: ssl.SSLContext | None = None
        self._always_keep = always_keep
        self._idle: dict[Origin, deque[Line]] = {}

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        """Send a request and return its reply once the head is there; raises Broken, OSError, CannotLook."""
        repeatable = outgoing.method in _REPEATABLE
        kept = self._take(outgoing.origin) if repeatable or self._always_keep else None
        if kept is not None:
            try:
                return await self._ask(kept, outgoing)
            except (Broken, OSError):
                if not repeatable or kept.heard:
                    raise
        return await self._ask(await self._open(outgoing.origin), outgoing)

    async def close(self) -> None:
        """Close every idle connection."""
        lines = [line for lines in self._idle.values() for line in lines]
        self._idle.clear()
        for line in lines:
            line.drop()
        for line in lines:
            await line.gone.wait()

    async def _ask(self, line: Line, outgoing: Outgoing) -> Incoming:
        try:
            status, headers = await line.send(outgoing)
        except BaseException:
            line.drop()
            raise
        return Incoming(status, headers, line, self)

    async def _open(self, origin: Origin) -> Line:
        began = perf_counter()
        addresses = await self._addresses.resolve(origin.host, origin.port)
        resolved = perf_counter()
        if not origin.tls:
            line, connected = await self._connect(origin, addresses, None)
            line.timing = Timing(dns=resolved - began, connect=connected - resolved)
            return line
        problem: ssl.SSLCertVerificationError | None = None
        try:
            line, connected = await self._connect(origin, addresses, self._context())
        except ssl.SSLCertVerificationError as error:
            if not origin.insecure:
                raise
            problem = error
            resolved = perf_counter()
            line, connected = await self._connect(origin, addresses, self._unverified())
        line.timing = Timing(
            dns=resolved - began, connect=connected - resolved, tls=perf_counter() - connected
        )
        line.certificate = shown(line.secured(), problem)
        return line

    async def _connect(
        self, origin: Origin, addresses: Sequence[Address], tls: ssl.SSLContext | None
    ) -> tuple[Line, float]:
        """Return an open line and when the connection below TLS was there."""
        sock = await dial(addresses)
        connected = perf_counter()
        line = Line(str(origin), origin)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: line,
                sock=sock,
                ssl=tls,
                server_hostname=origin.host.rstrip(".") if tls else None,
            )
        except BaseException:
            line.drop()
            sock.close()
            raise
        return line, connected

    def _take(self, origin: Origin) -> Line | None:
        lines = self._idle.get(origin)
        while lines:
            line = lines.pop()  # the youngest; once that is too old all are
            if line.usable() and monotonic() - line.idle_since < _IDLE_LIMIT:
                return line
            line.drop()
        return None

    def keep(self, line: Line) -> None:
        """Take a line back whose reply has been read to its end, if it can serve again."""
        lines = self._idle.setdefault(line.origin, deque())
        if len(lines) < _MAX_IDLE and line.recycle():
            line.idle_since = monotonic()
            lines.append(line)
        else:
            line.drop()

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            import certifi  # with httpx; read once, and only when something is asked over TLS

            # Both: the roots of this machine (a company's own) and a complete public list.
            self._tls = ssl.create_default_context()
            self._tls.load_verify_locations(certifi.where())
        return self._tls

    def _unverified(self) -> ssl.SSLContext:
        if self._blind is None:
            self._blind = ssl.create_default_context()
            self._blind.check_hostname = False
            self._blind.verify_mode = ssl.CERT_NONE
        return self._blind


class Incoming:
    """A reply whose head has been read; the body is read by `chunks`, then `close` it."""

    __slots__ = ("_complete", "_connections", "_line", "certificate", "headers", "status", "timing")

    def __init__(self, status: int, headers: HeaderList, line: Line, connections: Connections) -> None:
        self.status = status
        self.headers = headers
        self.timing: Timing = line.timing
        self.certificate: Certificate | None = line.certificate
        self._line = line
        self._connections = connections
        self._complete = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as received; raises Broken when it ends early."""
        while True:
            event = await self._line.next_event()
            if isinstance(event, h11.Data):
                yield bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                self._complete = True
                return
            else:
                raise Broken("garbled", f"{self._line.place} sent something else in the middle of a body")

    def close(self) -> None:
        """Give the connection back after a complete body, drop it otherwise."""
        if self._complete:
            self._complete = False
            self._connections.keep(self._line)
        else:
            self._line.drop()
