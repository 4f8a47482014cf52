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
    real: bool = True
    """Customers depend on it."""
    drills: bool = False
    time_scale: float = 1.0
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service. Each environment holds its variables (`url`, `app`, …) for `${service.url}`."""

    title: str = ""
    description: str = ""
    owner: str = ""
    environments: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    depends: tuple[str, ...] = ()
    credentials: tuple[str, ...] = ()
    """Names of environment variables; values are never in a file."""
    links: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A number the team agreed on, with its source, and other numbers its documents give."""

    value: Json
    source: str
    title: str = ""
    conflicts: tuple[str, ...] = ()

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
    level: str = ""
    may: tuple[str, ...] = ()
    """Operations one deliberate keypress of this role decides."""
    approves: tuple[str, ...] = ()
    """Operations it may approve for others; `any` for all but destroy."""
    channel: str = ""
    contact: str = ""
    """How to reach it when the engine is off: a service to page, a channel, where the phone list is."""
    within: Duration = Duration(300.0)
    may_not: str = ""
    escalate_when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One rung of a ladder: this role is paged `after` the alert."""

    role: str
    after: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class SeverityLevel:
    """What a severity means and what it sets in motion."""

    meaning: str
    respond: Duration
    cadence: Duration | None = None
    """Time between status updates."""
    ladder: tuple[Rung, ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """How a role is reached. The address comes from the environment, by name."""

    type: Literal["pagerduty", "webhook", "slack", "email", "apprise"]
    url: str
    """Where messages go; of apprise and e-mail, a URL of that library (`mailto://`, `slack://`)."""
    routing_key: str = ""
    """Of PagerDuty: the key of the integration (Events API v2)."""
    api_url: str = ""
    """Of PagerDuty: the REST API, to see who acknowledged; empty: it cannot be seen."""
    api_token: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    fallback: str = ""
    """The channel that is tried as well when this one has not delivered for a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServer:
    """An MCP server and the tools that may be called: over streamable HTTP (`url`) or stdio (`command`)."""

    url: str = ""
    command: tuple[str, ...] = ()
    """The program of a stdio server, as a list; it is started when first asked, and ended with the run."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment of a stdio server, besides a small one of our own; may hold `${secrets.NAME}`."""
    tools: tuple[str, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    """Tool name to the SHA-256 of its name, description and schema; a tool that differs is refused."""
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything shared, validated; checks and actions are already whole."""

    environments: Mapping[str, Environment] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    checks: Mapping[str, CheckUse] = field(default_factory=dict)
    actions: Mapping[str, ActionUse] = field(default_factory=dict)
    controls: Mapping[str, CheckUse] = field(default_factory=dict)
    """Control probes: when none of them answers either, the fault is our own network."""
    thresholds: Mapping[str, Threshold] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    severities: Mapping[str, SeverityLevel] = field(default_factory=dict)
    channels: Mapping[str, Channel] = field(default_factory=dict)
    mcp: Mapping[str, McpServer] = field(default_factory=dict)
    policy: tuple[Rule, ...] = ()
    guards: Guards = field(default_factory=Guards)
    windows: Mapping[str, Window] = field(default_factory=dict)
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    people: Mapping[str, Approver] = field(default_factory=dict)
    precautions: Mapping[str, Precaution] = field(default_factory=dict)
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
