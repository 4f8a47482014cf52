"""The state of a run: a fold over what happened.

Rules:
1. Everything that affects what a run is about to do lives here, and only `evolve` changes it.
2. `evolve` is pure and total: it reads only its arguments, and an event that no longer fits (a late
   answer, a second one) changes nothing.
3. State is bounded by the graph, not by the history: a settled visit's operations are dropped, what
   they found stays as facts.
4. A person's answer counts by its time in the record, held against the prompt's `due`, even if nobody
   recorded that it expired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.core.events import (
    Aborted,
    Answered,
    Asked,
    Ended,
    Expired,
    Finished,
    HandedOver,
    Happened,
    Interrupted,
    Jumped,
    Noted,
    Opened,
    Person,
    Prompted,
    Resumed,
    Settled,
    SeveritySet,
    Skipped,
    Started,
    TakenOver,
    TimerFired,
    TimerStopped,
)
from engine.core.plan import Plan
from engine.kinds.nodes import BRANCH_ENDS, ENDS
from engine.kinds.step import TIMEOUT, Given
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Observation


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a visit that has not settled."""

    asked: Asked
    asked_at: Instant
    ended: Ended | None = None
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a person."""

    prompted: Prompted
    at: Instant
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a scope stands: at a step (`entered` then, for the `number`th time), or at its end."""

    step: str
    entered: Instant
    number: int = 1
    end: str = ""
    forced: str = ""
    """A person's deviation: `skipped`, or `jump:TARGET`."""
    forced_why: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A recorded change that succeeded, newest last, until it is undone."""

    operation: str
    step: str
    title: str
    undo: Json
    irreversible: str


@dataclass(frozen=True, slots=True)
class RunState:
    """What is known about a run. `plan` is None before the first record."""

    plan: Plan | None = None
    seq: int = 0
    epoch: int = 1
    started: Instant = Instant(0.0)
    now: Instant = Instant(0.0)
    """The time of the last record."""
    mode: str = "run"
    operator: Person = Person()
    severity: str = ""
    visits: Mapping[str, Visit] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    """Visits of each step over the whole run."""
    opened: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Visits of each step since its scope was opened."""
    operations: Mapping[str, Operation] = field(default_factory=dict)
    controls: Mapping[str, Operation] = field(default_factory=dict)
    """The control probes of the latest round."""
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    facts: Mapping[str, Json] = field(default_factory=dict)
    outcomes: Mapping[str, str] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    undone: frozenset[str] = frozenset()
    recovered: bool = False
    """A recovery check has held and no change was asked since."""
    told: Mapping[str, str] = field(default_factory=dict)
    """Roles paged by the ladder: delivered or undelivered."""
    timers: frozenset[str] = frozenset()
    """Timers that fired or were stopped, as `timer:key`."""
    updates: int = 0
    why: str = ""
    """Why the last step of the root that saw or did something settled as it did."""
    undelivered: bool = False
    delivered: bool = False
    aborting: str = ""
    interrupted: bool = False
    finished: Finished | None = None

    @property
    def since(self) -> Instant:
        """Return when the alert fired, else when the run started."""
        return self.plan.since if self.plan and self.plan.since is not None else self.started


def evolve(state: RunState, happened: Happened) -> RunState:
    """Return the state after one event."""
    after = _TABLE[type(happened.event)](state, happened, happened.event)
    return replace(
        after, seq=happened.seq, now=max(after.now, happened.at), epoch=max(after.epoch, happened.epoch)
    )


def _started(state: RunState, happened: Happened, event: Started) -> RunState:
    root = event.plan.scopes[""]
    first = Visit(event.plan.resolved_path("", root.start), happened.at)
    return replace(
        state,
        plan=event.plan,
        started=happened.at,
        mode=event.mode,
        operator=event.operator,
        severity=event.plan.severity,
        visits={"": first},
        counts={first.step: 1},
        opened={"": {first.step: 1}},
    )


def _asked(state: RunState, happened: Happened, event: Asked) -> RunState:
    operation = Operation(event, happened.at)
    if event.what == "control":
        number = event.operation.partition(".")[0]
        kept = {name: op for name, op in state.controls.items() if name.partition(".")[0] == number}
        return replace(state, controls={**kept, event.operation: operation})
    recovered = state.recovered and event.effect == "read"
    return replace(state, operations={**state.operations, event.operation: operation}, recovered=recovered)


def _ended(state: RunState, happened: Happened, event: Ended) -> RunState:
    if event.operation in state.controls:
        ended = replace(state.controls[event.operation], ended=event, ended_at=happened.at)
        return replace(state, controls={**state.controls, event.operation: ended})
    operation = state.operations.get(event.operation)
    if operation is None or operation.ended is not None:
        return state
    asked = operation.asked
    ended = replace(operation, ended=event, ended_at=happened.at)
    kept = {**state.operations, event.operation: ended}
    if not _is_current(state, asked):
        del kept[event.operation]  # a read that was cancelled after its visit settled
    state = replace(state, operations=kept)
    if asked.what == "message":
        return _message(state, asked, event)
    if asked.what == "check":
        state = replace(state, facts=_with_check(state, asked, {**event.facts, "answer": event.outcome}))
        return _happened(state, asked.step, asked.item, "reconcile.") if event.outcome == "pass" else state
    facts = {**state.facts, asked.step: {**event.facts, "outcome": event.outcome}}
    state = replace(state, facts=facts)
    if event.outcome != "done":
        return state
    if asked.undoes:
        return replace(state, undone=state.undone | {asked.undoes})
    if asked.effect == "read":
        return state
    return _with_change(state, asked)


def _with_change(state: RunState, asked: Asked) -> RunState:
    change = Change(asked.operation, asked.step, asked.title, asked.undo, asked.irreversible)
    return replace(state, changes=(*state.changes, change))


def _happened(state: RunState, step: str, item: str, prefix: str) -> RunState:
    """Note a change whose outcome was unknown and that turned out to have happened."""
    if not item.startswith(prefix):
        return state
    name = f"do.{item.removeprefix(prefix)}"
    found = [op.asked for op in state.operations.values() if (op.asked.step, op.asked.item) == (step, name)]
    if not found or found[-1].effect == "read":
        return state
    return _with_change(state, found[-1])


def _is_current(state: RunState, asked: Asked) -> bool:
    return asked.step == LADDER or any(
        visit.step == asked.step and visit.number == asked.visit and not visit.end
        for visit in state.visits.values()
    )


def _message(state: RunState, asked: Asked, event: Ended) -> RunState:
    got_through = event.outcome == "delivered"
    state = replace(
        state, delivered=state.delivered or got_through, undelivered=state.undelivered or not got_through
    )
    if asked.step == LADDER:
        return replace(state, told={**state.told, asked.item: event.outcome})
    return state


def _with_check(state: RunState, asked: Asked, facts: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the facts with those of one check: under the step, or under step and name."""
    name = fact_name(state, asked.step, asked.item)
    if not name:
        return {**state.facts, asked.step: facts}
    before = state.facts.get(asked.step)
    return {**state.facts, asked.step: {**(before if isinstance(before, Mapping) else {}), name: facts}}


def fact_name(state: RunState, step: str, item: str) -> str:
    """Return the name a check's facts stand under in its step: samples of a wait share one."""
    known = state.plan.steps.get(step) if state.plan else None
    if known is not None and isinstance(known.step, WaitStep):
        return item.partition(".")[2] if item[:1].isdigit() else item
    return item


def _prompted(state: RunState, happened: Happened, event: Prompted) -> RunState:
    return replace(state, prompts={**state.prompts, event.prompt: Prompt(event, happened.at)})


def _answered(state: RunState, happened: Happened, event: Answered) -> RunState:
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    due = prompt.prompted.due
    if due is not None and happened.at > due:
        return state
    given = Given(event.choice, happened.by.name, happened.at, event.values, event.reason)
    state = replace(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})
    if prompt.prompted.kind == "look" and event.choice == "seen":
        return _looked(state, prompt.prompted, event.values)
    if prompt.prompted.kind == "happened" and event.choice == "done":
        return _happened(state, prompt.prompted.step, prompt.prompted.item, "happened.")
    if prompt.prompted.kind == "confirm" and event.choice == "hand":
        return replace(state, recovered=False)  # a person changed something: what held before proves nothing
    return state


def _looked(state: RunState, prompted: Prompted, values: Mapping[str, Json]) -> RunState:
    item = prompted.item.removeprefix("look:")
    asked = next(
        (
            op.asked
            for op in state.operations.values()
            if (op.asked.step, op.asked.item) == (prompted.step, item)
        ),
        None,
    )
    check = check_of(state, prompted.step, item)
    if asked is None or check is None:
        return state
    verdict = judge(check, Observation(facts=values))
    return replace(state, facts=_with_check(state, asked, {**verdict.facts, "answer": verdict.answer}))


def check_of(state: RunState, step: str, item: str) -> CheckUse | None:
    """Return the check a step knows under an item."""
    known = state.plan.steps[step].step if state.plan else None
    if isinstance(known, ChecksStep):
        return known.checks.get(item)
    check = getattr(known, "check", None)
    return check if isinstance(check, CheckUse) else None


def _expired(state: RunState, happened: Happened, event: Expired) -> RunState:
    prompt = state.prompts.get(event.prompt)
    if prompt is None or prompt.given is not None:
        return state
    given = Given(TIMEOUT, "nobody", happened.at)
    return replace(state, prompts={**state.prompts, event.prompt: replace(prompt, given=given)})


def _opened(state: RunState, happened: Happened, event: Opened) -> RunState:
    plan = _plan(state)
    first = plan.resolved_path(event.scope, plan.scopes[event.scope].start)
    number = state.counts.get(first, 0) + 1
    return replace(
        state,
        visits={**state.visits, event.scope: Visit(first, happened.at, number)},
        counts={**state.counts, first: number},
        opened={**state.opened, event.scope: {first: 1}},
    )


def _settled(state: RunState, happened: Happened, event: Settled) -> RunState:
    plan = _plan(state)
    scope, step = plan.steps[event.step].scope, plan.steps[event.step].step
    state = replace(
        state,
        operations={
            name: op
            for name, op in state.operations.items()
            if op.asked.step != event.step or op.ended is None
        },
        prompts={
            name: prompt for name, prompt in state.prompts.items() if prompt.prompted.step != event.step
        },
        facts=_settled_facts(state, event),
        outcomes={**state.outcomes, event.step: event.outcome},
        visits={path: visit for path, visit in state.visits.items() if not _inside(path, event.step)},
        severity=event.severity or state.severity,
        why=state.why if scope or isinstance(step, (NotifyStep, EscalateStep)) else event.why or state.why,
        recovered=state.recovered or event.held,
    )
    if event.target in (BRANCH_ENDS if plan.scopes[scope].branch else ENDS):
        visit = replace(state.visits[scope], end=event.target, forced="")
        return replace(state, visits={**state.visits, scope: visit})
    path = plan.resolved_path(scope, event.target)
    number = state.counts.get(path, 0) + 1
    opened = state.opened.get(scope, {})
    return replace(
        state,
        visits={**state.visits, scope: Visit(path, happened.at, number)},
        counts={**state.counts, path: number},
        opened={**state.opened, scope: {**opened, path: opened.get(path, 0) + 1}},
    )


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


def _inside(scope: str, step: str) -> bool:
    return scope == step or scope.startswith(f"{step}/")


def _severity(state: RunState, happened: Happened, event: SeveritySet) -> RunState:
    return replace(state, severity=event.severity)


def _timer(state: RunState, happened: Happened, event: TimerFired) -> RunState:
    updates = int(event.key) if event.timer == "update" else state.updates
    return replace(state, timers=state.timers | {f"{event.timer}:{event.key}"}, updates=updates)


def _timer_stopped(state: RunState, happened: Happened, event: TimerStopped) -> RunState:
    told = {**state.told, event.key: "stopped"} if event.timer == "ladder" else state.told
    return replace(state, told=told)


def _force(state: RunState, step: str, forced: str, why: str) -> RunState:
    scope = next((path for path, visit in state.visits.items() if visit.step == step and not visit.end), None)
    if scope is None:
        return state
    visit = replace(state.visits[scope], forced=forced, forced_why=why)
    return replace(state, visits={**state.visits, scope: visit})


def _skipped(state: RunState, happened: Happened, event: Skipped) -> RunState:
    return _force(state, event.step, "skipped", f"{happened.by.name} skipped it: {event.reason}")


def _jumped(state: RunState, happened: Happened, event: Jumped) -> RunState:
    return _force(state, event.step, f"jump:{event.target}", f"{happened.by.name} jumped: {event.reason}")


def _aborted(state: RunState, happened: Happened, event: Aborted) -> RunState:
    return replace(
        state, aborting=f"{happened.by.name}: {event.reason}" if event.reason else happened.by.name
    )


def _interrupted(state: RunState, happened: Happened, event: Interrupted) -> RunState:
    return replace(state, interrupted=True)


def _resumed(state: RunState, happened: Happened, event: Resumed) -> RunState:
    return replace(state, interrupted=False)


def _handed(state: RunState, happened: Happened, event: HandedOver) -> RunState:
    return replace(state, operator=event.to)


def _finished(state: RunState, happened: Happened, event: Finished) -> RunState:
    return replace(state, finished=event)


def _same(state: RunState, happened: Happened, event: Noted | TakenOver) -> RunState:
    return state


def _plan(state: RunState) -> Plan:
    if state.plan is None:
        raise ValueError("a journal begins with `started`")
    return state.plan


LADDER = "!ladder"
"""Stands for the step in operations that the ladder asks for."""

# An event handler per type; mypy cannot tie the value's type to its key.
_TABLE: Mapping[type, Callable[[RunState, Happened, Any], RunState]] = {
    Started: _started,
    Resumed: _resumed,
    Asked: _asked,
    Ended: _ended,
    Prompted: _prompted,
    Answered: _answered,
    Expired: _expired,
    Opened: _opened,
    Settled: _settled,
    SeveritySet: _severity,
    TimerFired: _timer,
    TimerStopped: _timer_stopped,
    Noted: _same,
    Skipped: _skipped,
    Jumped: _jumped,
    Aborted: _aborted,
    Interrupted: _interrupted,
    TakenOver: _same,
    HandedOver: _handed,
    Finished: _finished,
}
