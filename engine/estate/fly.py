"""Fly as one state: apps with machines, releases and secret names, the log, and every change performed.

The edge, the Machines API and the Fly MCP server are three doors to this one state, as they are in the field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from engine.estate.machine import Ailment, ExitEvent, Machine, boot, exit_machine, fail, settle
from engine.kinds.values import Instant, Json

LOGS_KEPT = 400
STOP_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Release:
    """One deploy of an app."""

    version: int
    image_ref: str
    created_at: float
    status: str = "complete"
    stable: bool = True
    description: str = "Release"


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret as the platform shows it: never its value."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an app's log."""

    at: float
    app: str
    machine: str
    region: str
    source: str
    level: str
    message: str

    def __str__(self) -> str:
        return f"{Instant(self.at)} {self.source}[{self.machine}] {self.region} [{self.level}]{self.message}"


@dataclass(frozen=True, slots=True)
class Change:
    """One change that took effect at a machine; drills and crash tests count these."""

    at: float
    app: str
    machine: str
    call: str
    by: Literal["api", "proxy"] = "api"


@dataclass(frozen=True, slots=True)
class App:
    """One app; releases newest first."""

    name: str
    serves: Literal["agent-service", "llamaindex", "chatwoot", "dashboard"]
    machines: tuple[Machine, ...]
    releases: tuple[Release, ...] = ()
    secrets: tuple[Secret, ...] = ()
    ailments: tuple[Ailment, ...] = ()
    shelved: tuple[Machine, ...] = ()  # machines a fault took away

    def machine(self, machine_id: str) -> Machine | None:
        """Return the machine with that id."""
        return next((m for m in self.machines if m.id == machine_id), None)

    def images(self) -> frozenset[str]:
        """Return the images the registry holds for this app."""
        return frozenset(release.image_ref for release in self.releases)


@dataclass(frozen=True, slots=True)
class Fly:
    """The platform. `supervised`: a shell runs real processes and reports their exits."""

    apps: tuple[App, ...]
    logs: tuple[LogLine, ...] = ()
    changes: tuple[Change, ...] = ()
    requests: int = 0
    calls: tuple[tuple[str, float, float], ...] = ()  # rate buckets: action and machine, tokens, when
    supervised: bool = False

    def app(self, name: str) -> App | None:
        """Return the app of that name."""
        return next((app for app in self.apps if app.name == name), None)

    def find(self, machine_id: str) -> Machine | None:
        """Return the machine with that id, of whatever app."""
        return next((m for app in self.apps for m in app.machines if m.id == machine_id), None)


def with_app(fly: Fly, app: App) -> Fly:
    """Return the platform with one app replaced."""
    return replace(fly, apps=tuple(app if old.name == app.name else old for old in fly.apps))


def with_machine(fly: Fly, machine: Machine) -> Fly:
    """Return the platform with one machine replaced and its log lines collected."""
    app = fly.app(machine.app)
    if app is None:
        return fly
    lines = tuple(
        LogLine(at, machine.app, machine.id, machine.region, *_split(where), message)
        for at, where, message in machine.notes
    )
    machine = replace(machine, notes=())
    machines = tuple(machine if old.id == machine.id else old for old in app.machines)
    fly = with_app(fly, replace(app, machines=machines))
    return replace(fly, logs=(*fly.logs, *lines)[-LOGS_KEPT:]) if lines else fly


def log(fly: Fly, machine: Machine, at: float, source: str, level: str, message: str) -> Fly:
    """Return the platform with one more log line."""
    line = LogLine(at, machine.app, machine.id, machine.region, source, level, message)
    return replace(fly, logs=(*fly.logs, line)[-LOGS_KEPT:])


def each_machine(fly: Fly, app: str, change: Callable[[Machine], Machine]) -> Fly:
    """Return the platform with every machine of an app changed."""
    found = fly.app(app)
    for machine in found.machines if found else ():
        fly = with_machine(fly, change(machine))
    return fly


def advance(fly: Fly, now: float) -> Fly:
    """Return the platform after everything that was due up to now."""
    for app in fly.apps:
        for machine in app.machines:
            settled = settle(machine, app.ailments, now, supervised=fly.supervised)
            if settled is not machine:
                fly = with_machine(fly, settled)
    return fly


def start(fly: Fly, machine: Machine, now: float, by: Literal["api", "proxy"] = "api") -> Fly:
    """Start a machine that does not run."""
    fly, ailments = _cure(fly, machine, "start")
    source: Literal["user", "proxy"] = "user" if by == "api" else "proxy"
    fly = with_machine(fly, boot(machine, now, ailments, source=source))
    return _changed(fly, machine, "start", now, by)


def stop(fly: Fly, machine: Machine, now: float) -> Fly:
    """Stop a machine: a clean exit that was asked for."""
    fly = with_machine(fly, exit_machine(machine, ExitEvent(now, 0, requested_stop=True)))
    return _changed(fly, machine, "stop", now)


def restart(fly: Fly, machine: Machine, now: float) -> Fly:
    """Restart a machine: it exits, then boots with an empty memory."""
    fly, ailments = _cure(fly, machine, "restart")
    if machine.up:
        machine = exit_machine(machine, ExitEvent(now, 0, requested_stop=True, restarting=True))
    fly = with_machine(fly, boot(machine, now + STOP_SECONDS, ailments))
    return _changed(fly, machine, "restart", now)


def update(fly: Fly, machine: Machine, config: Mapping[str, Json], now: float, *, launch: bool = True) -> Fly:
    """Replace a machine's whole config; the machine then runs what the new one says."""
    call = "update-image" if config.get("image") != machine.image else "update"
    fly, ailments = _cure(fly, machine, call)
    if machine.up:
        machine = exit_machine(machine, ExitEvent(now, 0, requested_stop=True, restarting=launch))
    machine = replace(machine, config=config, updated_at=now, crash=None, restart_at=None)
    if launch:
        machine = boot(machine, now + STOP_SECONDS, ailments)
    else:
        machine = replace(machine, boots=machine.boots + 1)
    return _changed(with_machine(fly, machine), machine, call, now)


def process_ended(fly: Fly, machine_id: str, exit_code: int, now: float) -> Fly:
    """Record that a real process ended unasked: the shell saw it."""
    machine = fly.find(machine_id)
    if machine is None or not machine.up:
        return fly
    oom = machine.crash is not None and machine.crash.oom_killed and exit_code == machine.crash.exit_code
    return with_machine(fly, fail(machine, now, exit_code, oom_killed=oom))


def _cure(fly: Fly, machine: Machine, call: str) -> tuple[Fly, tuple[Ailment, ...]]:
    """Drop what this action heals; an ailment tied to an image goes with the image instead."""
    app = fly.app(machine.app)
    if app is None:
        return fly, ()
    left = tuple(a for a in app.ailments if a.cure != call or a.image)
    return with_app(fly, replace(app, ailments=left)), left


def _changed(fly: Fly, machine: Machine, call: str, now: float, by: Literal["api", "proxy"] = "api") -> Fly:
    return replace(fly, changes=(*fly.changes, Change(now, machine.app, machine.id, call, by)))


def _split(where: str) -> tuple[str, str]:
    source, _, level = where.partition("/")
    return source, level
