"""What a plan reaches for: hosts, programs and drivers, read from its kinds without asking anything.

A host that is only known during a run (a fact, an input) or that is part of a secret is not among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Final
from urllib.parse import urlsplit

from engine.core.plan import Plan
from engine.kinds.nested import nested
from engine.kinds.uses import ActionUse, CheckUse, Undo

PORTS: Final[Mapping[str, int]] = {
    "http": 80,
    "https": 443,
    "postgres": 5432,
    "postgresql": 5432,
}
_ADDRESS: Final = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_DIALLED: Final = {"tcp": 0, "tls": 443}
"""Kinds whose first field is `host:port`, with the port where none is written."""


@dataclass(frozen=True, slots=True, order=True)
class Host:
    """One place to connect to."""

    name: str
    port: int

    def __str__(self) -> str:
        return f"[{self.name}]:{self.port}" if ":" in self.name else f"{self.name}:{self.port}"


def hosts(plan: Plan) -> tuple[Host, ...]:
    """Return every host that a plan may connect to, once, in order."""
    found = [host for kind in _kinds(plan) for host in _of_kind(kind)]
    for server in plan.mcp.values():
        found += _of_text(server.url)
    for channel in plan.channels.values():
        found += [*_of_text(channel.url), *_of_text(channel.api_url)]
    return tuple(sorted(set(found)))


def programs(plan: Plan) -> tuple[str, ...]:
    """Return every program that a plan may start on this machine, once, in order."""
    found: set[str] = set()
    for kind in _kinds(plan):
        command = getattr(kind, "command", None)
        if getattr(kind, "shell", False):
            found.add("/bin/sh")
        elif isinstance(command, tuple) and command:
            found.add(str(command[0]))
    found |= {server.command[0] for server in plan.mcp.values() if server.command}
    found |= {one.command[0] for one in plan.credentials.values() if one.command}
    if any(one.keys for one in plan.people.values()):
        found.add("ssh-keygen")
    return tuple(sorted(one for one in found if "${" not in one))


def extras(plan: Plan) -> tuple[str, ...]:
    """Return the packages of optional extras that a plan needs."""
    needed = {"mcp": bool(plan.mcp)}
    needed["asyncpg"] = any(
        not str(getattr(kind, "database", "sqlite:")).startswith("sqlite:") for kind in _kinds(plan)
    )
    needed["apprise"] = any(one.type in ("email", "apprise") for one in plan.channels.values())
    return tuple(name for name, wanted in needed.items() if wanted)


def _kinds(plan: Plan) -> Iterator[object]:
    for part in (plan.steps, plan.controls, plan.precautions):
        for use in nested(part):
            if isinstance(use, CheckUse | ActionUse | Undo):
                yield use.kind


def _of_kind(kind: object) -> Iterator[Host]:
    if not is_dataclass(kind):
        return
    port = _DIALLED.get(getattr(kind, "kind", ""))
    for number, field in enumerate(fields(kind)):
        value = getattr(kind, field.name)
        if not isinstance(value, str):
            continue
        if number == 0 and port is not None and not _ADDRESS.match(value):
            yield from _host(f"//{value}", port)
        else:
            yield from _of_text(value)


def _of_text(text: str) -> Iterator[Host]:
    scheme = _ADDRESS.match(text)
    if scheme and scheme[1].lower() in PORTS and not any(letter.isspace() for letter in text):
        yield from _host(text, PORTS[scheme[1].lower()])


def _host(address: str, port: int) -> Iterator[Host]:
    try:
        parts = urlsplit(address)
        name, port = parts.hostname or "", parts.port or port
    except ValueError:
        return
    if name and port and "$" not in name and "{" not in name:
        yield Host(name, port)
