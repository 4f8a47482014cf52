"""Pins of MCP tools: what every server lists now, beside what was pinned.

Nothing is called but the list, and no file is written: a block to paste keeps the comments of the team's own
YAML. Servers are planned as for a run, so that address, secrets and redaction are the same.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import engine
from engine.app.credentials import redactor_of, secrets_of
from engine.app.library import Library
from engine.app.parts import guard_of
from engine.app.running import chosen_environment, needs_sandbox
from engine.app.sandbox import attach
from engine.core.plan import Plan, Request, make_plan
from engine.io.redaction import Redactor
from engine.io.world.mcp.pins import Listed
from engine.io.world.mcp.server import McpServer, servers_of, stands_in
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean
from engine.kinds.nodes import Node
from engine.kinds.ports import CannotLook, McpFault, NoAnswer
from engine.kinds.steps.ask import AskStep
from engine.model.runbook import Runbook

if TYPE_CHECKING:
    from engine.io.world.guard import Guard
    from engine.io.world.mcp.clients import McpClients

State = Literal["same", "changed", "new", "gone", "twice", "unreachable"]
SECONDS = 60.0
"""The first start of a launcher such as npx downloads its server."""
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NO_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


@dataclass(frozen=True, slots=True)
class Pin:
    """One tool: pinned, and listed now."""

    server: str
    tool: str
    allowed: bool
    pinned: str
    current: str
    state: State
    description: str = ""
    """What the server says of it now; a claim."""
    definition: str = ""
    """All that a pin is taken of, as canonical JSON."""

    @property
    def well(self) -> bool:
        """Return whether a call would not be refused over this; what may not be called does no harm."""
        return self.state == "same" or (self.state == "new" and not self.allowed)


@dataclass(frozen=True, slots=True)
class ServerPins:
    """One server and its tools."""

    server: str
    place: str
    """Its address, or its whole command."""
    pins: tuple[Pin, ...]
    why: str = ""
    """Why it could not be asked."""
    stand_in: bool = False
    """It is one of the sandbox's: its pins say nothing about the real server, and are not for pasting."""

    @property
    def well(self) -> bool:
        """Return whether every allowed tool can be called; without any pin, new tools can."""
        pinned = any(pin.pinned for pin in self.pins)
        return not self.why and all(pin.well or (pin.state == "new" and not pinned) for pin in self.pins)


def pins_of(library: Library, environment: str = "", server: str = "") -> tuple[ServerPins, ...]:
    """Return servers with their pins; raises UsageError or FileErrors."""
    known = library.catalogue.mcp
    if server and server not in known:
        hint = did_you_mean(server, known) or f"known: {', '.join(known) or 'none'}"
        raise UsageError(f"no MCP server is called '{server}'", hint=hint)
    plan = _plan(library, environment) if known else None
    if plan is None:
        return ()
    secrets = secrets_of(plan, library.workspace.environ, library.workspace.root)
    redactor = redactor_of(plan, secrets)
    guard = guard_of(plan, secrets, library.workspace.root)
    servers = servers_of({name: one for name, one in plan.mcp.items() if server in ("", name)})

    async def look() -> tuple[ServerPins, ...]:
        from engine.io.world.mcp.clients import McpClients

        environ, root = library.workspace.environ, library.workspace.root
        clients = McpClients(servers, secrets, engine.__version__, environ=environ, root=root)
        try:
            found = await asyncio.gather(
                *(asked(one, clients, redactor, guard=guard) for one in servers.values())
            )
            return (
                *(replace(one, stand_in=plan.drills and stands_in(servers[one.server])) for one in found),
                *(
                    ServerPins(name, one.url, (), f"{one.url} has no value in environment {plan.environment}")
                    for name, one in known.items()
                    if server in ("", name) and name not in plan.mcp
                ),
            )
        finally:
            await clients.close()

    return asyncio.run(look())


async def asked(
    server: McpServer,
    clients: McpClients,
    redactor: Redactor,
    timeout: float = SECONDS,
    guard: Guard | None = None,
) -> ServerPins:
    """Ask one server for its tools, if policy lets us."""
    place = redactor.text(server.line or server.url)
    try:
        if guard and (refused := guard.server(server.name, "read")):
            raise CannotLook(f"refused by policy: {refused}")
        tools = await clients.tools(server.name, timeout)
    except NoAnswer as none:
        return ServerPins(
            server.name, place, _unreachable(server), redactor.text(f"no answer: {none.detail}")
        )
    except CannotLook as cannot:
        return ServerPins(server.name, place, _unreachable(server), redactor.text(str(cannot)))
    except McpFault as fault:
        said = redactor.text(f"protocol error {fault.code}: {fault.message}")
        return ServerPins(server.name, place, _unreachable(server), said)
    clean = tuple(
        replace(one, description=redactor.text(one.description), definition=redactor.text(one.definition))
        for one in tools
    )
    return ServerPins(server.name, place, compared(server, clean))


def compared(server: McpServer, tools: Sequence[Listed]) -> tuple[Pin, ...]:
    """Hold what a server lists against its pins: its own order, then what is gone."""
    found: dict[str, list[Listed]] = {}
    for one in tools:
        found.setdefault(one.name, []).append(one)
    names = dict.fromkeys([*found, *server.tools, *server.pins])
    return tuple(_pin(server, name, found.get(name, [])) for name in names)


def block(servers: Iterable[ServerPins]) -> str:
    """Return the pins of all allowed tools as YAML to paste; a server with none to give has a comment."""
    rows = ["mcp:"]
    for server in servers:
        rows.append(f"  {_key(server.server)}:")
        if server.why or server.stand_in:
            why = f"not asked: {server.why.splitlines()[0]}" if server.why else "a stand-in: pin the real one"
            rows.append(f"    # {why}")
            continue
        allowed = [pin for pin in server.pins if pin.allowed and pin.current and pin.state != "twice"]
        rows.append("    pins:" if allowed else "    pins: {}")
        rows += [f"      {_key(pin.tool)}: {pin.current}" for pin in allowed]
    return "\n".join(rows)


def _plan(library: Library, environment: str) -> Plan:
    """Plan a run of nothing, which resolves servers as any run does."""
    catalogue = replace(library.catalogue, controls={}, precautions={}, channels={})
    chosen = chosen_environment(library, environment)
    step = AskStep(ask="Which tools are pinned?", options={"done": "Done"})
    runbook = Runbook(runbook="pins", title="Pins", steps={"look": Node(step=step)})
    drills = chosen in catalogue.environments and catalogue.environments[chosen].drills
    urls = attach(library.workspace).urls if drills and needs_sandbox(library, chosen) else {}
    return make_plan(
        runbook, library.runbook, catalogue, Request(run="PINS", environment=chosen, sandbox=urls)
    )


def _pin(server: McpServer, name: str, found: Sequence[Listed]) -> Pin:
    pinned = server.pins.get(name, "")
    state: State = "new"
    if not found:
        state = "gone"
    elif len(found) > 1:
        state = "twice"
    elif pinned:
        state = "same" if found[0].same_as(pinned) else "changed"
    current = found[0].fingerprint if found else ""
    said = found[0].description if found else ""
    definition = found[0].definition if found else ""
    return Pin(server.name, name, name in server.tools, pinned, current, state, said, definition)


def _unreachable(server: McpServer) -> tuple[Pin, ...]:
    names = dict.fromkeys([*server.tools, *server.pins]) or {"": None}  # its row says that it did not answer
    return tuple(
        Pin(server.name, name, name in server.tools, server.pins.get(name, ""), "", "unreachable")
        for name in names
    )


def _key(name: str) -> str:
    """Return a name as a key of YAML: quoted where it could be read as anything else."""
    return name if _BARE.fullmatch(name) and name.lower() not in _NO_WORDS else json.dumps(name)


def data_of(servers: Iterable[ServerPins]) -> list[Mapping[str, str | bool]]:
    """Return one row per tool, for programs."""
    return [
        {
            "server": pin.server,
            "tool": pin.tool,
            "allowed": pin.allowed,
            "pinned": pin.pinned,
            "current": pin.current,
            "state": pin.state,
            "description": pin.description,
            "definition": pin.definition,
            "stand_in": server.stand_in,
            "why": server.why,
        }
        for server in servers
        for pin in server.pins
    ]
