"""How the database fails one app alone: its address, its user or its pool is wrong, and others are well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from engine.estate.fault import Fault
from engine.estate.fly import Fly, log, with_app
from engine.estate.machine import Ailment


def refused(fly: Fly, fault: Fault, now: float) -> Fly:
    """The database refuses this app alone, as its log `said`; with `heal: restart` new connections help."""
    app = fly.app(fault.service)
    if app is None:
        return fly
    ailment = Ailment(fault.id, "refused", cure=fault.heal or "never")
    fly = with_app(fly, replace(app, ailments=(*app.ailments, ailment)))
    said = fault.text("said", "FATAL: Tenant or user not found")
    for machine in app.machines:
        for ago in (60.0, 30.0, 0.0):
            fly = log(fly, machine, now - ago, "app", "error", f"Error: {said}")
    return fly


BEGINS: Mapping[str, Callable[[Fly, Fault, float], Fly]] = {"database-refuses": refused}
