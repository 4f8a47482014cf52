"""The state in which a test of one step begins: made by hand, and driven by the one core from there.

Rules:
1. Only the state is made: where the run stands, what earlier steps found and how they ended, which changes
   were made. What the step does with it is the core's.
2. A fact is put where `engine.core.lookup` finds it under the name that a condition uses.
3. The messages of the run itself (its start, its updates, the ladder of its severity) are left out: they go
   out beside every step and are no step's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.core.asking import CannotAsk, asked_action
from engine.core.events import Asked, Ended, Happened, Person, Started
from engine.core.lookup import lookup_in
from engine.core.plan import Plan
from engine.core.run_state import Change, Operation, RunState, Visit, evolved
from engine.core.state import evolve
from engine.kinds.references import REFERENCE, Unresolved, resolve
from engine.kinds.step import Act
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Instant, Json
from engine.model.cases import Givens
from engine.views.good_day import put


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a test begins: at a step, on which of its visits, after what was found and made."""

    step: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    given: Mapping[str, Givens] = field(default_factory=dict)
    """Of these only the ends of what the step opens."""
    visit: int = 1
    made: tuple[str, ...] = ()


def alone(plan: Plan) -> Plan:
    """Return a plan whose run tells nothing by itself."""
    levels = {name: replace(level, cadence=None) for name, level in plan.severities.items()}
    return replace(plan, guards=replace(plan.guards, announce="", updates=""), severities=levels)


def begun(plan: Plan, operator: Person, now: Instant, engine: str) -> RunState:
    """Return the state after the first record, in which no rung of a ladder is paged."""
    started = Happened(1, now, operator, Started(plan=plan, digest="", engine=engine, operator=operator))
    state = evolve(RunState(), started)
    rungs = {rung.role: "stopped" for level in plan.severities.values() for rung in level.ladder}
    return evolved(state, told=rungs)


def standing(state: RunState, at: Standing) -> tuple[RunState, tuple[str, ...]]:
    """Return the state at a step, and what of the test cannot be arranged."""
    plan = state.plan
    if plan is None or at.step not in plan.steps:
        return state, (f"the plan has no step {at.step}",)
    found = _Found(plan)
    for name, value in at.facts.items():
        found.put(plan.steps[at.step].scope, name, value)
    state = evolved(
        state,
        facts=found.facts,
        outcomes=found.outcomes,
        controls=_controls(plan, found.network, state.now),
        severity=found.severity or state.severity,
    )
    state = _at(state, plan, at)
    state, problems = _with_changes(state, plan, at.made)
    if found.network and not plan.controls:
        problems.append("run.network: the catalogue has no controls that could tell")
    return state, (*found.problems, *problems)


@dataclass(slots=True)
class _Found:
    """Facts, put where the look-up finds them."""

    plan: Plan
    facts: dict[str, dict[str, Json]] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)
    network: str = ""
    severity: str = ""
    problems: list[str] = field(default_factory=list)

    def put(self, scope: str, name: str, value: Json) -> None:
        """Put one fact under the name that a condition of a scope uses."""
        head, _, rest = name.partition(".")
        if head == "run":
            self.network = str(value) if rest == "network" else self.network
            self.severity = str(value) if rest == "severity" else self.severity
            return
        path = self.plan.resolved_path(scope, head)
        if path not in self.plan.steps:
            here = self.plan.scopes[scope]
            if here.branch:
                self.put(self.plan.steps[here.parent].scope, name, value)
            else:
                self.problems.append(f"{name}: there is no step {head}")
            return
        step = self.plan.steps[path].step
        several = isinstance(step, ChecksStep | WaitStep)
        if rest == "outcome" or (not rest and not isinstance(step, CheckStep)):
            self.outcomes[path] = str(value)
        elif isinstance(step, RunbookStep):
            self._output(path, rest, value)
        elif not rest or (several and "." not in rest and isinstance(value, str) and value in _ANSWERS):
            put(self.facts.setdefault(path, {}), f"{rest}.answer" if rest else "answer", value)
        else:
            put(self.facts.setdefault(path, {}), rest, value)

    def _output(self, path: str, rest: str, value: Json) -> None:
        """Put an output of another runbook where that one takes it from."""
        name, _, inner = rest.partition(".")
        template = self.plan.scopes[path].outputs.get(name, "")
        whole = REFERENCE.fullmatch(template)
        if whole is None:
            why = "it is put together from several facts" if template else "there is no such output"
            self.problems.append(f"{path}.{rest}: {why}")
            return
        self.put(path, f"{whole[2].strip()}{'.' if inner else ''}{inner}", value)


_ANSWERS = ("pass", "fail", "unknown")


def _controls(plan: Plan, network: str, now: Instant) -> Mapping[str, Operation]:
    """Return a control round that ended before the step was entered, and says that of our own network."""
    if network not in ("ok", "down"):
        return {}
    found = {}
    for name in plan.controls:
        operation = f"!control#1.{name}@1"
        asked = Asked(
            operation=operation, step="!control", item=name, what="control", title=name, target="",
            args=None, digest="", due=now,
        )  # fmt: skip
        ended = Ended(
            operation=operation,
            outcome="pass" if network == "ok" else "unknown",
            no_answer="" if network == "ok" else "timeout",
        )
        before = now.after(-1.0)
        found[operation] = Operation(asked, before, ended, before)
    return found


def _at(state: RunState, plan: Plan, at: Standing) -> RunState:
    """Return the state with every scope around the step at the step that leads to it."""
    visits: dict[str, Visit] = {}
    counts: dict[str, int] = {}
    opened: dict[str, Mapping[str, int]] = {}
    path, number = at.step, at.visit
    while True:
        scope = plan.steps[path].scope
        visits[scope] = Visit(path, state.now, number)
        counts[path] = number
        opened[scope] = {path: number}
        if not scope:
            break
        path, number = plan.scopes[scope].parent, 1
        visits.update(_beside(plan, path, scope, state.now))
    visits.update(_ends(plan, at, state.now))
    outer_first = {name: visits[name] for name in sorted(visits, key=lambda one: (one.count("/"), one))}
    return evolved(state, visits=outer_first, counts=counts, opened=opened)


def _beside(plan: Plan, path: str, scope: str, now: Instant) -> Mapping[str, Visit]:
    """Return the other branches of a `parallel`, stopped: the test is not about them."""
    step = plan.steps[path].step
    if not isinstance(step, ParallelStep) or step.until == "first":
        return {}
    others = [f"{path}/{name}" for name in step.parallel if f"{path}/{name}" != scope]
    return {other: Visit(f"{other}/{plan.scopes[other].start}", now, end="unknown") for other in others}


def _ends(plan: Plan, at: Standing, now: Instant) -> Mapping[str, Visit]:
    """Return how what the step opens has ended, where the test says so."""
    step = plan.steps[at.step].step
    if not isinstance(step, RunbookStep | ParallelStep):
        return {}
    found = {}
    for item, givens in at.given.items():
        scope = f"{at.step}/{item}" if item else at.step
        if scope in plan.scopes and givens.each[0].outcome:
            first = plan.resolved_path(scope, plan.scopes[scope].start)
            found[scope] = Visit(first, now, end=givens.each[0].outcome)
    return found


def _with_changes(state: RunState, plan: Plan, made: Sequence[str]) -> tuple[RunState, list[str]]:
    """Return the state after the changes of these steps, each with the arguments of its undo frozen."""
    problems: list[str] = []
    for path in made:
        known = plan.steps.get(path)
        if known is None or not isinstance(known.step, ActionStep):
            problems.append(f"{path} makes no change")
            continue
        for number, each in enumerate(_items(state, known.scope, known.step)):
            try:
                act = Act(f"do.{number}", known.step.action, each)
                asked = asked_action(state, known.scope, path, 1, 1, state.now, act).asked
            except CannotAsk as problem:
                problems.append(f"the change of {path}: {problem}")
                continue
            change = Change(asked.operation, path, asked.title, asked.undo, asked.irreversible)
            count = {**state.changed, asked.change: state.changed.get(asked.change, 0) + 1}
            state = evolved(state, changes=(*state.changes, change), changed=count)
        state = evolved(state, outcomes={path: "done", **state.outcomes})
    return state, problems


def _items(state: RunState, scope: str, step: ActionStep) -> Sequence[Json]:
    if step.for_each is None:
        return (None,)
    several = list(step.for_each) if isinstance(step.for_each, tuple) else step.for_each
    try:
        found = resolve(several, lookup_in(state, scope))
    except Unresolved:
        return ()
    return found if isinstance(found, Sequence) and not isinstance(found, str) else (found,)


__all__ = ["Standing", "alone", "begun", "standing"]
