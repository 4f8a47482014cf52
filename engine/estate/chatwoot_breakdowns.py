"""How each fault of Chatwoot begins and ends at Fly; an end by `until` is the engineer who mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.estate.chatwoot_app import CHECK, HEALTH_PATH
from engine.estate.fault import Fault
from engine.estate.fly import Fly, Release, each_machine, log, with_app
from engine.estate.identifiers import digest, ulid
from engine.estate.machine import Ailment, ExitEvent, Lease, Machine, boot, exit_machine, settle
from engine.estate.wire import mapping
from engine.kinds.values import Json

_OOM_EVERY = 900.0
_RAISED_MB = 1024


def health_path(fly: Fly, fault: Fault, now: float) -> Fly:
    """A deploy set a health-check `path` (/rails/health) without a route: the edge answers 503, all runs.

    With `unnoticed: true` no check has failed as yet, and everything answers.
    """
    path, minutes = fault.text("path", "/rails/health"), fault.number("minutes_before", 11)
    fly = _released(fly, fault, now - minutes * 60)
    if fault.params.get("unnoticed") is True:
        return _each_web(fly, fault, lambda m: _checked(m, path))
    fly = _each_web(fly, fault, lambda m: replace(_checked(m, path), unwell=f"404 Not Found: GET {path}"))
    return _said(fly, fault, now, f'ActionController::RoutingError (No route matches [GET] "{path}"):')


def schema_missing(fly: Fly, fault: Fault, now: float) -> Fly:
    """The database was never prepared: every route is 500 (the edge's 503 once the check saw it).

    With `unchecked: true` the machine has no health check, so the application's own 500 reaches the client.
    """
    fly = _ail(fly, fault, "unprepared")
    if fault.params.get("unchecked") is True:
        fly = _each_web(fly, fault, lambda m: replace(m, config={**m.config, "checks": {}}))
    else:
        fly = _each_web(fly, fault, lambda m: replace(m, unwell="500 Internal Server Error"))
    line = 'PG::UndefinedTable: ERROR:  relation "installation_configs" does not exist'
    return _said(fly, fault, now, f"ActiveRecord::StatementInvalid ({line})")


def database_refused(fly: Fly, fault: Fault, now: float) -> Fly:
    """The pooler refuses Chatwoot alone, as the log `said`: /api is 200 with data_services failing."""
    said = fault.text("said", "FATAL:  Tenant or user not found")
    return _said(_ail(fly, fault, "refused"), fault, now, f"ActiveRecord::ConnectionNotEstablished ({said})")


def worker_oom(fly: Fly, fault: Fault, now: float) -> Fly:
    """The worker ran out of memory `times` (1), 15 minutes apart; with `back: true` it runs again.

    Its end is somebody's hand: the worker has 1024 MB and runs.
    """
    times, back = int(fault.number("times", 1)), fault.params.get("back") is True

    def live(machine: Machine) -> Machine:
        for left in reversed(range(times)):
            at = now - left * _OOM_EVERY - 40.0
            again = left > 0 or back
            machine = exit_machine(machine, ExitEvent(at, 137, oom_killed=True, restarting=again))
            machine = settle(machine, (), at + 30.0)
        return machine

    return _each_worker(fly, fault, live)


def worker_stopped(fly: Fly, fault: Fault, now: float) -> Fly:
    """The worker's process exited 1 once and stayed down: /api is green, and no message is worked off."""
    return _each_worker(fly, fault, lambda m: exit_machine(m, ExitEvent(now, 1)))


def lease_held(fly: Fly, fault: Fault, now: float) -> Fly:
    """Another operation holds every machine of the app for `seconds` (90): each change is answered 409."""
    until = now + fault.number("seconds", 90.0)
    nonce = digest("lease", fault.id)[:16]
    return each_machine(fly, fault.service, lambda m: replace(m, lease=Lease(nonce, "deploy", until)))


def web_hangs(fly: Fly, fault: Fault, now: float) -> Fly:
    """The web process accepts and never answers, and its health check has not noticed; a restart heals."""
    return _each_web(fly, fault, lambda m: replace(m, hung=m.up))


BEGINS: Mapping[str, Callable[[Fly, Fault, float], Fly]] = {
    "chatwoot-health-path": health_path,
    "chatwoot-schema-missing": schema_missing,
    "chatwoot-database-refused": database_refused,
    "chatwoot-worker-oom": worker_oom,
    "chatwoot-worker-stopped": worker_stopped,
    "chatwoot-web-hangs": web_hangs,
    "lease-held": lease_held,
}


def end(fly: Fly, fault: Fault, now: float) -> Fly:
    """Take away what a fault of this file left at the machines; ailments are gone already."""
    match fault.kind:
        case "chatwoot-health-path" | "chatwoot-schema-missing":
            return _each_web(fly, fault, lambda m: replace(_checked(m, HEALTH_PATH), unwell=""))
        case "chatwoot-worker-oom":
            return _each_worker(fly, fault, lambda m: _with_memory(m, now))
        case "lease-held":
            return each_machine(fly, fault.service, lambda m: replace(m, lease=None))
        case "chatwoot-web-hangs":
            return _each_web(fly, fault, lambda m: replace(m, hung=False))
        case _:
            return fly


def _each_web(fly: Fly, fault: Fault, change: Callable[[Machine], Machine]) -> Fly:
    return each_machine(fly, fault.service, lambda m: change(m) if m.service else m)


def _each_worker(fly: Fly, fault: Fault, change: Callable[[Machine], Machine]) -> Fly:
    return each_machine(fly, fault.service, lambda m: m if m.service else change(m))


def _with_memory(machine: Machine, now: float) -> Machine:
    guest: Json = {**mapping(machine.config.get("guest")), "memory_mb": _RAISED_MB}
    if machine.up:
        machine = exit_machine(machine, ExitEvent(now, 0, requested_stop=True, restarting=True))
    return boot(replace(machine, config={**machine.config, "guest": guest}), now, ())


def _checked(machine: Machine, path: str) -> Machine:
    checks = mapping(machine.config.get("checks"))
    check: Json = {**mapping(checks.get(CHECK)), "path": path}
    return replace(machine, config={**machine.config, "checks": {**checks, CHECK: check}})


def _ail(fly: Fly, fault: Fault, kind: str) -> Fly:
    app = fly.app(fault.service)
    ailment = Ailment(fault.id, "unprepared" if kind == "unprepared" else "refused")
    return with_app(fly, replace(app, ailments=(*app.ailments, ailment))) if app else fly


def _released(fly: Fly, fault: Fault, at: float) -> Fly:
    """Deploy an image to every machine, as the deploy that brought the change did."""
    app = fly.app(fault.service)
    if app is None:
        return fly
    version = app.releases[0].version + 1 if app.releases else 1
    image = f"registry.fly.io/{app.name}:deployment-{ulid(app.name, version)}"
    fly = with_app(fly, replace(app, releases=(Release(version, image, at), *app.releases)))

    def deployed(machine: Machine) -> Machine:
        labels: Json = {**mapping(machine.config.get("metadata")), "fly_release_version": str(version)}
        config = {**machine.config, "image": image, "metadata": labels}
        ended = exit_machine(machine, ExitEvent(at, 0, requested_stop=True, restarting=True))
        return settle(boot(replace(ended, config=config), at, app.ailments), app.ailments, at + 60.0)

    return each_machine(fly, app.name, deployed)


def _said(fly: Fly, fault: Fault, now: float, line: str) -> Fly:
    """Write a line into the log of the web machine, as its health check does every 15 seconds."""
    app = fly.app(fault.service)
    for machine in app.machines if app else ():
        if machine.service:
            for ago in (30.0, 15.0, 0.0):
                fly = log(fly, machine, now - ago, "app", "error", line)
    return fly
