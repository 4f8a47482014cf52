"""One MCP server of the catalogue: where it is or how it is started, and which of its tools may be called."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from engine.model.catalogue import McpServer as Described


@dataclass(frozen=True, slots=True)
class McpServer:
    """One server; `url`, headers and `env` may hold `${secrets.NAME}`; only what `tools` names is called."""

    name: str
    url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    tools: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    """The program of a stdio server and its arguments; never read by a shell."""
    env: Mapping[str, str] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    """Tool to its fingerprint; where there is one, a tool without is refused."""

    @property
    def line(self) -> str:
        """Return the whole command of a stdio server as a shell would be given it; no values of `env`."""
        return shlex.join(self.command)


@dataclass(frozen=True, slots=True)
class Start:
    """A stdio server that was started."""

    server: str
    line: str
    """The whole command, never cut."""
    pid: int


@dataclass(slots=True)
class Sent:
    """Whether a call has come as far as its tool: before that, it has certainly not run."""

    tool: bool = False


def servers_of(described: Mapping[str, Described], drills: bool = False) -> dict[str, McpServer]:
    """Return the servers of a plan.

    In an environment marked for drills a server at an address of this machine is a stand-in: it is no more
    than like the real one, and what was read of that says nothing about it. So its pins are left out.
    """
    return {
        name: McpServer(
            name,
            one.url,
            dict(one.headers),
            tuple(one.tools),
            tuple(one.command),
            dict(one.env),
            {} if drills and stands_in(one) else dict(one.pins),
        )
        for name, one in described.items()
    }


def stands_in(server: Described | McpServer) -> bool:
    """Say whether a server of an environment for drills is a stand-in: it has an address of this machine."""
    try:
        return not server.command and urlsplit(server.url).hostname in ("127.0.0.1", "::1", "localhost")
    except ValueError:
        return False
