"""Faults begin, end and are healed, by themselves as time passes or by what somebody does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.estate import breakdowns, github_runs, shopify
from engine.estate import fly as platform
from engine.estate.fault import ActiveFault, Fault
from engine.estate.faults import APP_FAULTS, require_known
from engine.estate.fly import Change
from engine.estate.state import EstateState


def schedule(state: EstateState, faults: Iterable[Fault]) -> EstateState:
    """Return the estate with faults that begin by themselves; raises UsageError for an unknown one."""
    added = tuple(faults)
    for fault in added:
        _require(state, fault)
    return replace(state, scheduled=(*state.scheduled, *added))


def apply(state: EstateState, fault: Fault, now: float) -> EstateState:
    """Begin a fault now; raises UsageError for an unknown one."""
    _require(state, fault)
    begin = APP_FAULTS.get(fault.kind)
    if begin is not None:
        state = replace(state, fly=begin(state.fly, fault, now))
    if fault.kind == "ci-red":
        state = replace(state, github=github_runs.begin(state.github, fault, now))
    if fault.kind == shopify.BUSY:
        state = replace(state, shop=shopify.busy(state.shop, fault))
    return replace(state, active=(*state.active, ActiveFault(fault, now)))


def heal(state: EstateState, fault: Fault, now: float) -> EstateState:
    """End a fault now."""
    if fault.kind in APP_FAULTS:
        state = replace(state, fly=breakdowns.end(state.fly, fault, now))
    if fault.kind == "ci-red":
        state = replace(state, github=github_runs.end(state.github, fault, now))
    if fault.kind == shopify.BUSY:
        state = replace(state, shop=shopify.quiet(state.shop))
    return replace(state, active=tuple(entry for entry in state.active if entry.fault.id != fault.id))


def advance(state: EstateState, now: float) -> EstateState:
    """Return the estate after everything that was due up to now, in order."""
    for due, is_end, fault in _due_faults(state, now):
        state = _advance_fly(state, due)
        if is_end:
            state = heal(state, fault, due)
        else:
            state = replace(state, scheduled=tuple(f for f in state.scheduled if f is not fault))
            state = apply(state, fault, due)
    return _advance_fly(state, now)


def healed_by(state: EstateState, changes: tuple[Change, ...], now: float) -> EstateState:
    """End the faults whose `heal` is one of these actions; what is tied to an image goes with the image."""
    for change in changes:
        for entry in state.active:
            fault = entry.fault
            by = fault.text("app", fault.service)  # whose change heals it
            if fault.kind not in APP_FAULTS and fault.heal == change.call and by == change.app:
                state = heal(state, fault, now)
    return state


def _due_faults(state: EstateState, now: float) -> list[tuple[float, bool, Fault]]:
    begins = [(state.began + f.at, False, f) for f in state.scheduled if state.began + f.at <= now]
    known = [*(entry.fault for entry in state.active), *(fault for _, _, fault in begins)]
    ends = [
        (state.began + f.until, True, f)
        for f in known
        if f.until is not None and state.began + f.until <= now
    ]
    return sorted((*begins, *ends), key=lambda entry: (entry[0], entry[1]))


def _advance_fly(state: EstateState, now: float) -> EstateState:
    fly = platform.advance(state.fly, now)
    return state if fly is state.fly else replace(state, fly=fly)


def _require(state: EstateState, fault: Fault) -> None:
    require_known(fault, state.services, frozenset(app.name for app in state.fly.apps))
