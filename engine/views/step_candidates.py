"""What is worth trying on one step: the tests that `runbook test --record` runs, and writes down.

Rules:
1. A test is only what is given; what the step makes of it is found by running it.
2. One test for each outcome, one for each expectation just beyond its boundary with all others good, one for
   each answer people can give, one where nobody does, and both sides of the bound of its visits.
3. What other steps must have found for the step to do anything stands in every test (`needs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.core.lookup import lookup_in
from engine.core.plan import Plan, PlanStep
from engine.core.run_state import RunState
from engine.kinds import codec
from engine.kinds.matchers import Matcher
from engine.kinds.matching import judge
from engine.kinds.references import ABSENT, Unresolved, references, resolve
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Instant, Json
from engine.model.cases import Given, Givens
from engine.model.step_tests import WHOEVER, StepAnswer, StepTest
from engine.views.boundaries import fits, misses, sides
from engine.views.coverage import edges
from engine.views.decide_rows import Rows
from engine.views.good_day import put
from engine.views.step_start import Standing, standing

WORKDAY = Instant.parse("2025-11-25T18:00:00Z")
"""A Tuesday, ten in the morning in the west and early evening in the east: for what a night forbids."""
PEOPLE = (
    StepAnswer(item="consent", answer="yes", role=WHOEVER),
    StepAnswer(item="ack", answer="ack"),
    StepAnswer(item="look", answer="cannot"),
    StepAnswer(item="happened", answer="done"),
)
"""Who answers where a file says nothing."""
_NOBODY: tuple[StepAnswer, ...] = ()
_DOWN = 503
"""The status of what is still down, which is far from the boundary of a good one."""
_GUESSES: tuple[Json, ...] = ("a-1", 1, "2025-11-23T03:00:00Z", ["a-1"])
"""What stands for a fact that only has to be there."""


def needs(plan: Plan, step: PlanStep) -> Iterator[StepTest]:
    """Yield ways to give a step the facts that its own texts refer to, the likeliest first."""
    names = [*_named(plan, step)]
    if not names:
        yield StepTest()
        return
    several = _each(step)
    for guess in _GUESSES:
        yield StepTest(facts=_guessed(names, several, guess))


def otherwise(base: StepTest) -> Iterator[StepTest]:
    """Yield the same facts with another guess for one of them."""
    for name, value in base.facts.items():
        if isinstance(value, Sequence) and not isinstance(value, str):
            continue
        for guess in _GUESSES:
            if guess != value:
                yield replace(base, facts={**base.facts, name: guess})


def _guessed(names: Sequence[str], several: tuple[str, Sequence[str]], guess: Json) -> Mapping[str, Json]:
    source, fields = several
    facts: dict[str, Json] = {}
    for name in names:
        if name == source:
            one: dict[str, Json] = {}
            for at in fields:
                put(one, at, guess)
            facts[name] = [one or "m-1"]
        else:
            facts[name] = guess
    return facts


def _each(step: PlanStep) -> tuple[str, Sequence[str]]:
    """Return the list that a change is made for each item of, and the fields of an item it uses."""
    if not isinstance(step.step, ActionStep) or not isinstance(step.step.for_each, str):
        return "", ()
    source = next(references(step.step.for_each), "")
    used = references(codec.plain(step.step))
    return source, tuple(dict.fromkeys(one[5:] for one in used if one.startswith("each.")))


def _named(plan: Plan, step: PlanStep) -> Iterator[str]:
    """Yield the facts of other steps that a step's own texts refer to."""
    if isinstance(step.step, DecideStep):
        return
    found = list(references(codec.plain(step.step)))
    if isinstance(step.step, UndoStep):
        for known in plan.steps.values():
            if known.scope == step.scope and isinstance(known.step, ActionStep):
                found += references(codec.plain(known.step))
    for name in dict.fromkeys(found):
        head = name.partition(".")[0]
        if head not in ("run", "inputs", "each", "secrets", "env", "service", "services", "sandbox"):
            yield name


@dataclass(frozen=True, slots=True)
class Trying:
    """One step to be tried, and what every test of it begins with."""

    state: RunState
    plan: Plan
    step: PlanStep
    base: StepTest

    def tests(self) -> Iterator[StepTest]:
        """Yield what is worth trying, the good day first."""
        kind = self.step.step
        match kind:
            case DecideStep():
                rows = Rows.of(self.state, self.plan, self.step, kind)
                yield from (StepTest(facts=facts) for facts in rows.tests())
            case CheckStep():
                yield from self._looks({"": kind.check})
            case ChecksStep():
                yield from self._looks(kind.checks)
            case WaitStep():
                yield from self._waits(kind)
            case ActionStep():
                yield from self._changes(kind)
            case UndoStep():
                yield from self._undoes(kind)
            case AskStep():
                for option in kind.options:
                    yield replace(self.base, people=(StepAnswer(answer=option),))
                yield replace(self.base, people=_NOBODY)
            case NotifyStep():
                yield self.base
                yield self._silent()
            case EscalateStep():
                yield self.base
                yield replace(self.base, people=_NOBODY)
                yield self._silent()
            case RunbookStep():
                ends = [one.outcome for one in edges(self.plan, self.step) if one.outcome != "limit"]
                yield from (self._given("", Given(outcome=end)) for end in ends)
            case ParallelStep():
                yield from self._branches(kind)
            case _:
                yield self.base
        if self.step.visits > 1:
            yield replace(self._quick(), visit=self.step.visits)
        if self.step.visits > 1 or (isinstance(kind, WaitStep) and kind.wait is not None):
            yield replace(self._quick(), visit=self.step.visits + 1)

    def _quick(self) -> StepTest:
        """Return the good day, answered by somebody."""
        kind = self.step.step
        if isinstance(kind, AskStep):
            return replace(self.base, people=(StepAnswer(answer=next(iter(kind.options))),))
        if isinstance(kind, RunbookStep):
            return self._given("", Given(outcome=kind.good[0]))
        return StepTest() if isinstance(kind, DecideStep) else self.base

    def _given(self, item: str, *each: Given, of: StepTest | None = None) -> StepTest:
        of = of or self.base
        return replace(of, given={**of.given, item: Givens(each=each)})

    def _silent(self) -> StepTest:
        return replace(self.base, channels=dict.fromkeys(self.plan.channels, "undelivered"))

    def _looks(self, checks: Mapping[str, CheckUse]) -> Iterator[StepTest]:
        inside = {name: self._inside(check) for name, check in checks.items()}
        good = self.base
        for name, facts in inside.items():
            if facts:
                good = self._given(name, Given(facts=facts), of=good)
        yield good
        for name, check in checks.items():
            if not check.expected():
                yield self._given(name, Given(outcome="fail"))
            for facts in self._beyond(check):
                yield self._given(name, Given(facts=facts))
            yield self._given(name, Given(outcome="timeout"))
            if (check.no_answer or check.kind.no_answer) != "unknown":
                yield self._given(name, Given(outcome="unknown"))
            if check.look:
                seen = StepAnswer(item="look", answer="seen", values=inside[name])
                yield replace(self._given(name, Given(outcome="unknown")), people=(seen,))

    def _waits(self, step: WaitStep) -> Iterator[StepTest]:
        checks = step.until or {}
        good = self.base
        for name, check in checks.items():
            facts = self._inside(check)
            if facts:
                good = self._given(name, Given(facts=facts), of=good)
        yield good
        fine = Given(outcome="pass")
        for number, (name, check) in enumerate(checks.items()):
            beyond = tuple(self._beyond_all(check))
            if not number:
                yield self._given(name, Given(outcome="fail"))
                if step.soak.passes > 1 or step.soak.lasting:
                    yield self._given(name, fine, Given(outcome="fail"), fine)
            if not number or not beyond:
                yield self._given(name, Given(outcome="timeout"), fine)
            for facts in beyond:
                yield self._given(name, Given(facts=facts), fine)

    def _changes(self, step: ActionStep) -> Iterator[StepTest]:
        yield self.base
        for answer in ("no", "hand"):
            yield replace(self.base, people=(StepAnswer(item="consent", answer=answer),))
        glass = StepAnswer(item="consent", answer="break-glass", reason="it burns")
        yield replace(self.base, people=(glass,))
        yield replace(self.base, people=_NOBODY)
        yield self._given("do", Given(outcome="failed"))
        doubt = self._given("do", Given(outcome="unknown"))
        if step.action.reconcile is None:
            yield doubt
            never = StepAnswer(item="happened", answer="failed")
            yield replace(doubt, people=(StepAnswer(item="consent", answer="yes", role=WHOEVER), never))
        else:
            check = step.action.reconcile
            facts = self._inside(check)
            yield self._given("reconcile", Given(facts=facts) if facts else Given(), of=doubt)
            for beyond in self._beyond(check):
                yield self._given("reconcile", Given(facts=beyond), of=doubt)
            yield self._given("reconcile", Given(outcome="timeout"), of=doubt)
        if step.watch is not None:
            for beyond in self._beyond(step.watch):
                yield self._given("watch", Given(facts=beyond))
            yield self._given("watch", Given(outcome="fail"))
        for name in self.plan.precautions:
            yield self._given(f"flight.{name}", Given(outcome="fail"))

    def _undoes(self, step: UndoStep) -> Iterator[StepTest]:
        prefix = f"{self.step.scope}/" if self.step.scope else ""
        acts = [
            path
            for path, known in self.plan.steps.items()
            if known.scope == self.step.scope and isinstance(known.step, ActionStep)
        ]
        chosen = acts if step.undo == "all" else [f"{prefix}{name}" for name in step.undo]
        yield self.base
        for path in chosen:
            made = replace(self.base, made=(path,))
            yield made
            yield replace(made, people=(StepAnswer(item="consent", answer="no"),))
            yield self._given("undo", Given(outcome="failed"), of=made)
            yield self._given("verify", Given(outcome="fail"), of=made)
        if len(chosen) > 1:
            yield replace(self.base, made=tuple(chosen))

    def _branches(self, step: ParallelStep) -> Iterator[StepTest]:
        good = self.base
        for name in step.parallel:
            good = self._given(name, Given(outcome="pass"), of=good)
        yield good
        for name in step.parallel:
            for end in ("fail", "unknown"):
                yield self._given(name, Given(outcome=end), of=good)

    def _inside(self, check: CheckUse) -> Mapping[str, Json]:
        """Return facts that every expectation still calls good, as near to its boundary as can be."""
        facts: dict[str, Json] = {}
        for subject, matcher in self._expected(check).items():
            value = next(iter(fits(matcher.data)), ABSENT)
            if value is not ABSENT:
                facts[subject] = value  # type: ignore[assignment]  # not absent, as was just seen
        return facts

    def _beyond(self, check: CheckUse) -> Iterator[Mapping[str, Json]]:
        """Yield, for each expectation, facts that only it does not hold for."""
        expected = self._expected(check)
        for subject, matcher in expected.items():
            value = next(iter(misses(matcher.data)), ABSENT)
            if value is not ABSENT:
                yield {subject: value}  # type: ignore[dict-item]  # not absent, as was just seen

    def _beyond_all(self, check: CheckUse) -> Iterator[Mapping[str, Json]]:
        """Yield facts on each side of every expectation: what proves recovery may give way on none."""
        for subject, matcher in self._expected(check).items():
            for value in sides(matcher.data):
                yield {subject: value}
            if subject.rpartition(".")[2] == "status" and judge(matcher.data, _DOWN) == "fail":
                yield {subject: _DOWN}

    def _expected(self, check: CheckUse) -> Mapping[str, Matcher]:
        """Return the expectations with the facts of this test written in."""
        at = Standing(step=self.step.path, facts=self.base.facts)
        state, _ = standing(self.state, at)
        lookup = lookup_in(state, self.step.scope, _first(self.base, self.step))
        found = {}
        for subject, matcher in check.expected().items():
            try:
                found[subject] = Matcher(resolve(matcher.data, lookup))
            except Unresolved:
                continue
        return found


def _first(base: StepTest, step: PlanStep) -> Json:
    """Return the first item that a change is made for."""
    source, _ = _each(step)
    items = base.facts.get(source)
    return items[0] if isinstance(items, Sequence) and not isinstance(items, str) and items else None


__all__ = ["PEOPLE", "WORKDAY", "Trying", "needs", "otherwise"]
