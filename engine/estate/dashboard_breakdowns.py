"""How the faults of the dashboard that leave a trace at Fly begin: a slow tile says so in the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.estate.fault import Fault
from engine.estate.fly import Fly, log
from engine.estate.tiles import FETCH_SECONDS

_EVERY = 300.0


def tile_slow(fly: Fly, fault: Fault, now: float) -> Fly:
    """The tile `tile` (sales) takes `seconds` (2) longer whenever it is not cached, and the log tells it."""
    name = fault.text("tile", "sales")
    took = round(1000 * (FETCH_SECONDS[name] + fault.number("seconds", 2.0)))
    app = fly.app(fault.service)
    for machine in app.machines if app else ():
        for ago in (2 * _EVERY, _EVERY, 0.0):
            at = now - ago
            told = f'"time":{round(at * 1000)},"msg":"tile resolved","tile":"{name}","ms":{took}'
            line = f'{{"level":40,{told}}}'
            fly = log(fly, machine, at, "app", "info", line)
    return fly


def concurrency_full(fly: Fly, fault: Fault, now: float) -> Fly:
    """The log says that every machine has as many requests as it may; add `slow` for the wait."""
    app = fly.app(fault.service)
    for machine in app.machines if app else ():
        for ago in (60.0, 30.0, 0.0):
            line = "[PR03] could not find a candidate within the limits: hard limit of 25 concurrent requests"
            fly = log(fly, machine, now - ago, "proxy", "error", line)
    return fly


BEGINS: Mapping[str, Callable[[Fly, Fault, float], Fly]] = {
    "tile-slow": tile_slow,
    "concurrency-full": concurrency_full,
}
