"""The state of a run: a fold over what happened.

Rules:
1. Everything that affects what a run is about to do lives here, and only `evolve` changes it.
2. `evolve` is pure and total: it reads only its arguments, and an event that no longer fits (a late
   answer, a second one) changes nothing.
3. Time never runs backwards in here: a record dated before the one that it follows happened at the same
   moment, so that what has expired stays expired.
What an operation and a question come to is in core/performed.py and core/prompts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.core.deviations import jumped, skipped
from engine.core.events import (
    Aborted,
    Answered,
    Asked,
    Ended,
    Expired,
    Finished,
    Frozen,
    HandedOver,
    Happened,
    Interrupted,
    Jumped,
    Noted,
    Opened,
    Person,
    PolicyRead,
    Prompted,
    Resumed,
    Settled,
    SeveritySet,
    Skipped,
    Started,
    TakenOver,
    Thawed,
    TimerFired,
    TimerStopped,
    Withdrawn,
)
from engine.core.operations import without
from engine.core.performed import has_ended, was_asked
from engine.core.plan import Plan
from engine.core.prompts import prompt_answered, prompt_expired, prompt_shown, prompt_withdrawn
from engine.core.run_state import (
    LADDER,
    Change,
    Operation,
    Prompt,
    RunState,
    Visit,
    check_of,
    evolved,
    fact_name,
    frozen_by,
    in_doubt,
    inside,
)
from engine.kinds.nodes import BRANCH_ENDS, ENDS
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.values import Json

ENGINE = Person()

__all__ = [
    "LADDER",
    "Change",
    "Operation",
    "Prompt",
    "RunState",
    "Visit",
    "check_of",
    "evolve",
    "fact_name",
]


def evolve(state: RunState, happened: Happened) -> RunState:
    """Return the state after one event."""
    if happened.at < state.now:
        happened = replace(happened, at=state.now)
    after = _TABLE[type(happened.event)](state, happened, happened.event)
    if after.severity != state.severity:
        after = evolved(after, graded=happened.at)
    return evolved(after, seq=happened.seq, now=happened.at, epoch=max(after.epoch, happened.epoch))


def _started(state: RunState, happened: Happened, event: Started) -> RunState:
    root = event.plan.scopes[""]
    first = Visit(event.plan.resolved_path("", root.start), happened.at)
    return evolved(
        state,
        plan=event.plan,
        digest=event.digest,
        started=happened.at,
        mode=event.mode,
        operator=event.operator,
        driver=event.operator,
        operated=frozenset({event.operator.role}),
        severity=event.plan.severity,
        visits={"": first},
        counts={first.step: 1},
        opened={"": {first.step: 1}},
    )


def _frozen(state: RunState, happened: Happened, event: Frozen) -> RunState:
    return evolved(state, frozen=frozen_by(event.who, event.reason))


def _thawed(state: RunState, happened: Happened, event: Thawed) -> RunState:
    return evolved(state, frozen="")


def _policy_read(state: RunState, happened: Happened, event: PolicyRead) -> RunState:
    return evolved(state, policy=event.policy)


def _opened(state: RunState, happened: Happened, event: Opened) -> RunState:
    plan = _plan(state)
    scope = plan.scopes.get(event.scope)
    if scope is None or event.scope in state.visits:
        return state
    first = plan.resolved_path(event.scope, scope.start)
    number = state.counts.get(first, 0) + 1
    return evolved(
        state,
        visits={**state.visits, event.scope: Visit(first, happened.at, number)},
        counts={**state.counts, first: number},
        opened={**state.opened, event.scope: {first: 1}},
        # what an earlier opening found does not answer for this one
        facts={step: known for step, known in state.facts.items() if not inside(step, event.scope)},
        outcomes={step: known for step, known in state.outcomes.items() if not inside(step, event.scope)},
    )


def _settled(state: RunState, happened: Happened, event: Settled) -> RunState:
    plan = _plan(state)
    known = plan.steps.get(event.step)
    visit = state.visits.get(known.scope) if known else None
    if known is None or visit is None or visit.end or visit.step != event.step:
        return state  # its scope was closed, or moved on, by a record before this one
    scope, step = known.scope, known.step
    jumped = visit.forced.startswith("jump:")
    gone = {
        name: op for name, op in state.operations.items() if op.ended and inside(op.asked.step, event.step)
    }
    doubtful = in_doubt(state, gone)
    prompts, visits = state.prompts, state.visits
    if prompts:
        prompts = {n: one for n, one in prompts.items() if not inside(one.prompted.step, event.step)}
    if len(visits) > 1:
        visits = {path: one for path, one in visits.items() if not inside(path, event.step)}
    changes: dict[str, Any] = {
        "doubtful": (*state.doubtful, *doubtful) if doubtful else state.doubtful,
        "prompts": prompts,
        "facts": _settled_facts(state, event),
        "outcomes": {**state.outcomes, event.step: event.outcome},
        "severity": _graver(plan, state.severity, event.severity) if event.severity else state.severity,
        "recovered": state.recovered or event.held,
    }
    if not scope:
        changes["last"] = event
    if not scope and event.why and not isinstance(step, (NotifyStep, EscalateStep)):
        changes["why"] = event.why
    if event.target in (BRANCH_ENDS if plan.scopes[scope].branch else ENDS):
        visits = {**visits, scope: replace(visit, end=event.target, forced="")}
        return without(state, gone, visits=visits, **changes)
    path = plan.resolved_path(scope, event.target)
    number = state.counts.get(path, 0) + 1
    opened = {} if jumped else state.opened.get(scope, {})  # a person may go where the bounds would not
    return without(
        state,
        gone,
        visits={**visits, scope: Visit(path, happened.at, number)},
        counts={**state.counts, path: number},
        opened={**state.opened, scope: {**opened, path: opened.get(path, 0) + 1}},
        **changes,
    )


def _graver(plan: Plan, now: str, raised: str) -> str:
    """Return the severity a runbook raises to, if that is no lower: only a person lowers it."""
    name = next((name for name, level in plan.severities.items() if raised in (name, *level.aliases)), raised)
    if not raised or not now or name not in plan.severities or now not in plan.severities:
        return name or now
    return name if plan.severities[name].respond <= plan.severities[now].respond else now


def _settled_facts(state: RunState, event: Settled) -> Mapping[str, Json]:
    facts = dict(state.facts)
    own = facts.get(event.step)
    mine: dict[str, Json] = dict(own) if isinstance(own, Mapping) else {}
    for item, answer in event.answers.items():
        if item:
            before = mine.get(item)
            mine[item] = {**(before if isinstance(before, Mapping) else {}), "answer": answer}
        else:
            mine["answer"] = answer
    facts[event.step] = {**mine, **event.facts}
    return facts


def _severity(state: RunState, happened: Happened, event: SeveritySet) -> RunState:
    return evolved(state, severity=event.severity)


def _timer(state: RunState, happened: Happened, event: TimerFired) -> RunState:
    state = evolved(state, timers=state.timers | {f"{event.timer}:{event.key}"})
    if event.timer == "update":
        return evolved(state, updates=int(event.key), updated=event.due)
    if state.told.get(event.key) == "stopped":  # a person pages after all
        return evolved(state, told={role: how for role, how in state.told.items() if role != event.key})
    return state


def _timer_stopped(state: RunState, happened: Happened, event: TimerStopped) -> RunState:
    if event.timer != "ladder" or state.told.get(event.key) == "delivered":
        return state
    return evolved(state, told={**state.told, event.key: "stopped"})


def _aborted(state: RunState, happened: Happened, event: Aborted) -> RunState:
    return evolved(
        state, aborting=f"{happened.by.name}: {event.reason}" if event.reason else happened.by.name
    )


def _interrupted(state: RunState, happened: Happened, event: Interrupted) -> RunState:
    return evolved(state, interrupted=True)


def _resumed(state: RunState, happened: Happened, event: Resumed) -> RunState:
    driver = state.driver if happened.by == ENGINE else happened.by
    return evolved(state, interrupted=False, driver=driver)


def _taken_over(state: RunState, happened: Happened, event: TakenOver) -> RunState:
    return evolved(_operated_by(state, happened.by), driver=happened.by)


def _handed(state: RunState, happened: Happened, event: HandedOver) -> RunState:
    return _operated_by(state, event.to)


def _operated_by(state: RunState, person: Person) -> RunState:
    return evolved(state, operator=person, operated=state.operated | {person.role})


def _finished(state: RunState, happened: Happened, event: Finished) -> RunState:
    return evolved(state, finished=event)


def _same(state: RunState, happened: Happened, event: Noted) -> RunState:
    return state


def _plan(state: RunState) -> Plan:
    if state.plan is None:
        raise ValueError("a journal begins with `started`")
    return state.plan


# An event handler per type; mypy cannot tie the value's type to its key.
_TABLE: Mapping[type, Callable[[RunState, Happened, Any], RunState]] = {
    Started: _started,
    Resumed: _resumed,
    Asked: was_asked,
    Ended: has_ended,
    Prompted: prompt_shown,
    Answered: prompt_answered,
    Expired: prompt_expired,
    Withdrawn: prompt_withdrawn,
    Frozen: _frozen,
    Thawed: _thawed,
    PolicyRead: _policy_read,
    Opened: _opened,
    Settled: _settled,
    SeveritySet: _severity,
    TimerFired: _timer,
    TimerStopped: _timer_stopped,
    Noted: _same,
    Skipped: skipped,
    Jumped: jumped,
    Aborted: _aborted,
    Interrupted: _interrupted,
    TakenOver: _taken_over,
    HandedOver: _handed,
    Finished: _finished,
}
