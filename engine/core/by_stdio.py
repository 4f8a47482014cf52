"""The command by hand of a tool on a stdio MCP server: the server is started beside the protocol's inspector.

A kind knows the server's name only, and writes its address as `$<SERVER>_MCP_URL`; the plan knows how a stdio
server is started, so it is written in when planning. The server's own words end at `--`, so that none of its
options is taken for one of the inspector's; the inspector passes on only the variables it is given with `-e`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TypeVar, cast

from engine.kinds.by_hand import word
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.model.catalogue import McpServer

T = TypeVar("T")
_ADDRESS = re.compile(r' "\$\w+_MCP_URL" --transport http ')


def with_servers(value: T, servers: Mapping[str, McpServer]) -> T:
    """Return a part of a plan in which tools of stdio servers have a command by hand."""
    local = {name: server for name, server in servers.items() if server.command}
    return cast(T, _written(value, local)) if local else value


def asks(value: object, server: str) -> bool:
    """Say whether any check or action in a part of a plan talks to a server."""
    if isinstance(value, Mapping):
        return any(asks(one, server) for one in value.values())
    if isinstance(value, tuple):
        return any(asks(one, server) for one in value)
    if not is_dataclass(value) or isinstance(value, type):
        return False
    if isinstance(value, CheckUse | ActionUse | Undo) and _server(value.kind) == server:
        return True
    return any(asks(getattr(value, field.name), server) for field in fields(value))


def by_stdio(text: str, server: McpServer) -> str:
    """Return the inspector's line with the server's command in the place of its address."""
    command = " ".join(word(one) for one in server.command)
    variables = "".join(f"-e {word(f'{name}={value}')} " for name, value in server.env.items())
    return _ADDRESS.sub(lambda _: f" {command} -- {variables}", text, count=1)


def _written(value: object, servers: Mapping[str, McpServer]) -> object:
    if isinstance(value, Mapping):
        held = {name: _written(one, servers) for name, one in value.items()}
        return held if any(held[name] is not one for name, one in value.items()) else value
    if isinstance(value, tuple):
        items = tuple(_written(one, servers) for one in value)
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {
        field.name: new
        for field in fields(value)
        if (new := _written(old := getattr(value, field.name), servers)) is not old
    }
    if isinstance(value, CheckUse | ActionUse | Undo) and not value.by_hand:
        server = servers.get(_server(value.kind))
        if server is not None and _ADDRESS.search(text := value.kind.by_hand()):
            changed["by_hand"] = by_stdio(text, server)
    return replace(value, **changed) if changed else value


def _server(kind: object) -> str:
    """Return the server a kind talks to: it names the server, or server and tool."""
    named = getattr(kind, "mcp", None) or getattr(kind, "server", None)
    return named.partition("/")[0] if isinstance(named, str) else ""
