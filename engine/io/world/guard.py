"""What a run may reach, as the catalogue says it (`guards.access`), and what it may never reach.

Rules:

1. A place is judged by the one spelling of its host, after values of secrets are put in, and localhost is
   127.0.0.1; it is named in a refusal only where the author wrote it himself. Whoever connects asks again
   about every hop (`host`).
2. An empty list limits nothing, so that a runbook of twelve lines runs; but link-local and cloud metadata
   addresses are never asked, and no file outside the workspace is read unless `read` names it.
3. In an environment marked for drills only its own targets may be reached, whatever the lists say, by checks,
   actions and messages alike: the stand-ins, and what the environment itself names on this machine. A program
   is started only where `commands` lists it.
4. How the people of a team are reached is not limited by `hosts`: a page must not be lost to that list.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from engine.io.world.network.addresses import forbidden, plain_host
from engine.io.world.sql.postgres_address import PostgresAddress
from engine.kinds.ports import CannotLook, CommandRequest
from engine.kinds.uses import Effect
from engine.model.access import NO_SHELL, program_refused
from engine.model.catalogue import Channel, McpServer
from engine.model.guards import Access

_PORTS: Mapping[str, int] = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432}
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Guard:
    """The answer to "may this be reached?": a reason, or nothing."""

    access: Access = field(default_factory=Access)
    root: Path = field(default_factory=Path)
    fill: Callable[[str], str] = str
    """Puts the values of secrets into an http address; raises CannotLook."""
    servers: Mapping[str, McpServer] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    only: frozenset[Place] | None = None
    """Of a drill: the sandbox's own places. None: this is no drill."""
    fill_database: Callable[[str], str] = str
    """As `fill`, for the address of a database: escaped as the client that dials it does."""

    def host(self, host: str, port: int) -> str:
        """Return why a place may not be reached, empty when it may; `SocketHttp` asks for every hop."""
        place = plain_host(host)
        if _forbidden(place):
            return f"{host} is a link-local or cloud metadata address, which is never asked"
        if self.only is not None:
            if (_loopback(place), port) in self.only:
                return ""
            return f"{host}:{port} is not in the sandbox, and a drill reaches nothing else"
        if not self.access.hosts or any(self._listed(name, port) for name in _names(place)):
            return ""
        if (_loopback(place), port) in places(self._people()):
            return ""
        return f"host {host} is not on the list (guards.access.hosts)"

    def url(self, url: str) -> str:
        """Return why an http address may not be asked; raises CannotLook where a value is missing."""
        filled = self.fill(url)
        place = _place(filled)
        if place is None:
            return "" if self.only is None else "an address without a host is not in the sandbox"
        return _unnamed(self.host(*place), url, filled)

    def database(self, dsn: str) -> str:
        """Return why a database may not be asked; raises CannotLook."""
        filled = self.fill_database(dsn)
        if filled.lower().startswith("sqlite:"):
            return _unnamed(self.file(filled.partition("///")[2]), dsn, filled)
        address = PostgresAddress.parse(filled)
        if not address.host.startswith("/"):
            return _unnamed(self.host(address.host, address.port), dsn, filled)
        if self.only is not None:
            return "a socket of this machine is not in the sandbox, and a drill reaches nothing else"
        if not self.access.hosts or self._listed("localhost", address.port):  # in that word: it is no address
            return ""
        return _unnamed("host localhost is not on the list (guards.access.hosts)", dsn, filled)

    def command(self, request: CommandRequest, effect: Effect) -> str:
        """Return why a program may not be started."""
        if request.shell:
            if not self.access.shell:
                return NO_SHELL
            return "" if self.only is None else "a drill starts no shell"
        return self.program(request.argv, effect)

    def program(self, argv: tuple[str, ...], effect: Effect) -> str:
        """Return why a program may not be started with these arguments."""
        name = argv[0] if argv else ""
        if not self.access.commands:
            if self.only is None:
                return ""
            return f"a drill starts {name} only if it is on the list (guards.access.commands)"
        return program_refused(argv, effect, self.access.commands)

    def file(self, path: str) -> str:
        """Return why a file may not be read, links followed to where they lead."""
        real = Path(os.path.realpath(self.root / path))
        allowed = (self.root, *(self.root / one for one in self.access.read))
        if any(real.is_relative_to(os.path.realpath(one)) for one in allowed):
            return ""
        return f"{path} is outside the workspace (guards.access.read)"

    def server(self, name: str, effect: Effect) -> str:
        """Return why an MCP server may not be asked; one that nobody knows is somebody else's to refuse."""
        server = self.servers.get(name)
        if server is None:
            return ""
        return self.program(server.command, effect) if server.command else self.url(server.url)

    def channel(self, name: str) -> str:
        """Return why nothing may be sent by a channel: in a drill it must lead into the sandbox."""
        channel = self.channels.get(name)
        if channel is None or self.only is None:
            return ""
        found = places(_filled(self.fill, (channel.url, channel.api_url)))
        if found and all((_loopback(host), port) in self.only for host, port in found):
            return ""
        return f"channel {name} does not lead into the sandbox, and a drill reaches nothing else"

    def _listed(self, name: str, port: int) -> bool:
        return any(_fits(one, name, port) for one in self.access.hosts)

    def _people(self) -> list[str]:
        return _filled(self.fill, [one for c in self.channels.values() for one in (c.url, c.api_url)])


def places(urls: Iterable[str]) -> frozenset[Place]:
    """Return host and port of every address that has them."""
    found = (_place(url) for url in urls)
    return frozenset((_loopback(plain_host(host)), port) for host, port in filter(None, found))


def _filled(fill: Callable[[str], str], urls: Iterable[str]) -> list[str]:
    found: list[str] = []
    for url in urls:
        try:
            found.append(fill(url))
        except CannotLook:
            continue  # the channel will say so itself
    return found


def _place(url: str) -> Place | None:
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (host, port) if host and port else None


def _unnamed(why: str, written: str, filled: str) -> str:
    """Return a refusal that does not quote an address that is a secret."""
    if not why or not written.startswith("${secrets."):
        return why
    name = written.partition("${secrets.")[2].partition("}")[0]
    return why if filled == written else f"what {name} leads to is not on the list, or not in the sandbox"


def _names(host: str) -> tuple[str, ...]:
    """Return what a place may be called on the list."""
    return ("localhost", "127.0.0.1") if host in ("localhost", "127.0.0.1") else (host,)


def _loopback(host: str) -> str:
    return "127.0.0.1" if host == "localhost" else host


def _forbidden(place: str) -> bool:
    try:
        return forbidden(place)
    except ValueError:
        return False  # a name: its addresses are judged when it is resolved


def _fits(pattern: str, host: str, port: int) -> bool:
    wanted, colon, only = pattern.rpartition(":")
    if not colon or not only.isdigit() or (":" in wanted and not wanted.startswith("[")):
        wanted, only = pattern, ""
    if only and int(only) != port:
        return False
    if wanted.startswith("*."):
        return host.endswith(wanted[1:].lower())
    return wanted == "*" or plain_host(wanted.strip("[]")) == host
