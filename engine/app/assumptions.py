"""What `run --dry-run --assume` takes for granted: read and held against the plan before anything is walked.

Rules:
1. `STEP=OUTCOME`, `STEP.CHECK=OUTCOME` and `STEP[.CHECK].FACT=VALUE` (the check judges it by its own
   expectation); of a question and of a consent the answer; of a decision the target it goes to.
2. What fits nothing is refused, all of it at once: an assumption that is passed over would make the way that
   is shown another one than was asked for.
3. What was assumed and not met on the way is kept, so that it can be said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from engine.app.parts import dry_performer
from engine.core.events import Answered, Ended, Person, Prompted
from engine.core.moves import Perform
from engine.core.plan import Plan, PlanStep
from engine.io.people import Reply
from engine.io.performers.scripted import key_of, looked
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import OTHERWISE
from engine.kinds.step import TIMEOUT
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Json
from engine.model.cases import Given
from engine.model.loading.facts import facts_of, fault

SHOWN: Final = 12
"""Names that are listed where one is wrong; the hint says what shows them all."""
_LOOKED: Final = ("pass", "fail", "unknown")
_CHANGED: Final = ("done", "failed", "unknown")
_CONSENT: Final = ("yes", "no", "hand")
_COMES_TO: Final = {
    "check": {"held": "pass", "limit": "fail"},
    "action": {"undone": "done", "partly": "failed"},
    "message": {"sent": "delivered", "acknowledged": "delivered", "unanswered": "delivered"},
    "acknowledgement": {"unanswered": "open", "undelivered": "open"},
}
"""What one operation must come to for the step to end as assumed."""
_SPOKEN: Final = {
    "check": frozenset((*_LOOKED, "held", "limit")),
    "action": frozenset((*_CHANGED, "undone", "partly")),
    "message": frozenset(("sent", "acknowledged", "unanswered", "undelivered")),
    "acknowledgement": frozenset(("acknowledged", "unanswered")),
}
"""The words that speak of an operation of this sort at all; the others are answers of people."""


@dataclass(frozen=True, slots=True)
class Assumptions:
    """Assumptions that fit a plan."""

    said: dict[str, str] = field(default_factory=dict)
    """Outcomes and answers, by step or by step and check."""
    facts: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Facts of one look, by step or by step and check."""
    ways: dict[str, Case] = field(default_factory=dict)
    """The row that a decision takes."""
    met: set[str] = field(default_factory=set)
    """Those that were met on the way so far."""

    def on(self, plan: Plan) -> Plan:
        """Return the plan with the decisions that are assumed."""
        steps = dict(plan.steps)
        for path, case in self.ways.items():
            steps[path] = replace(steps[path], step=DecideStep(decide=(case,), otherwise=case.go))
        return replace(plan, steps=steps)

    def missed(self, settled: Iterable[str]) -> tuple[str, ...]:
        """Return what was assumed and not met; `settled` are the steps that were left."""
        decided = {step for step in settled if step in self.ways}
        return tuple(one for one in (*self.said, *self.facts, *self.ways) if one not in self.met | decided)


@dataclass(frozen=True, slots=True)
class AssumedWorld:
    """The performer of a dry run: the good outcome, or what is assumed; nothing leaves the machine."""

    assumed: Assumptions
    problems: list[str]
    """Assumptions that contradict one another."""

    async def perform(self, move: Perform) -> Ended:
        """Return the assumed outcome."""
        asked = move.asked
        step, item = key_of(asked)
        keys = (f"{step}.{item}", step) if item else (step,)
        fits = [key for key in keys if self.assumed.said.get(key) in _SPOKEN.get(asked.what, ())]
        outcome = self.assumed.said[fits[0]] if fits else ""
        outcome = _COMES_TO.get(asked.what, {}).get(outcome, outcome)
        self.assumed.met.update(fits[:1])
        facts = next((self.assumed.facts[key] for key in keys if key in self.assumed.facts), None)
        if facts and isinstance(move.use, CheckUse):
            self.assumed.met.update(key for key in keys if key in self.assumed.facts)
            ended, problem = looked(asked, move.use, Given(outcome=outcome, facts=facts))
            if problem:
                self.problems.append(problem.replace("the case says", "it is assumed"))
            return replace(ended, why=f"assumed: {ended.why}" if ended.why else "assumed")
        return await dry_performer({asked.step: outcome} if outcome else {}).perform(move)


@dataclass(frozen=True, slots=True)
class AssumedPeople:
    """People of a dry run: the answer given for a step, else its default, else its first option."""

    assumed: Assumptions
    person: Person

    def reply(self, prompted: Prompted) -> Reply | None:
        """Answer at once, and say that it is assumed; nobody answers where that is assumed."""
        keys = [option.key for option in prompted.options]
        said = self.assumed.said.get(prompted.step, "")
        if said in (*keys, TIMEOUT, "unanswered"):
            self.assumed.met.add(prompted.step)
        if said in (TIMEOUT, "unanswered"):
            return None
        choice = next(one for one in (said, prompted.default, keys[0]) if one in keys)
        by = self.person if prompted.kind != "approve" else Person(name="assumed", role=prompted.role)
        answer = Answered(prompt=prompted.prompt, choice=choice, reason="assumed", digest=prompted.digest)
        return Reply(answer, by, 0.0)


def assumptions(plan: Plan, given: Mapping[str, str]) -> Assumptions:
    """Return what is assumed of a plan; raises UsageError with everything that fits nothing."""
    found = Assumptions()
    problems = [problem for name, value in given.items() if (problem := _put(plan, name, value, found))]
    if problems:
        raise UsageError(
            f"--assume: {'; '.join(problems)}",
            hint=f"`runbook explain {plan.runbook}` shows every step, what it looks at and where it goes",
        )
    return found


def _put(plan: Plan, name: str, value: str, found: Assumptions) -> str:
    """Keep one assumption, or return why it fits nothing."""
    path, _, rest = name.partition(".")
    step = plan.steps.get(path)
    if step is None:
        known = [one for one in plan.steps if not one.startswith(OTHERWISE)]
        return f"there is no step '{path}' ({_meant(path, known)})"
    if rest:
        return _look(step, rest, value, found)
    if isinstance(step.step, DecideStep):
        return _way(plan.run, step.path, step.step, value, found)
    words = _words(step)
    if words:
        return _word(path, value, words, found)
    inner = ", ".join(one for one in plan.steps if one.startswith(f"{path}/"))
    return f"'{path}' ends as its own steps do: assume one of {inner}"


def _words(step: PlanStep) -> tuple[str, ...]:
    """Return what can be assumed of a step by its name alone."""
    match step.step:
        case CheckStep() | ChecksStep():
            return _LOOKED
        case WaitStep(until=until):
            return ("held", "limit", *_LOOKED) if until else ("held",)
        case ActionStep():
            return (*_CHANGED, *_CONSENT)
        case UndoStep():
            return ("undone", "partly", "yes", "no")
        case AskStep(options=options):
            return (*options, TIMEOUT)
        case EscalateStep() | NotifyStep():
            return step.step.outcomes()
    return ()


def _word(name: str, value: str, words: tuple[str, ...], found: Assumptions) -> str:
    if value not in words:
        return f"'{value}' is no outcome of {name} ({_meant(value, words)})"
    found.said[name] = value
    return ""


def _way(run: str, path: str, step: DecideStep, value: str, found: Assumptions) -> str:
    """Take the first row that goes there, by a condition that holds; its reason says that it was assumed."""
    rows = (*step.decide, Case(go=step.otherwise, why="no row holds"))
    row = next((one for one in rows if one.go == value), None)
    if row is None:
        return f"{path} does not go to '{value}' ({_meant(value, step.targets())})"
    why = f"assumed: {row.why or row.text()}"
    found.ways[path] = replace(row, when={"run.id": Matcher(run)}, any=(), why=why)
    return ""


def _look(step: PlanStep, rest: str, value: str, found: Assumptions) -> str:
    """Keep the outcome of one check, or a fact of it."""
    uses = _uses(step)
    if not uses:
        return f"{step.path} looks at nothing: there is no '{rest}' in it to assume"
    check, _, fact = rest.partition(".") if "" not in uses else ("", "", rest)
    where = f"{step.path}.{check}" if check else step.path
    if check not in uses:
        return f"{step.path} has no check '{check}' ({_meant(check, uses)})"
    if not fact:
        return _word(where, value, _LOOKED, found)
    wrong = fault(f"{where}.{fact}", facts_of(step.step), f"{where}.{fact}") if check else None
    if not check:
        known = facts_of(CheckStep(check=uses[""]))
        wrong = fault(f"{where}.{fact}", known, f"{where}.{fact}")
    if wrong is not None:
        return f"{wrong.message} ({wrong.fix})"
    if fact in ("answer", "outcome"):
        return f"{where}.{fact} comes of the look itself: write {where}={value}"
    found.facts.setdefault(where, {})[fact] = _value(value)
    return ""


def _uses(step: PlanStep) -> Mapping[str, CheckUse]:
    match step.step:
        case CheckStep(check=use):
            return {"": use}
        case ChecksStep(checks=uses):
            return uses
        case WaitStep(until=until):
            return until or {}
    return {}


def _value(text: str) -> Json:
    """Read a value as JSON where it is some, else as text."""
    try:
        value: Json = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value


def _meant(word: str, known: Iterable[str]) -> str:
    """Return which one was meant, and what there is."""
    names = tuple(dict.fromkeys(known))
    more = (f"and {len(names) - SHOWN} more",) if len(names) > SHOWN else ()
    there = f"there are: {', '.join((*names[:SHOWN], *more))}"
    meant = did_you_mean(word, names)
    return meant if meant and more else f"{meant} {there}".strip()
