"""The Fly Machines API: a bearer token, whole-config updates, leases, and restarts that really restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engine.estate import fly as platform
from engine.estate.fly import App, Fly
from engine.estate.identifiers import digest, ulid
from engine.estate.machine import Lease, Machine
from engine.estate.machine_object import event_json, machine_json
from engine.estate.wire import Reply, Request, json_reply, mapping, number, text
from engine.kinds.values import Json

CHANGES_PER_SECOND = 1.0
BURST = 3.0
_SETTLED = ("started", "stopped", "suspended", "destroyed")


def handle(fly: Fly, request: Request, now: float, *, revoked: bool = False) -> tuple[Fly, Reply]:
    """Answer one API call; every reply carries a request id."""
    fly = replace(fly, requests=fly.requests + 1)
    fly, reply = _answer(fly, request, now, revoked)
    return fly, reply.with_headers({"fly-request-id": f"{ulid('api', fly.requests)}-ord", "server": "Fly"})


def _answer(fly: Fly, request: Request, now: float, revoked: bool) -> tuple[Fly, Reply]:
    if not request.bearer() or revoked:
        return fly, _error(401, "unauthenticated: token is missing or invalid")
    match request.path.strip("/").split("/"):
        case ["v1", "apps", name, *rest] if (app := fly.app(name)) is not None:
            return _in_app(fly, app, rest, request, now)
        case ["v1", "apps", name, *_]:
            return fly, _error(404, f"app '{name}' not found")
        case _:
            return fly, _error(404, "not found")


def _in_app(fly: Fly, app: App, rest: list[str], request: Request, now: float) -> tuple[Fly, Reply]:
    match request.method, rest:
        case "GET", []:
            status = "deployed" if any(m.up for m in app.machines) else "suspended"
            organization: Json = {"name": "hotdash", "slug": "hotdash"}
            return fly, json_reply(200, {"name": app.name, "status": status, "organization": organization})
        case "GET", ["machines"]:
            shown = [m for m in app.machines if _wanted(m, request)]
            return fly, json_reply(200, [machine_json(m, now) for m in shown], after=0.09)
        case _, ["machines", machine_id, *call] if (machine := app.machine(machine_id)) is not None:
            return _on_machine(fly, app, machine, call, request, now)
        case _, ["machines", _, *_]:
            return fly, _error(404, "machine not found")
        case _:
            return fly, _error(404, "not found")


def _on_machine(
    fly: Fly, app: App, machine: Machine, call: list[str], request: Request, now: float
) -> tuple[Fly, Reply]:
    match request.method, call:
        case "GET", []:
            return fly, json_reply(200, machine_json(machine, now), after=0.07)
        case "GET", ["events"]:
            return fly, json_reply(200, [event_json(event) for event in machine.events])
        case "GET", ["wait"]:
            return fly, _wait(machine, request, now)
        case _, ["lease"]:
            return _lease(fly, machine, request, now)
        case "POST", [] | ["start"] | ["stop"] | ["restart"]:
            action = call[0] if call else "update"
            return _change(fly, app, machine, action, request, now)
        case _:
            return fly, _error(404, "not found")


def _change(
    fly: Fly, app: App, machine: Machine, action: str, request: Request, now: float
) -> tuple[Fly, Reply]:
    fly, allowed = _rate(fly, f"{action}/{machine.id}", now)
    if not allowed:
        return fly, _error(429, "rate limit exceeded", after=0.01)
    nonce = request.headers.get("fly-machine-lease-nonce", "")
    if _leased(machine, now) and machine.lease is not None and nonce != machine.lease.nonce:
        return fly, _error(409, f"machine ID {machine.id} lease currently held by {machine.lease.owner}")
    if machine.host_status == "unreachable":
        return fly, _error(503, "host of this machine is unreachable", after=2.0)
    steps: dict[str, Callable[[], tuple[Fly, Reply]]] = {
        "start": lambda: _start(fly, machine, now),
        "stop": lambda: (platform.stop(fly, machine, now) if machine.up else fly, _ok()),
        "restart": lambda: (platform.restart(fly, machine, now), _ok(1.4)),
        "update": lambda: _update(fly, app, machine, request, now),
    }
    return steps[action]()


def _start(fly: Fly, machine: Machine, now: float) -> tuple[Fly, Reply]:
    if machine.up:
        return fly, json_reply(200, {"previous_state": machine.state, "migrated": False, "new_host": ""})
    reply = json_reply(200, {"previous_state": machine.state, "migrated": False, "new_host": ""}, after=0.5)
    return platform.start(fly, machine, now), reply


def _update(fly: Fly, app: App, machine: Machine, request: Request, now: float) -> tuple[Fly, Reply]:
    asked = mapping(request.json())
    config = mapping(asked.get("config"))
    version = text(asked.get("current_version"))
    if version and version != machine.instance_id:
        return fly, _error(412, f"current_version {version} is not the machine's version")
    image = text(config.get("image"))
    if not image:
        return fly, _error(422, "config.image is required: an update replaces the whole config")
    if image not in app.images():
        return fly, _error(422, f"image {image} was not found in the registry")
    launch = asked.get("skip_launch") is not True
    fly = platform.update(fly, machine, config, now, launch=launch)
    updated = fly.find(machine.id)
    return fly, json_reply(200, machine_json(updated or machine, now), after=1.8)


def _wait(machine: Machine, request: Request, now: float) -> Reply:
    """Answer when the machine is in the state asked for, or give up after the timeout."""
    wanted = request.query.get("state", "started")
    if wanted not in _SETTLED:
        return _error(400, f"cannot wait for state {wanted}")
    instance = request.query.get("instance_id", "")
    if wanted == "stopped" and not instance:
        return _error(400, "instance_id is required to wait for stopped")
    try:
        timeout = min(60.0, max(0.0, float(request.query.get("timeout") or 60)))
    except ValueError:
        return _error(400, "timeout must be a number of seconds")
    same = instance in ("", machine.instance_id)
    if same and machine.state == wanted:
        return _ok()
    soon = machine.started_at - now
    if same and wanted == "started" and machine.state == "starting" and soon <= timeout:
        return _ok(soon)
    return _error(408, "deadline_exceeded: machine failed to reach desired state", after=timeout)


def _lease(fly: Fly, machine: Machine, request: Request, now: float) -> tuple[Fly, Reply]:
    held = machine.lease if _leased(machine, now) else None
    nonce = request.headers.get("fly-machine-lease-nonce", "")
    match request.method:
        case "GET" if held is None:
            return fly, _error(404, "lease not found")
        case "GET":
            return fly, _lease_reply(held, machine)
        case "DELETE":
            if held is not None and nonce != held.nonce:
                return fly, _error(409, "lease nonce does not match")
            return platform.with_machine(fly, replace(machine, lease=None)), _ok()
        case "POST":
            if held is not None and nonce != held.nonce:
                return fly, _error(409, f"lease currently held by {held.owner}")
            ttl = max(1.0, number(mapping(request.json()).get("ttl"), 30.0))
            fresh = Lease(digest("lease", machine.id, now)[:16], "sandbox", now + ttl)
            fly = platform.with_machine(fly, replace(machine, lease=fresh))
            return fly, _lease_reply(fresh, machine)
        case _:
            return fly, _error(404, "not found")


def _lease_reply(lease: Lease | None, machine: Machine) -> Reply:
    if lease is None:
        return _error(404, "lease not found")
    data: Json = {
        "nonce": lease.nonce,
        "expires_at": int(lease.expires_at),
        "owner": lease.owner,
        "version": machine.instance_id,
    }
    return json_reply(200, {"status": "success", "data": data})


def _leased(machine: Machine, now: float) -> bool:
    return machine.lease is not None and machine.lease.expires_at > now


def _rate(fly: Fly, key: str, now: float) -> tuple[Fly, bool]:
    """Take one token of this action on this machine: one a second, three at once."""
    tokens, at = next(((tokens, at) for name, tokens, at in fly.calls if name == key), (BURST, now))
    tokens = min(BURST, tokens + (now - at) * CHANGES_PER_SECOND)
    allowed = tokens >= 1.0
    others = tuple(call for call in fly.calls if call[0] != key)
    return replace(fly, calls=(*others, (key, tokens - allowed, now))), allowed


def _wanted(machine: Machine, request: Request) -> bool:
    state, region = request.query.get("state"), request.query.get("region")
    labels = mapping(machine.config.get("metadata"))
    asked = [(key[9:], value) for key, value in request.query.items() if key.startswith("metadata.")]
    return (
        (not state or machine.state in state.split(","))
        and (not region or machine.region == region)
        and all(labels.get(key) == value for key, value in asked)
    )


def _ok(after: float = 0.15) -> Reply:
    return json_reply(200, {"ok": True}, after=after)


def _error(status: int, message: str, *, after: float = 0.03) -> Reply:
    return json_reply(status, {"error": message, "status": "unknown"}, after=after)
