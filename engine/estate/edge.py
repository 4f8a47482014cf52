"""The Fly proxy in front of an app: picks a machine, wakes a sleeping one, answers itself when there is none.

The proxy's own errors have an EMPTY body; that and the headers tell them from the app's errors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.estate.fly import Fly, log, start, with_machine
from engine.estate.identifiers import ulid
from engine.estate.machine import Machine
from engine.estate.wire import Reply

SERVER = "Fly/7c1d9a52 (2025-10-09)"
GIVE_UP_SECONDS = 42.058  # how long the proxy tried a crash-looping app, seen in the field
NO_CANDIDATE_SECONDS = 0.4


@dataclass(frozen=True, slots=True)
class Forward:
    """The proxy's choice: which machine, and how long until it listens."""

    machine: str
    wait: float
    request_id: str


def route(fly: Fly, app_name: str, now: float) -> tuple[Fly, Forward | Reply]:
    """Choose a machine for a request now, or answer in the proxy's own name."""
    fly = replace(fly, requests=fly.requests + 1)
    app = fly.app(app_name)
    request_id = f"{ulid('edge', app_name, fly.requests)}-ord"
    known = [m for m in app.machines if m.service and m.host_status == "ok"] if app else []
    up = [m for m in known if m.up and not m.looping and not m.unwell]
    if up:
        picked = min(up, key=lambda m: (m.ready_at > now, m.last_request, m.served, m.id))
        fly = with_machine(fly, replace(picked, last_request=now, served=picked.served + 1))
        return fly, Forward(picked.id, max(0.0, picked.ready_at - now), request_id)
    looping = [m for m in known if m.looping]
    if looping:
        line = "[PC01] instance refused connection. is your app listening on 0.0.0.0?"
        fly = log(fly, looping[0], now, "proxy", "error", line)
        return fly, _own(502, request_id, GIVE_UP_SECONDS)
    asleep = [m for m in known if m.merely_stopped and m.service.get("autostart") is True]
    if asleep:
        fly = start(log(fly, asleep[0], now, "proxy", "info", "Starting machine"), asleep[0], now, "proxy")
        woken = fly.find(asleep[0].id)
        return fly, Forward(asleep[0].id, woken.ready_at - now if woken else 0.0, request_id)
    for machine in known[:1]:
        line = "[PR04] could not find a good candidate within 40 attempts at load balancing"
        fly = log(fly, machine, now, "proxy", "error", line)
    return fly, _own(503, request_id, NO_CANDIDATE_SECONDS)


def passed(reply: Reply, forward: Forward) -> Reply:
    """Return an app's reply as it leaves the proxy."""
    own = {"server": SERVER, "fly-request-id": forward.request_id, "via": "1.1 fly.io"}
    return replace(reply.with_headers(own), after=round(reply.after + forward.wait, 3))


def chosen(fly: Fly, forward: Forward) -> Machine:
    """Return the machine a request goes to."""
    machine = fly.find(forward.machine)
    if machine is None:
        raise LookupError(f"the proxy chose {forward.machine}, which does not exist")
    return machine


def unreachable(forward: Forward) -> Reply:
    """Return the proxy's answer when the machine it chose has gone away meanwhile."""
    return _own(502, forward.request_id, 0.0)


def _own(status: int, request_id: str, seconds: float) -> Reply:
    return Reply(status, {"server": SERVER, "fly-request-id": request_id}, b"", seconds)
