"""`runbook test --record`: writes down what each step of a runbook does today, as tests of its steps.

Rules:
1. What is written is what the runbook does, right or wrong: a person reads it before it counts.
2. A test that says `why` is a person's, and stays as it is; all others are made anew.
3. The same runbook gives the same file: what is tried, its order and its words depend on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from engine.app.library import Library
from engine.app.operators import Operator, operator_of
from engine.app.step_testing import Bench, Tried, step_tests_at
from engine.core.events import Asked, Ended
from engine.core.plan import Plan, PlanStep
from engine.kinds import codec
from engine.kinds.errors import UsageError
from engine.kinds.matchers import Matcher
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Json
from engine.model.step_tests import NOTHING, ExpectedAsk, ExpectedChange, StepTest, StepTests
from engine.render.step_tests_file import plain_answer, plain_test, step_tests_text
from engine.views.step_candidates import PEOPLE, WORKDAY, Trying, needs, otherwise
from engine.views.step_result import Did, shown

_SAYS = (
    "What each step does, as `runbook test --record` found it: what is done, and not what is right. Read it.",
    "A test that says `why` is yours: --record keeps it, and makes all the others anew.",
)
_LONGEST = 120
"""Characters of an argument that is written down."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The text of a file of step tests, how many are new in it and how many a person's."""

    runbook: str
    path: Path
    text: str
    found: int
    kept: int
    operator: Operator
    """Who ran the steps, where a test does not say it."""


@dataclass(slots=True)
class _Recorder:
    bench: Bench
    tests: StepTests
    plan: Plan
    kept: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)

    def all(self) -> Iterator[tuple[str, list[Mapping[str, Json]]]]:
        """Yield the tests of each step that has any, a person's first."""
        for path, step in self.plan.steps.items():
            if self._own(step):
                found = [*self.kept.get(path, ()), *self.of(step)]
                if found:
                    yield path, found

    def _own(self, step: PlanStep) -> bool:
        """Say whether a step is the runbook's own: not built in, and no other runbook's."""
        if step.path.startswith("otherwise") and step.path not in self._written:
            return False
        scope = step.scope
        while scope:
            here = self.plan.scopes[scope]
            if not here.branch:
                return False
            scope = self.plan.steps[here.parent].scope
        return True

    @property
    def _written(self) -> Sequence[str]:
        return tuple(self.bench.library.runbook(self.tests.runbook).steps)

    def of(self, step: PlanStep) -> Iterator[Mapping[str, Json]]:
        """Yield the tests of one step, each once."""
        base = self._base(step)
        _, state = self.bench.start(self.tests, base)
        seen: set[str] = set()
        first: StepTest | None = None
        for test in Trying(state, self.plan, step, base).tests():
            key = codec.canonical(plain_test(test))
            if key in seen:
                continue
            seen.add(key)
            tried = self._try(step, test)
            if tried is None or tried.problems or not _answered(test, tried.did):
                continue
            test, tried = self._by_somebody(step, test, tried)
            found = self._expecting(step, self._less(step, test, tried), tried)
            yield plain_test(found if first is None else _unlike(first, found))
            first = first or found

    def _by_somebody(self, step: PlanStep, test: StepTest, tried: Tried) -> tuple[StepTest, Tried]:
        """Return a test whose questions are answered, also where the people of the file answer none."""
        known = {(one.item, one.role) for one in self.tests.people}
        more = tuple(one for one in PEOPLE if (one.item, one.role) not in known)
        if test.people is not None or not more or not tried.did.asks:
            return test, tried
        answered = replace(test, people=(*self.tests.people, *more))
        again = self._try(step, answered)
        return (test, tried) if again is None or again.did == tried.did else (answered, again)

    def _try(self, step: PlanStep, test: StepTest) -> Tried | None:
        try:
            return self.bench.try_step(self.tests, step.path, test)
        except UsageError:
            return None

    def _base(self, step: PlanStep) -> StepTest:
        """Return what a good day of the step needs: the first way in which it can ask for everything.

        What a window forbids at night is tried on a working day.
        """
        if isinstance(step.step, DecideStep):
            return StepTest()
        base, least = StepTest(), 9
        for clock in (None, WORKDAY) if isinstance(step.step, ActionStep) else (None,):
            for one in needs(self.plan, step):
                base, least = self._better(step, replace(one, clock=clock), base, least)
            for _ in base.facts if least else ():
                before = least
                for one in otherwise(base):
                    base, least = self._better(step, one, base, least)
                if least in (0, before):
                    break
            if not least:
                break
        return base

    def _better(self, step: PlanStep, one: StepTest, base: StepTest, least: int) -> tuple[StepTest, int]:
        """Return the better of two ways to begin: more of the step can be asked, and it ends better."""
        if not least:
            return base, least
        _, state = self.bench.start(self.tests, one)
        found = self._try(step, next(Trying(state, self.plan, step, one).tests()))
        if found is None or found.problems:
            return base, least
        marks = 3 * min(_cannot(found), 2) + (found.did.outcome in step.step.bad or found.did.waits)
        return (one, marks) if marks < least else (base, least)

    def _less(self, step: PlanStep, test: StepTest, tried: Tried) -> StepTest:
        """Return a test with only those channels silent that the step tries."""
        if not test.channels:
            return test
        used = {
            one.event.target
            for one in tried.happened
            if isinstance(one.event, Asked) and one.event.what == "message" and one.event.step == step.path
        }
        return replace(test, channels={name: how for name, how in test.channels.items() if name in used})

    def _expecting(self, step: PlanStep, test: StepTest, tried: Tried) -> StepTest:
        """Return a test that expects what was seen."""
        seen, kind = tried.did, step.step
        if test.visit > 1:
            return replace(test, outcome=_outcome(kind, seen), goes=seen.goes, waits=seen.waits)
        asks = tuple(
            ExpectedAsk(
                kind=one.kind,
                item=one.item if one.item not in ("", one.kind) else "",
                role=one.role,
                options=one.options if isinstance(kind, AskStep) else (),
            )
            for one in seen.asks
        )
        acts = isinstance(kind, ActionStep | UndoStep)
        tells = isinstance(kind, NotifyStep | EscalateStep)
        timed = isinstance(kind, WaitStep) or test.people == () or bool(test.channels)
        return replace(
            test,
            outcome=_outcome(kind, seen),
            goes=seen.goes,
            severity=seen.severity or (NOTHING if isinstance(kind, DecideStep) else ""),
            answers=_answers(kind, test, seen),
            asks=asks if (asks or acts) and not (isinstance(kind, AskStep) and test.people) else None,
            moves=tuple(_change(one.change, one.effect, one.args, one.undo) for one in seen.moves)
            if acts
            else None,
            messages=seen.messages if seen.messages or tells else None,
            takes=shown(seen.seconds, exact=isinstance(kind, WaitStep)) if timed and not seen.waits else None,
            looks=seen.looks if isinstance(kind, WaitStep) and kind.until else None,
            waits=seen.waits,
            recovers=seen.recovers if isinstance(kind, WaitStep) and kind.until else None,
        )


def _answered(test: StepTest, seen: Did) -> bool:
    """Say whether the last of those who answer could: somebody offered that answer."""
    offered = {option for one in seen.asks for option in one.options}
    return not test.people or test.people[-1].answer in offered or test.visit > 1


def _unlike(first: StepTest, test: StepTest) -> StepTest:
    """Return a test without what the step's first one says already."""
    return replace(
        test,
        asks=None if test.asks == first.asks else test.asks,
        moves=None if test.moves == first.moves else test.moves,
        messages=None if test.messages == first.messages else test.messages,
    )


def _cannot(tried: Tried) -> int:
    """Return how many operations could not even be asked."""
    return sum(isinstance(one.event, Ended) and bool(one.event.cannot) for one in tried.happened)


def _outcome(kind: Step, seen: Did) -> str:
    """Return the outcome; that a decision was decided goes without saying."""
    return "" if isinstance(kind, DecideStep) and seen.outcome == "decided" else seen.outcome


def _answers(kind: Step, test: StepTest, seen: Did) -> Mapping[str, str]:
    """Return what the checks came to: of each where all is well, else of those that say otherwise."""
    if not isinstance(kind, ChecksStep) or not seen.answers:
        return {}
    if seen.outcome == "pass":
        return dict(seen.answers)
    return {name: answer for name, answer in seen.answers.items() if answer != "pass"}


def _change(change: str, effect: str, args: Mapping[str, Json], undo: str) -> ExpectedChange:
    said = {
        name: Matcher({"eq": value} if isinstance(value, Mapping) else value)
        for name, value in args.items()
        if name != "kind" and isinstance(value, str | int | float | bool) and value != ""
        if len(str(value)) <= _LONGEST
    }
    return ExpectedChange(change=change, effect=effect, args=said, undo=undo)


def recorded(library: Library, name: str) -> Recorded:
    """Return what a file of step tests would hold now; raises FileErrors for one that is broken."""
    path = library.workspace.runbook_file(name)
    beside = path.with_suffix(".steps.yaml")
    known = library.workspace.step_files().get(name)
    beside = known[0].path if known else beside
    head: dict[str, Json] = {"steps": name}
    kept: dict[str, list[Mapping[str, Json]]] = {}
    tests = StepTests(runbook=name, tests={}, people=PEOPLE)
    if beside.is_file():
        tests, document = step_tests_at(library, beside)
        head = {key: value for key, value in document.data.items() if key != "tests"}
        kept = _by_people(document.data["tests"])
        operator = operator_of(library, name, tests.operator)
    else:
        operator = operator_of(library, name)
        head["operator"] = operator.role
        head["people"] = [dict(plain_answer(one)) for one in PEOPLE]
        tests = replace(tests, operator=operator.role)
    bench = Bench(library)
    plan, _ = bench.start(tests, StepTest())
    found = dict(_Recorder(bench, tests, plan, kept).all())
    count = sum(len(one) for one in found.values())
    mine = sum(len(one) for one in kept.values())
    text = step_tests_text(_SAYS, head, found)
    return Recorded(name, beside, text, count - mine, mine, operator)


def _by_people(tests: Json) -> dict[str, list[Mapping[str, Json]]]:
    """Return the tests of each step that a person wrote or changed: those that say why."""
    if not isinstance(tests, Mapping):
        return {}
    rows = {step: cast(Sequence[Mapping[str, Json]], found) for step, found in tests.items()}
    return {step: mine for step, found in rows.items() if (mine := [one for one in found if one.get("why")])}


def record(library: Library, name: str) -> Recorded:
    """Write the file of step tests of a runbook."""
    found = recorded(library, name)
    found.path.write_text(found.text, encoding="utf-8")
    return found


__all__ = ["Recorded", "record", "recorded"]
