"""The whole estate as one frozen state: what there is, what is broken, and what would be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.estate import analytics, fly_metrics, mcp_server, status_page
from engine.estate.database import Database
from engine.estate.fault import ActiveFault, Fault
from engine.estate.faults import Conditions, conditions
from engine.estate.fly import Change, Fly, LogLine
from engine.estate.github_runs import GitHub
from engine.estate.json_rpc import Sessions
from engine.estate.pagerduty import PagerDuty
from engine.estate.shopify import Shopify
from engine.estate.webhook import Sink

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
