"""Every kind of fault, in one table: at Fly, at a dependency, or below the protocol.

A fault of a dependency has no state of its own: `conditions` reads what holds now from the active faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.estate import (
    agent_service,
    analytics,
    breakdowns,
    chatwoot,
    chatwoot_breakdowns,
    dashboard,
    dashboard_breakdowns,
    database,
    database_breakdowns,
    fly_metrics,
    forbidden_app,
    github_runs,
    leaked,
    mcp_server,
    postgrest,
    project_care,
    release_breakdowns,
    shopify,
    supabase_project,
)
from engine.estate.fault import ActiveFault, Fault
from engine.estate.fly import Fly
from engine.estate.status_page import Indicator
from engine.estate.surroundings import OpenAiState
from engine.estate.wire import WireFault
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean

Begin = Callable[[Fly, Fault, float], Fly]
RATE_LIMIT_SECONDS = 60.0

APP_FAULTS: Mapping[str, Begin] = {
    "idle": breakdowns.idle,
    "crash-loop": breakdowns.crash_loop,
    "single-crash": breakdowns.single_crash,
    "oom": breakdowns.oom,
    "killed": breakdowns.killed,
    "secret-lost": breakdowns.secret_lost,
    "secret-set": breakdowns.secret_set,
    "no-machine": breakdowns.no_machine,
    "llamaindex-hang": breakdowns.llamaindex_hang,
    "llamaindex-missing-cli": breakdowns.llamaindex_missing_cli,
    "llamaindex-uncited": breakdowns.llamaindex_uncited,
    "slow-release": breakdowns.slow_release,
    **chatwoot_breakdowns.BEGINS,
    **dashboard_breakdowns.BEGINS,
    **database_breakdowns.BEGINS,
    **release_breakdowns.BEGINS,
}

_DEPENDENCY_FAULTS: Mapping[str, str] = {
    "database-away": "Postgres refuses: approvals answer 500 and the Supabase health check is UNHEALTHY.",
    **database.FAULTS,
    **supabase_project.FAULTS,
    "openai-outage": "OpenAI answers 503, its status page is red, and the model's webhook answers 500.",
    "openai-quota": "OpenAI answers 429 insufficient_quota; its status page stays green.",
    "openai-key": "OpenAI answers 401 invalid_api_key.",
    "llamaindex-rate-limit": "The server's own limit is spent for `seconds` (60), for a `client` or all.",
    "network-down": "Our own network: every target refuses, the control probe's too.",
    "page-api-down": "The paging API answers `status` (500; 429 and others are possible).",
    "token-revoked": "The service answers 401 to any token.",
    "shopify-throttled": "Another client leaves `available` (0) points: what costs more is THROTTLED.",
    "shopify-refused": "Shopify answers `status` (403) to every query; with 200, ACCESS_DENIED as an error.",
    "shopify-points-short": "Another client leaves `available` (700) points, which is enough for one query.",
    "shopify-max-cost": "One query may ask for `most` (10) points only: the tiles' queries are too costly.",
    "shopify-version-retired": "Versions below `oldest` (2026-01) are gone: it answers instead of ours.",
    "chatwoot-redis-away": "Redis is away: /api of Chatwoot is 200 with queue_services failing.",
    **chatwoot.FAULTS,
    "status-red": "A vendor's status page shows `indicator` (major), whatever its service does.",
    **github_runs.FAULTS,
    **leaked.FAULTS,
    **agent_service.FAULTS,
    **forbidden_app.FAULTS,
    **fly_metrics.FAULTS,
    **mcp_server.FAULTS,
    **analytics.FAULTS,
    **dashboard.FAULTS,
    **postgrest.FAULTS,
    **project_care.FAULTS,
    **shopify.FAULTS,
}

_WIRE_FAULTS: Mapping[str, str] = {
    "refuse": "The connection is refused.",
    "reset": "The request takes effect, then the connection is reset; with `before: true` it takes none.",
    "reset-changes": "What changes something takes effect, then the connection is reset; reads are answered.",
    "hang": "The connection is accepted and nothing ever comes.",
    "slow": "Every reply takes `seconds` (5) longer.",
    "drip": "The reply comes one byte at a time, one in 0.7 s.",
    "truncate": "The reply ends before its declared length.",
    "garble": "The reply is not HTTP.",
}


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A kind of fault, for the reference."""

    name: str
    layer: Literal["app", "dependency", "wire"]
    doc: str


@dataclass(frozen=True, slots=True)
class WireTrouble:
    """What happens to a service's connections."""

    fault: WireFault | None
    before: bool = False
    seconds: float = 0.0
    unheard: bool = False
    """Only the answer to a change is lost."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds at the dependencies now."""

    openai: OpenAiState = "ok"
    database: bool = True
    project: str = ""
    read_only: bool = False
    lint: str = ""
    network: bool = True
    page_status: int = 0
    limited_until: float = 0.0
    limited_client: str = ""
    revoked: frozenset[str] = frozenset()
    shop_status: int = 0
    shop_points: float = shopify.MAXIMUM
    shop_query: int = shopify.LARGEST_QUERY
    shop_oldest: str = shopify.VERSIONS[0]
    redis: bool = True
    github_limited: bool = False
    broken_tile: str = ""
    leaked: frozenset[str] = frozenset()
    deaf: frozenset[str] = frozenset()
    without_tools: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    version: str = ""
    analytics: str = ""
    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    wire: Mapping[str, WireTrouble] = field(default_factory=dict)


_GOOD_DAY = Conditions()


def fault_kinds() -> tuple[FaultKind, ...]:
    """Return every kind with its sentence, for the generated reference."""
    apps = (FaultKind(name, "app", _sentence(begin)) for name, begin in APP_FAULTS.items())
    dependencies = (FaultKind(name, "dependency", doc) for name, doc in _DEPENDENCY_FAULTS.items())
    wire = (FaultKind(name, "wire", doc) for name, doc in _WIRE_FAULTS.items())
    return (*apps, *dependencies, *wire)


def require_known(fault: Fault, services: frozenset[str], apps: frozenset[str]) -> None:
    """Raise UsageError when the kind or the service of a fault does not exist."""
    names = [kind.name for kind in fault_kinds()]
    if fault.kind not in names:
        guess = did_you_mean(fault.kind, names)
        known = f"known kinds: {', '.join(names)}"
        raise UsageError(f"unknown fault kind '{fault.kind}'", hint=f"{guess} {known}".strip())
    possible = apps if fault.kind in APP_FAULTS else services
    if fault.service not in possible:
        guess = did_you_mean(fault.service, possible)
        known = f"'{fault.kind}' can strike: {', '.join(sorted(possible))}"
        raise UsageError(f"unknown service '{fault.service}'", hint=f"{guess} {known}".strip())


def conditions(active: tuple[ActiveFault, ...]) -> Conditions:
    """Return what the active faults mean for the dependencies; the newest wins."""
    if not active:
        return _GOOD_DAY
    held = {entry.fault.kind: entry for entry in active}
    openai: OpenAiState = "ok"
    for entry in active:
        match entry.fault.kind:
            case "openai-outage":
                openai = "outage"
            case "openai-quota":
                openai = "quota"
            case "openai-key":
                openai = "key"
    limit = held.get("llamaindex-rate-limit")
    page = held.get("page-api-down")
    throttle, refusal = held.get("shopify-throttled"), held.get("shopify-refused")
    short = held.get("shopify-points-short")
    left = short.fault.number("available", 700.0) if short else shopify.MAXIMUM
    costly, retired = held.get("shopify-max-cost"), held.get("shopify-version-retired")
    return Conditions(
        openai=openai,
        database="database-away" not in held and "project-paused" not in held,
        project=held["project-paused"].fault.text("status", "INACTIVE") if "project-paused" in held else "",
        read_only="database-read-only" in held,
        lint=held["advisor-finds"].fault.text("lint", "unindexed_foreign_keys")
        if "advisor-finds" in held
        else "",
        network="network-down" not in held,
        page_status=int(page.fault.number("status", 500)) if page else 0,
        limited_until=limit.since + limit.fault.number("seconds", RATE_LIMIT_SECONDS) if limit else 0.0,
        limited_client=limit.fault.text("client", "") if limit else "",
        shop_status=int(refusal.fault.number("status", 403)) if refusal else 0,
        shop_points=throttle.fault.number("available", 0.0) if throttle else left,
        shop_query=int(costly.fault.number("most", 10)) if costly else shopify.LARGEST_QUERY,
        shop_oldest=retired.fault.text("oldest", "2026-01") if retired else shopify.VERSIONS[0],
        redis="chatwoot-redis-away" not in held,
        revoked=_struck(active, "token-revoked"),
        github_limited="github-rate-limit" in held,
        broken_tile=held["tile-error"].fault.text("tile", "sales") if "tile-error" in held else "",
        leaked=_struck(active, "secret-leaked"),
        deaf=_struck(active, "mcp-deaf"),
        without_tools=_struck(active, "mcp-no-tools"),
        foreign=_struck(active, "chatwoot-other-account"),
        quiet=_struck(active, "chatwoot-no-conversations"),
        version=held["chatwoot-version"].fault.text("version", "4.7.0") if "chatwoot-version" in held else "",
        analytics=next((kind for kind in analytics.FAULTS if kind in held), ""),
        indicators=_indicators(active),
        wire={e.fault.service: _trouble(e.fault) for e in active if e.fault.kind in _WIRE_FAULTS},
    )


def _struck(active: tuple[ActiveFault, ...], kind: str) -> frozenset[str]:
    return frozenset(entry.fault.service for entry in active if entry.fault.kind == kind)


def _indicators(active: tuple[ActiveFault, ...]) -> dict[str, Indicator]:
    shown: dict[str, Indicator] = {}
    known: Mapping[str, Indicator] = {"minor": "minor", "major": "major", "critical": "critical"}
    for entry in active:
        indicator = known.get(entry.fault.text("indicator", "major"), "major")
        if entry.fault.kind == "openai-outage":
            shown["status-openai"] = indicator
        elif entry.fault.kind == "status-red":
            shown[entry.fault.service] = indicator
    return shown


def _trouble(fault: Fault) -> WireTrouble:
    kinds: Mapping[str, WireFault] = {
        "refuse": "refuse",
        "reset": "reset",
        "hang": "hang",
        "drip": "drip",
        "truncate": "truncate",
        "garble": "garble",
    }
    seconds = fault.number("seconds", 5.0) if fault.kind == "slow" else 0.0
    unheard = fault.kind == "reset-changes"
    return WireTrouble(kinds.get(fault.kind), fault.params.get("before") is True, seconds, unheard)


def _sentence(begin: Begin) -> str:
    return " ".join((begin.__doc__ or "").split())
