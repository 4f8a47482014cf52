"""The texts that a run sends by itself: its beginning, a status update, its end.

Facts of the plan and the run, one field a line; nothing that a target answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from engine.core.events import Person
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.kinds.values import Duration, Instant


def beginning(state: RunState) -> str:
    """Return who runs what, where, since when."""
    plan = cast(Plan, state.plan)
    what = "observes" if state.mode == "observe" else "practises" if plan.drills else "runs"
    return _lines(
        f"{_person(state.operator)} {what} {plan.runbook} in {plan.environment} since {_time(state.started)}",
        _head(state),
        f"Alert: {_time(plan.since)}" if plan.since is not None else "",
        f"Incident: {plan.incident}" if plan.incident else "",
    )


def update(state: RunState, now: Instant) -> str:
    """Return a status update: what changed, what is next, and no promise of an end."""
    plan = cast(Plan, state.plan)
    level = plan.severities.get(state.severity)
    changed = [change.title for change in state.changes if change.operation not in state.undone]
    following = None
    if level is not None and level.cadence:
        following = (state.updated or now).after(level.cadence / plan.time_scale)
    return _lines(
        f"{_head(state)}, update {state.updates} at {_time(now)}",
        f"Started: {_time(state.since)}, {Duration(max(0, round(now - state.since)))} ago",
        f"Users notice: {plan.impact}" if plan.impact else "",
        f"Service: {plan.service}" if plan.service else "",
        f"Changed: {'; '.join(changed) or 'nothing yet'}",
        f"Doing now: {'; '.join(_current(state)) or 'nothing'}{_waiting(state)}",
        f"Next: {_next(state)}",
        "ETA: unknown",
        f"Next update: {_time(following)}" if following is not None else "",
        f"Owner: {state.operator.role or state.operator.name}",
        f"Incident: {plan.incident}" if plan.incident else "",
    )


def ending(state: RunState, end: str, now: Instant) -> str:
    """Return how a run ended, and what it leaves behind."""
    changed = [change.title for change in state.changes if change.operation not in state.undone]
    lasted = Duration(max(0, round(now - state.since)))
    since = "alert" if state.plan and state.plan.since is not None else "start"
    return _lines(
        f"{_head(state)}: ended {end} at {_time(now)}, {lasted} after the {since}",
        f"Changed: {'; '.join(changed) or 'nothing'}",
        f"Owner: {_person(state.operator)}",
    )


def _head(state: RunState) -> str:
    plan = cast(Plan, state.plan)
    return f"[{state.severity or 'incident'}] {plan.run}: {plan.title} ({plan.environment})"


def _person(person: Person) -> str:
    return f"{person.name} ({person.role})" if person.role else person.name


def _current(state: RunState) -> Iterator[str]:
    """Yield the titles of the steps the run stands at that have opened no other."""
    plan = cast(Plan, state.plan)
    at = [visit.step for visit in state.visits.values() if not visit.end]
    for step in at:
        if step in plan.steps and not any(other.startswith(f"{step}/") for other in at):
            yield plan.steps[step].title


def _waiting(state: RunState) -> str:
    asked = [prompt for prompt in state.prompts.values() if prompt.given is None]
    return " (waiting for a decision)" if asked else ""


def _next(state: RunState) -> str:
    """Return where the run goes if all goes well, where that is one step."""
    plan = cast(Plan, state.plan)
    at = state.visits[""]
    step = plan.steps.get(at.step)
    good = {step.routes[one] for one in step.step.good if one in step.routes} if step else set()
    if at.end or len(good) != 1:
        return "what is found decides"
    name = good.pop()
    known = plan.steps.get(name)
    return known.title if known else f"the run ends {name}"


@lru_cache(maxsize=256)
def _time(moment: Instant) -> str:
    return f"{moment.utc():%Y-%m-%d %H:%M:%S} UTC"


def _lines(*lines: str) -> str:
    return "\n".join(" ".join(line.split()) for line in lines if line)
