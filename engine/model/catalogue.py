"""The catalogue: what all runbooks of a workspace share. Files are merged by their top-level keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration, Json
from engine.model.guards import Approver, Baseline, Credential, Guards, Precaution, Rule, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment. Only those marked for drills may be broken on purpose or have time scaled."""

    title: str = ""
    """What it is, in one line."""
    real: bool = True
    """Customers depend on it."""
    drills: bool = False
    """Drills may break it on purpose."""
    time_scale: float = 1.0
    """How much faster than the clock its waits pass; only where drills are allowed."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What differs between environments, by name; `${env.…}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. Each environment holds its variables (`url`, `app`, …) for `${service.url}`."""

    title: str = ""
    """What it is called."""
    description: str = ""
    """What it does, in one line."""
    owner: str = ""
    """The role or team it belongs to."""
    environments: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Its variables in each environment, by name."""
    depends: tuple[str, ...] = ()
    """Services it does not work without."""
    credentials: tuple[str, ...] = ()
    """Names of environment variables; values are never in a file."""
    links: Mapping[str, str] = field(default_factory=dict)
    """Dashboards and consoles, by title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number the team agreed on, with its source, and other numbers its documents give."""

    value: Json
    """The number, the duration, or the words."""
    source: str
    """Who said so, and where it is written."""
    title: str = ""
    """What it limits."""
    conflicts: tuple[str, ...] = ()
    """What other documents say."""

    @property
    def number(self) -> float | None:
        """Return the value as an alert rule takes it: a number, a duration in seconds; None for words."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float, str)):
            return None
        try:
            return float(Duration.parse(self.value) if isinstance(self.value, str) else self.value)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role, never a person: what it may decide alone, and the channel that reaches it."""

    title: str = ""
    """What it is called."""
    level: str = ""
    """Its level of support, `L1`."""
    may: tuple[str, ...] = ()
    """Operations one deliberate keypress of this role decides."""
    approves: tuple[str, ...] = ()
    """Operations it may approve for others; `any` for all but destroy."""
    channel: str = ""
    """The channel that reaches it."""
    contact: str = ""
    """How to reach it when the engine is off: a service to page, a channel, where the phone list is."""
    within: Duration = Duration(300.0)
    """How long it has to answer a page."""
    may_not: str = ""
    """What it must leave to others."""
    escalate_when: str = ""
    """When it hands on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung of a ladder: this role is paged `after` the alert."""

    role: str
    """The role that is paged."""
    after: Duration
    """How long after the alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityLevel:
    """What a severity means and what it sets in motion."""

    meaning: str
    """What it looks like to customers."""
    respond: Duration
    """The longest time until somebody has taken it."""
    cadence: Duration | None = None
    """Time between status updates."""
    ladder: tuple[Rung, ...] = ()
    """Who is paged, and when."""
    aliases: tuple[str, ...] = ()
    """Other names of it."""

    def __post_init__(self) -> None:
        if self.cadence is not None and self.cadence < 60.0:
            raise ValueError("'cadence' is the time between status updates: give 1m or more, or leave it out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How a role is reached. The address comes from the environment, by name."""

    type: Literal["pagerduty", "webhook", "slack", "email", "apprise"]
    """How messages are sent."""
    url: str
    """Where messages go; of apprise and e-mail, a URL of that library (`mailto://`, `slack://`)."""
    routing_key: str = ""
    """Of PagerDuty: the key of the integration (Events API v2)."""
    api_url: str = ""
    """Of PagerDuty: the REST API, to see who acknowledged; empty: it cannot be seen."""
    api_token: str = ""
    """Of PagerDuty: the token for that API."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of each request, by name."""
    fallback: str = ""
    """The channel that is tried as well when this one has not delivered for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """An MCP server and the tools that may be called: over streamable HTTP (`url`) or stdio (`command`)."""

    url: str = ""
    """Its address over streamable HTTP."""
    command: tuple[str, ...] = ()
    """The program of a stdio server, as a list; it is started when first asked, and ended with the run."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment of a stdio server, besides a small one of our own; may hold `${secrets.NAME}`."""
    tools: tuple[str, ...] = ()
    """Names of the tools that may be called; no other is."""
    pins: Mapping[str, str] = field(default_factory=dict)
    """Tool name to the SHA-256 of its name, description and schema; a tool that differs is refused."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of each request, by name."""
    note: str = ""
    """What whoever sets it up must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything shared, validated; checks and actions are already whole."""

    environments: Mapping[str, Environment] = field(default_factory=dict)
    """The places where runs happen, by name."""
    services: Mapping[str, Service] = field(default_factory=dict)
    """What runbooks are about, by name."""
    checks: Mapping[str, CheckUse] = field(default_factory=dict)
    """Looks that runbooks `use`, by name."""
    actions: Mapping[str, ActionUse] = field(default_factory=dict)
    """Changes that runbooks `use`, by name."""
    controls: Mapping[str, CheckUse] = field(default_factory=dict)
    """Control probes: when none of them answers either, the fault is our own network."""
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    """Numbers the team agreed on, by name; `${thresholds.…}`."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    """Roles that decide and are paged, by name."""
    severities: Mapping[str, SeverityLevel] = field(default_factory=dict)
    """Severities by name, worst first."""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    """How roles are reached, by name."""
    mcp: Mapping[str, McpServer] = field(default_factory=dict)
    """MCP servers by name."""
    policy: tuple[Rule, ...] = ()
    """Whose decision a change is: the first rule whose words all fit."""
    guards: Guards = field(default_factory=Guards)
    """What a run may reach, and how much it may do."""
    windows: Mapping[str, Window] = field(default_factory=dict)
    """Hours in which changes may be made, by name."""
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    """Where the values of secrets come from, by name."""
    people: Mapping[str, Approver] = field(default_factory=dict)
    """Persons who may prove who they are, by name."""
    precautions: Mapping[str, Precaution] = field(default_factory=dict)
    """Looks before the first change of a run, by name."""
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    """Recorded measurements, by name; `${baselines.…}`."""
