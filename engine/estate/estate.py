"""The estate, and what may happen to it: a request, time passing (`striking.py`), a fault.

Two shells drive it. In virtual time a request is `handle`d in one go. On sockets it is `admit`ted, served by
the machine's own process with `surroundings`, and `absorb`ed; everything else is the same code.
"""

from __future__ import annotations

from dataclasses import replace

from engine.estate import agent_service, chatwoot, dashboard, edge, llamaindex
from engine.estate import fly as platform
from engine.estate.edge import Forward
from engine.estate.faults import WireTrouble
from engine.estate.fly import App
from engine.estate.machine import Machine, applies
from engine.estate.memory import AgentMemory, Approval, DashboardMemory, LlamaMemory
from engine.estate.state import AGENT, DATABASE, LLAMAINDEX, EstateState
from engine.estate.striking import advance, apply, heal, healed_by, schedule
from engine.estate.surroundings import RagState, Surroundings
from engine.estate.tiles import GOOD_DAY, Tiles, tiles
from engine.estate.vendors import ask_vendor
from engine.estate.wire import Reply, Request, broken

__all__ = [
    "AGENT",
    "DATABASE",
    "LLAMAINDEX",
    "EstateState",
    "absorb",
    "admit",
    "advance",
    "apply",
    "handle",
    "heal",
    "schedule",
    "spoil",
    "surroundings",
]


def handle(state: EstateState, service: str, request: Request, now: float) -> tuple[EstateState, Reply]:
    """Answer one request to one service, in virtual time."""
    state, outcome = admit(state, service, request, now)
    if isinstance(outcome, Reply):
        return state, outcome
    machine = edge.chosen(state.fly, outcome)
    arrives = now + outcome.wait
    around = surroundings(state, machine)
    if isinstance(machine.memory, LlamaMemory) or _app(state, machine).serves == "llamaindex":
        held = machine.memory if isinstance(machine.memory, LlamaMemory) else LlamaMemory()
        kept, reply = llamaindex.handle(held, request, arrives, around)
        machine = replace(machine, memory=kept)
    elif _app(state, machine).serves == "chatwoot":
        reply = chatwoot.handle(request, arrives, around)
    elif _app(state, machine).serves == "dashboard":
        cache = machine.memory if isinstance(machine.memory, DashboardMemory) else DashboardMemory()
        kept_cache, reply = dashboard.serve(cache, request, arrives, around)
        machine = replace(machine, memory=kept_cache)
    else:
        files = machine.memory if isinstance(machine.memory, AgentMemory) else AgentMemory()
        kept_files, reply = agent_service.handle(files, request, arrives, around)
        machine = replace(machine, memory=kept_files)
        state = absorb(state, kept_files.wrote)
    state = replace(state, fly=platform.with_machine(state.fly, machine))
    return state, spoil(state, service, edge.passed(reply, outcome))


def admit(
    state: EstateState, service: str, request: Request, now: float
) -> tuple[EstateState, Reply | Forward]:
    """Bring the estate up to now and answer, or say which machine's process is to answer."""
    state = advance(state, now)
    trouble = state.conditions.wire.get(service)
    if not state.reachable(service):
        return state, broken("refuse")
    if trouble is not None and (trouble.fault == "hang" or (trouble.fault == "reset" and trouble.before)):
        return state, broken(trouble.fault)
    if state.fly.app(service) is not None:
        fly, outcome = edge.route(state.fly, service, now)
        state = replace(state, fly=fly)
        return state, spoil(state, service, outcome) if isinstance(outcome, Reply) else outcome
    changes = len(state.changes)
    state, reply = ask_vendor(state, service, request, now)
    made = state.changes[changes:]
    state = healed_by(state, made, now)
    if made and trouble is not None and trouble.unheard:
        return state, replace(reply, fault="reset")
    return state, spoil(state, service, reply)


def surroundings(state: EstateState, machine: Machine) -> Surroundings:
    """Return what the process of a machine finds outside itself."""
    held = state.conditions
    app = _app(state, machine)
    return Surroundings(
        booted_at=machine.started_at,
        secrets=tuple(secret.name for secret in app.secrets),
        openai=held.openai,
        database=held.database and not any(a.kind == "refused" for a in app.ailments),
        rag=_rag(state),
        rows=state.database.approvals if app.serves == "agent-service" else (),
        cli_missing=any(a.kind == "missing-cli" and applies(a, machine) for a in app.ailments),
        hung=machine.hung,
        uncited=any(a.kind == "uncited" and applies(a, machine) for a in app.ailments),
        limited_until=held.limited_until,
        limited_client=held.limited_client,
        redis=held.redis,
        refused=any(a.kind == "refused" for a in app.ailments),
        unprepared=any(a.kind == "unprepared" for a in app.ailments),
        revoked=app.name in held.revoked,
        foreign=app.name in held.foreign,
        quiet=app.name in held.quiet,
        version=held.version if app.serves == "chatwoot" else "",
        tiles=_tiles(state, app, machine) if app.serves == "dashboard" else GOOD_DAY,
        approvals_seconds=sum(
            entry.fault.number("seconds", 31.0)
            for entry in state.active
            if entry.fault.kind == agent_service.SLOW and entry.fault.service == app.name
        ),
    )


def absorb(state: EstateState, rows: tuple[Approval, ...]) -> EstateState:
    """Return the estate with the rows a process wrote to the database."""
    return replace(state, database=state.database.insert(rows)) if rows else state


def spoil(state: EstateState, service: str, reply: Reply) -> Reply:
    """Return the reply as a fault below the protocol leaves it."""
    trouble = state.conditions.wire.get(service, WireTrouble(None))
    if reply.fault is not None:
        return reply
    return replace(reply, after=reply.after + trouble.seconds, fault=trouble.fault)


def _rag(state: EstateState) -> RagState:
    """Return how the agent service finds the LlamaIndex server; it asks without a time limit."""
    app = state.fly.app(LLAMAINDEX)
    trouble = state.conditions.wire.get(LLAMAINDEX)
    if trouble is not None and trouble.fault is not None:
        return "hang" if trouble.fault in ("hang", "drip") else "away"
    up = [m for m in app.machines if m.up and not m.looping and m.host_status == "ok"] if app else []
    if up:
        return "hang" if min(up, key=lambda m: (m.last_request, m.served, m.id)).hung else "ok"
    return "ok" if app and any(m.merely_stopped for m in app.machines) else "away"


def _tiles(state: EstateState, app: App, machine: Machine) -> Tiles:
    """Return what a page of the dashboard finds, drawn by this machine."""
    index = next((number for number, one in enumerate(app.machines) if one.id == machine.id), 0)
    slower = sum(one.after for one in app.ailments if one.kind == "slow" and applies(one, machine))
    return tiles(state.active, app.name, tuple(secret.name for secret in app.secrets), index, slower)


def _app(state: EstateState, machine: Machine) -> App:
    app = state.fly.app(machine.app)
    if app is None:
        raise LookupError(f"machine {machine.id} belongs to no app")
    return app
