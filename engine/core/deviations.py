"""Where a person leaves the runbook: what a skip, a jump or an override does to the state.

Rules:
1. A deviation marks the visit; the core leaves the step once the changes in it have landed, and once a second
   person agrees where policy wants one.
2. No jump crosses a border: a person may go to any step of the same graph, or to an end of it.
3. An override takes an outcome the step has; any other changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from engine.core.events import Happened, Jumped, Prompted, Skipped
from engine.core.plan import Plan
from engine.core.run_state import RunState, deviation_item
from engine.kinds.nodes import BRANCH_ENDS, ENDS


def skipped(state: RunState, happened: Happened, event: Skipped) -> RunState:
    """Mark the visit of a step as skipped, or as overridden with an outcome."""
    if not event.outcome:
        return _force(state, event.step, "skip", f"{happened.by.name} skipped it: {event.reason}")
    known = state.plan.steps.get(event.step) if state.plan else None
    if known is None or event.outcome not in known.routes:
        return state
    why = f"{happened.by.name} overrode it, {event.outcome}: {event.reason}"
    return _force(state, event.step, f"override:{event.outcome}", why)


def jumped(state: RunState, happened: Happened, event: Jumped) -> RunState:
    """Mark the visit of a step as left for another."""
    return _force(state, event.step, f"jump:{event.target}", f"{happened.by.name} jumped: {event.reason}")


def kept_to_the_runbook(state: RunState, prompted: Prompted) -> RunState:
    """Take back a deviation that the second person did not agree to."""
    for path, visit in state.visits.items():
        if visit.step == prompted.step and visit.forced and prompted.item == deviation_item(visit):
            kept = replace(visit, forced="", forced_why="")
            return replace(state, visits={**state.visits, path: kept})
    return state


def _force(state: RunState, step: str, forced: str, why: str) -> RunState:
    scope = next((path for path, visit in state.visits.items() if visit.step == step and not visit.end), None)
    target = forced.removeprefix("jump:") if forced.startswith("jump:") else ""
    if scope is None or state.plan is None or (target and not _reachable(state.plan, scope, target)):
        return state
    before = state.visits[scope]
    visit = replace(before, forced=forced, forced_why=why, forcings=before.forcings + 1)
    return replace(state, visits={**state.visits, scope: visit})


def _reachable(plan: Plan, scope: str, target: str) -> bool:
    """Say whether a jump stays within its graph: no edge crosses a border."""
    if target in (BRANCH_ENDS if plan.scopes[scope].branch else ENDS):
        return True
    there = plan.steps.get(plan.resolved_path(scope, target))
    return there is not None and there.scope == scope
