"""The state of a run: a fold over what happened.

Rules:
1. Everything that affects what a run is about to do lives here, and only `evolve` changes it.
2. `evolve` is pure and total: it reads only its arguments, and an event that no longer fits (a late
   answer, a second one) changes nothing.
3. Time never runs backwards in here: a record dated before the one that it follows happened at the same
   moment, so that what has expired stays expired.
4. A person's answer counts by its time in the record, held against the prompt's `due`, even if nobody
   recorded that it expired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine.core.deviations import jumped, kept_to_the_runbook, skipped
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
from engine.core.heard import acknowledged, message_ended
from engine.core.operations import with_operation, without
from engine.core.plan import Plan
from engine.core.redacted import marked, untouched
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
    is_current,
)
from engine.core.soaking import soaked
from engine.kinds.nodes import BRANCH_ENDS, ENDS
from engine.kinds.step import TIMEOUT, WITHDRAWN, Given
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.uses import judge_seen
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


def _asked(state: RunState, happened: Happened, event: Asked) -> RunState:
    operation = Operation(event, happened.at, epoch=happened.epoch)
    if event.what == "control":
        number = event.operation.partition(".")[0]
        kept = {name: op for name, op in state.controls.items() if name.partition(".")[0] == number}
        return evolved(state, controls={**kept, event.operation: operation})
    state = soaked(state, event)
    if event.effect == "read":
        return with_operation(state, operation)
    if event.undoes:
        return with_operation(state, operation, recovered=False)
    made = state.changed.get(event.change, 0) + 1
    return with_operation(state, operation, recovered=False, changed={**state.changed, event.change: made})


def _ended(state: RunState, happened: Happened, event: Ended) -> RunState:
    if event.operation in state.controls:
        probe = state.controls[event.operation]
        if probe.ended is not None:
            return state
        ended = _over(probe, happened, event)
        return evolved(state, controls={**state.controls, event.operation: ended})
    operation = state.operations.get(event.operation)
    if operation is None or operation.ended is not None:
        return state
    asked = operation.asked
    ended = _over(operation, happened, event)
    current = is_current(state, asked)
    # when its visit has settled, it cannot tell that one anything, nor the next
    state = with_operation(state, ended) if current else without(state, (event.operation,))
    if asked.what == "message":
        return message_ended(state, asked, event)
    if asked.effect != "read":
        return _landed(state, asked, ended, event, current)
    if not current:
        return state
    if asked.what in ("proof", "code"):
        return state
    if asked.what == "acknowledgement":
        return acknowledged(state, asked) if event.outcome == "acknowledged" else state
    if asked.what != "check":
        facts = {**state.facts, asked.step: marked({**event.facts, "outcome": event.outcome}, event.redacted)}
        return evolved(state, facts=facts)
    state = evolved(
        state,
        facts=_with_check(state, asked, marked({**event.facts, "answer": event.outcome}, event.redacted)),
    )
    return _happened(state, asked.step, asked.item) if event.outcome == "pass" else state


def _over(operation: Operation, happened: Happened, event: Ended) -> Operation:
    return Operation(operation.asked, operation.asked_at, event, happened.at, operation.epoch)


def _landed(state: RunState, asked: Asked, operation: Operation, event: Ended, current: bool) -> RunState:
    """Note how a change ended; what a recovery check saw before that proves nothing about after it."""
    if event.outcome != "named":
        state = evolved(state, recovered=False)
    if current:
        found = marked({**event.facts, "outcome": event.outcome}, event.redacted)
        state = evolved(state, facts={**state.facts, asked.step: found})
    else:
        doubtful = in_doubt(state, {asked.operation: operation})
        state = evolved(state, doubtful=(*state.doubtful, *doubtful))
    if event.outcome != "done":
        return state
    if asked.undoes:
        return evolved(state, undone=state.undone | {asked.undoes})
    return _with_change(state, asked)


def _with_change(state: RunState, asked: Asked) -> RunState:
    change = Change(asked.operation, asked.step, asked.title, asked.undo, asked.irreversible)
    return evolved(state, changes=(*state.changes, change))


def _happened(state: RunState, step: str, item: str) -> RunState:
    """Note a change, or an undo, whose outcome was unknown and that turned out to have happened."""
    kind, _, rest = item.partition(".")
    if kind not in ("reconcile", "happened", "verify"):
        return state
    known = _plan(state).steps.get(step)
    if known is not None and isinstance(known.step, UndoStep):
        return evolved(state, undone=state.undone | {rest})
    found = [
        op.asked for op in state.operations.values() if (op.asked.step, op.asked.item) == (step, f"do.{rest}")
    ]
    if not found or found[-1].effect == "read":
        return state
    return _with_change(state, found[-1])


def _with_check(state: RunState, asked: Asked, facts: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the facts with those of one check: under the step, or under step and name."""
    name = fact_name(state, asked.step, asked.item)
    if not name:
        return {**state.facts, asked.step: facts}
    before = state.facts.get(asked.step)
    return {**state.facts, asked.step: {**(before if isinstance(before, Mapping) else {}), name: facts}}


def _prompted(state: RunState, happened: Happened, event: Prompted) -> RunState:
    prompt = Prompt(event, happened.at, operator=state.operator.name)
    return evolved(state, prompts={**state.prompts, event.prompt: prompt})


def _answered(state: RunState, happened: Happened, event: Answered) -> RunState:
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    due = prompt.prompted.due
    if due is not None and happened.at > due:
        return state
    by = happened.by
    given = Given(
        event.choice,
        by.name,
        happened.at,
        untouched(event.values, event.redacted),
        event.reason,
        by.role,
        by.identity,
        event.proof,
    )
    state = evolved(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})
    if event.choice == "break-glass" and prompt.prompted.decides_change:
        what = f"{by.name}, {by.role}: {prompt.prompted.text} ({event.reason})"
        return evolved(state, broke_glass=(*state.broke_glass, what))
    if event.choice != "yes":
        state = kept_to_the_runbook(state, prompt.prompted)
    if prompt.prompted.kind == "acknowledge" and event.choice == "ack":
        return evolved(state, acknowledged=state.acknowledged | {prompt.prompted.role})
    if prompt.prompted.kind == "look" and event.choice == "seen":
        return _looked(state, prompt.prompted, event)
    if prompt.prompted.kind == "happened" and event.choice == "done":
        return _happened(state, prompt.prompted.step, prompt.prompted.item)
    if prompt.prompted.decides_change and event.choice == "hand":
        return evolved(state, recovered=False)  # a person changed something: what held before proves nothing
    return state


def _looked(state: RunState, prompted: Prompted, event: Answered) -> RunState:
    """Return the state with what a person saw as facts; the verdict on it comes with `Settled`."""
    item = prompted.item.removeprefix("look:")
    tries = [
        op.asked
        for op in state.operations.values()
        if (op.asked.step, op.asked.item) == (prompted.step, item)
    ]
    check = check_of(state, prompted.step, item)
    if not tries or check is None:
        return state
    seen = judge_seen(check, event.values).facts
    return evolved(state, facts=_with_check(state, tries[-1], marked(seen, event.redacted)))


def _expired(state: RunState, happened: Happened, event: Expired) -> RunState:
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    given = Given(TIMEOUT, "nobody", happened.at)
    state = evolved(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})
    return kept_to_the_runbook(state, prompt.prompted)


def _withdrawn(state: RunState, happened: Happened, event: Withdrawn) -> RunState:
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    given = Given(WITHDRAWN, "engine", happened.at, reason=event.why)
    return evolved(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})


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
    state = without(
        state,
        gone,
        doubtful=(*state.doubtful, *in_doubt(state, gone)),
        prompts={
            name: prompt
            for name, prompt in state.prompts.items()
            if not inside(prompt.prompted.step, event.step)
        },
        facts=_settled_facts(state, event),
        outcomes={**state.outcomes, event.step: event.outcome},
        visits={path: one for path, one in state.visits.items() if not inside(path, event.step)},
        severity=_graver(plan, state.severity, event.severity),
        why=state.why if scope or isinstance(step, (NotifyStep, EscalateStep)) else event.why or state.why,
        recovered=state.recovered or event.held,
    )
    if event.target in (BRANCH_ENDS if plan.scopes[scope].branch else ENDS):
        visit = replace(visit, end=event.target, forced="")
        return evolved(state, visits={**state.visits, scope: visit})
    path = plan.resolved_path(scope, event.target)
    number = state.counts.get(path, 0) + 1
    opened = {} if jumped else state.opened.get(scope, {})  # a person may go where the bounds would not
    return evolved(
        state,
        visits={**state.visits, scope: Visit(path, happened.at, number)},
        counts={**state.counts, path: number},
        opened={**state.opened, scope: {**opened, path: opened.get(path, 0) + 1}},
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
    Asked: _asked,
    Ended: _ended,
    Prompted: _prompted,
    Answered: _answered,
    Expired: _expired,
    Withdrawn: _withdrawn,
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
