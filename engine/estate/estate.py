"""The whole estate as one frozen state, and what may happen to it: a request, time passing, a fault.

Two shells drive it. In virtual time a request is `handle`d in one go. On sockets it is `admit`ted, served by
the machine's own process with `surroundings`, and `absorb`ed; everything else is the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from engine.estate import (
    agent_service,
    analytics,
    breakdowns,
    chatwoot,
    control,
    dashboard,
    edge,
    fly_mcp,
    fly_metrics,
    forbidden_app,
    github,
    github_runs,
    leaked,
    llamaindex,
    machines_api,
    mcp_server,
    openai,
    pagerduty,
    postgrest,
    project_care,
    release_breakdowns,
    shopify,
    status_page,
    supabase_mcp,
    supabase_project,
    webhook,
)
from engine.estate import fly as platform
from engine.estate.database import Database
from engine.estate.edge import Forward
from engine.estate.fault import ActiveFault, Fault
from engine.estate.faults import APP_FAULTS, Conditions, WireTrouble, conditions, require_known
from engine.estate.fly import App, Change, Fly, LogLine
from engine.estate.github_runs import GitHub
from engine.estate.json_rpc import Sessions
from engine.estate.machine import Machine, applies
from engine.estate.memory import AgentMemory, Approval, DashboardMemory, LlamaMemory
from engine.estate.pagerduty import PagerDuty
from engine.estate.shopify import Shopify
from engine.estate.surroundings import RagState, Surroundings
from engine.estate.tiles import GOOD_DAY, Tiles, tiles
from engine.estate.webhook import Sink
from engine.estate.wire import Reply, Request, broken

AGENT = "hotdash-agent-service"
LLAMAINDEX = "hotdash-llamaindex-mcp"
VENDORS = (
    "machines-api",
    "fly-mcp",
    fly_metrics.NAME,
    "openai",
    "supabase",
    "pagerduty",
    "webhook",
    "shopify",
    "control",
    "dashboard",
    "github",
    analytics.NAME,
    *mcp_server.SERVERS,
    *status_page.PAGES,
)
DATABASE = "database"  # the one service that is a port and no HTTP


@dataclass(frozen=True, slots=True)
class EstateState:
    """Everything there is; `began` is the moment the offsets of faults count from."""

    began: float
    fly: Fly
    database: Database = field(default_factory=Database)
    sessions: Sessions = field(default_factory=Sessions)
    pager: PagerDuty = field(default_factory=PagerDuty)
    sink: Sink = field(default_factory=Sink)
    shop: Shopify = field(default_factory=Shopify)
    github: GitHub = field(default_factory=GitHub)
    mcp: Mapping[str, Sessions] = field(default_factory=dict)
    scheduled: tuple[Fault, ...] = ()
    active: tuple[ActiveFault, ...] = ()

    @property
    def conditions(self) -> Conditions:
        """Return what the active faults mean for the dependencies."""
        return conditions(self.active)

    @property
    def services(self) -> frozenset[str]:
        """Return the names of everything that can be asked or struck."""
        return frozenset((*VENDORS, DATABASE, *(app.name for app in self.fly.apps)))

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return every change that took effect, oldest first."""
        if not self.github.changes:
            return self.fly.changes
        return tuple(sorted((*self.fly.changes, *self.github.changes), key=lambda change: change.at))

    @property
    def logs(self) -> tuple[LogLine, ...]:
        """Return the log of all apps."""
        return self.fly.logs

    def counts(self, *, by: str = "api") -> Mapping[tuple[str, str], int]:
        """Return how often each (call, machine) took effect; the proxy's own starts are `by="proxy"`."""
        counted: dict[tuple[str, str], int] = {}
        for change in self.changes:
            if change.by == by:
                key = (change.call, change.machine)
                counted[key] = counted.get(key, 0) + 1
        return counted

    def reachable(self, service: str) -> bool:
        """Tell whether a connection to a service would be accepted."""
        held = self.conditions
        trouble = held.wire.get(service)
        refused = trouble is not None and trouble.fault == "refuse"
        return held.network and not refused and (service != DATABASE or held.database)


def schedule(state: EstateState, faults: Iterable[Fault]) -> EstateState:
    """Return the estate with faults that begin by themselves; raises UsageError for an unknown one."""
    added = tuple(faults)
    for fault in added:
        _require(state, fault)
    return replace(state, scheduled=(*state.scheduled, *added))


def apply(state: EstateState, fault: Fault, now: float) -> EstateState:
    """Begin a fault now; raises UsageError for an unknown one."""
    _require(state, fault)
    begin = APP_FAULTS.get(fault.kind)
    if begin is not None:
        state = replace(state, fly=begin(state.fly, fault, now))
    if fault.kind == "ci-red":
        state = replace(state, github=github_runs.begin(state.github, fault, now))
    if fault.kind == shopify.BUSY:
        state = replace(state, shop=shopify.busy(state.shop, fault))
    return replace(state, active=(*state.active, ActiveFault(fault, now)))


def heal(state: EstateState, fault: Fault, now: float) -> EstateState:
    """End a fault now."""
    if fault.kind in APP_FAULTS:
        state = replace(state, fly=breakdowns.end(state.fly, fault, now))
    if fault.kind == "ci-red":
        state = replace(state, github=github_runs.end(state.github, fault, now))
    if fault.kind == shopify.BUSY:
        state = replace(state, shop=shopify.quiet(state.shop))
    return replace(state, active=tuple(entry for entry in state.active if entry.fault.id != fault.id))


def advance(state: EstateState, now: float) -> EstateState:
    """Return the estate after everything that was due up to now, in order."""
    for due, is_end, fault in _due_faults(state, now):
        state = _advance_fly(state, due)
        if is_end:
            state = heal(state, fault, due)
        else:
            state = replace(state, scheduled=tuple(f for f in state.scheduled if f is not fault))
            state = apply(state, fault, due)
    return _advance_fly(state, now)


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
    state, reply = _vendor(state, service, request, now)
    state = _healed_by(state, state.changes[changes:], now)
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


def _vendor(state: EstateState, service: str, request: Request, now: float) -> tuple[EstateState, Reply]:
    held = state.conditions
    revoked = service in held.revoked or (leaked.sent(request) and service not in held.leaked)
    match service:
        case "machines-api":
            shelves = release_breakdowns.with_built(state.fly, state.active)
            shelves = forbidden_app.with_forbidden(shelves, state.active)
            fly, reply = machines_api.handle(shelves, request, now, revoked=revoked)
            fly = forbidden_app.without_forbidden(fly, state.fly)
            return replace(state, fly=release_breakdowns.without_built(fly)), reply
        case "github":
            runs, reply = github.handle(
                state.github, request, now, revoked=revoked, limited=held.github_limited
            )
            return replace(state, github=runs), reply
        case server if server in mcp_server.SERVERS:
            known, reply = mcp_server.handle(
                state.mcp.get(server, Sessions()),
                mcp_server.SERVERS[server],
                request,
                deaf=server in held.deaf,
                no_tools=server in held.without_tools,
                revoked=revoked,
                trouble=held.analytics if server == analytics.SERVER else "",
                supabase=(lambda asked: _vendor(state, "supabase", asked, now)[1])
                if server == supabase_mcp.NAME
                else None,
            )
            return replace(state, mcp={**state.mcp, server: known}), reply
        case analytics.NAME:
            return state, analytics.wrapper(request, revoked=revoked)
        case "dashboard":
            return state, dashboard.handle(request, held.broken_tile)
        case "fly-mcp":
            sessions, reply = fly_mcp.handle(state.sessions, state.fly, request, now, _outside(state, now))
            return replace(state, sessions=sessions), reply
        case fly_metrics.NAME:
            return state, fly_metrics.handle(request, state.active, now, revoked=revoked)
        case "pagerduty":
            pager, reply = pagerduty.handle(state.pager, request, now, down=held.page_status)
            return replace(state, pager=pager), reply
        case "webhook":
            sink, reply = webhook.handle(state.sink, request, now)
            return replace(state, sink=sink), reply
        case "shopify":
            shop, reply = shopify.handle(
                state.shop,
                request,
                now,
                revoked=revoked,
                refused=held.shop_status,
                most=held.shop_points,
                largest=held.shop_query,
                oldest=held.shop_oldest,
            )
            return replace(state, shop=shop), reply
        case "openai":
            return state, openai.handle(request, "key" if revoked else held.openai)
        case "supabase" if request.path.startswith(("/rest/v1/", "/functions/v1/")):
            shown = postgrest.exposed(state.active)
            return state, postgrest.handle(request, shown, database=held.database, revoked=revoked)
        case "supabase" if project_care.asked(request):
            return state, project_care.handle(request, state.active, now, revoked=revoked)
        case "supabase":
            return state, supabase_project.handle(
                request,
                database=held.database,
                revoked=revoked,
                status=held.project,
                read_only=held.read_only,
                lint=held.lint,
            )
        case "control":
            return state, control.handle(request)
        case page if page in status_page.PAGES:
            indicator = held.indicators.get(page, "none")
            return state, status_page.handle(status_page.PAGES[page], indicator, request, now)
        case _:
            return state, broken("refuse")


def _outside(state: EstateState, now: float) -> fly_mcp.Outside:
    held = state.conditions
    trouble = held.wire.get("machines-api")
    reachable = trouble is None or trouble.fault is None
    if not state.reachable("status-fly"):
        return fly_mcp.Outside(reachable, None)
    page = status_page.PAGES["status-fly"]
    return fly_mcp.Outside(
        reachable, status_page.status(page, held.indicators.get("status-fly", "none"), now)
    )


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


def _healed_by(state: EstateState, changes: tuple[Change, ...], now: float) -> EstateState:
    """End the faults whose `heal` is one of these actions; what is tied to an image goes with the image."""
    for change in changes:
        for entry in state.active:
            fault = entry.fault
            by = fault.text("app", fault.service)  # whose change heals it
            if fault.kind not in APP_FAULTS and fault.heal == change.call and by == change.app:
                state = heal(state, fault, now)
    return state


def _due_faults(state: EstateState, now: float) -> list[tuple[float, bool, Fault]]:
    begins = [(state.began + f.at, False, f) for f in state.scheduled if state.began + f.at <= now]
    known = [*(entry.fault for entry in state.active), *(fault for _, _, fault in begins)]
    ends = [
        (state.began + f.until, True, f)
        for f in known
        if f.until is not None and state.began + f.until <= now
    ]
    return sorted((*begins, *ends), key=lambda entry: (entry[0], entry[1]))


def _advance_fly(state: EstateState, now: float) -> EstateState:
    fly = platform.advance(state.fly, now)
    return state if fly is state.fly else replace(state, fly=fly)


def _app(state: EstateState, machine: Machine) -> App:
    app = state.fly.app(machine.app)
    if app is None:
        raise LookupError(f"machine {machine.id} belongs to no app")
    return app


def _require(state: EstateState, fault: Fault) -> None:
    require_known(fault, state.services, frozenset(app.name for app in state.fly.apps))
