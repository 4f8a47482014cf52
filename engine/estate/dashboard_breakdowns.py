"""How the faults of the dashboard that leave a trace at Fly begin: what its log says, and how it says it."""

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


def log_plain(fly: Fly, fault: Fault, now: float) -> Fly:
    """The app writes lines of plain text beside its structured ones."""
    return _logged(fly, fault, now, "sync: 12 orders taken over", "done in 1.4 s")


def log_bare_error(fly: Fly, fault: Fault, now: float) -> Fly:
    """An error is logged as a text: without its type and without a stack."""
    return _logged(
        fly, fault, now, f'{{"level":50,"time":{round(now * 1000)},"msg":"tile failed","err":"Error"}}'
    )


def _logged(fly: Fly, fault: Fault, now: float, *lines: str) -> Fly:
    app = fly.app(fault.service)
    for machine in app.machines if app else ():
        for line in lines:
            fly = log(fly, machine, now, "app", "info", line)
    return fly


BEGINS: Mapping[str, Callable[[Fly, Fault, float], Fly]] = {
    "tile-slow": tile_slow,
    "concurrency-full": concurrency_full,
    "log-plain": log_plain,
    "log-bare-error": log_bare_error,
}
