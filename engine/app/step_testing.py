"""The step tests beside a runbook: each step alone, from a state that is made, driven by the one core."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import engine
from engine.app.library import Library
from engine.app.operators import Operator, operator_of
from engine.app.testing import START, Plans, findings_in, tests_in
from engine.core.events import Happened, Person, Settled
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.io.drivers.unwritten import UnwrittenLedger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.performers.scripted import PAGE, SOMEBODY, ScriptedPeople, ScriptedPerformer, Told
from engine.kinds.errors import FileErrors, Waiting
from engine.kinds.findings import Located
from engine.kinds.values import Duration
from engine.model.cases import Givens
from engine.views.missed_consent import Missed, missed
from engine.views.step_result import Did, StepJudged, did, differences
from engine.views.step_start import Standing, alone, begun, standing

if TYPE_CHECKING:
    from engine.model.source import Document
    from engine.model.step_tests import StepTest, StepTests

LIMIT = Duration(30 * 86_400.0)
"""Virtual time after which a step that goes on and on is given up."""
_CONTROL = "control"
_ITSELF = ("", "do")


@dataclass(frozen=True, slots=True)
class StepRan:
    """One test of one step that was run."""

    plan: Plan
    happened: tuple[Happened, ...]
    judged: StepJudged


@dataclass(frozen=True, slots=True)
class StepsRun:
    """The step tests of one runbook that were run."""

    runbook: str
    file: str
    ran: tuple[StepRan, ...]
    operator: Operator
    """Who runs the tests that do not say it."""

    @property
    def failed(self) -> int:
        """Return how many tests failed."""
        return sum(not one.judged.passed for one in self.ran)


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one step: what happened, what it did, why it stands still, and what cannot be arranged."""

    plan: Plan
    happened: tuple[Happened, ...]
    did: Did
    stuck: str = ""
    problems: tuple[str, ...] = ()
    missed: tuple[Missed, ...] = ()
    """Consents that did not come."""


@dataclass(slots=True)
class Bench:
    """Where the steps of one library are tested: each plan and each beginning is made once."""

    library: Library
    plans: Plans = field(init=False)
    _begun: dict[tuple[int, str, str], tuple[Plan, RunState]] = field(default_factory=dict)
    _operators: dict[tuple[str, str], Operator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plans = Plans(self.library)

    def try_step(self, tests: StepTests, path: str, test: StepTest) -> Tried:
        """Run one step from where a test begins, until it has settled or nobody moves it on."""
        plan, state = self.start(tests, test)
        operator = state.operator.role
        state, problems = standing(
            state,
            Standing(step=path, facts=test.facts, given=test.given, visit=test.visit, made=test.made),
        )
        happened: list[Happened] = []
        if problems:
            return Tried(plan, (), Did(), problems=problems)
        clock = VirtualClock(state.now)
        ledger = UnwrittenLedger(clock.now, clock.monotonic)
        ledger.state = state
        left: list[Happened] = []

        def watch(one: Happened, after: RunState) -> None:
            happened.append(one)
            if isinstance(one.event, Settled) and one.event.step == path:
                left.append(one)

        ledger.watchers.append(watch)
        people = tests.people if test.people is None else test.people
        performer = ScriptedPerformer(
            Told(_given(path, test.given), (test.usual, tests.usual)),
            clock.now,
            test.channels,
            tuple(one for one in people if one.item == PAGE),
        )
        stuck = ""
        script = ScriptedPeople(people, state.operator, plan.roles)
        driver = VirtualDriver(ledger, clock, performer, script, LIMIT)
        try:
            driver.run(until=lambda now: bool(left))
        except Waiting as waiting:
            stuck = waiting.message
        seen = did(plan, path, state.now, happened, operator)
        missing = missed(plan, happened, state.operator, driver.refused)
        return Tried(plan, tuple(happened), seen, stuck, tuple(performer.problems), missing)

    def operator(self, tests: StepTests) -> Operator:
        """Return who runs the tests of a file that do not say it."""
        key = (tests.runbook, tests.operator)
        if key not in self._operators:
            self._operators[key] = operator_of(self.library, *key)
        return self._operators[key]

    def start(self, tests: StepTests, test: StepTest) -> tuple[Plan, RunState]:
        """Return the plan of a test, and the state in which its run begins."""
        at = START if test.clock is None else test.clock
        operator = test.operator or self.operator(tests).role
        known = self.plans.planned(
            tests.runbook,
            test.environment or tests.environment,
            operator,
            at,
            test.since,
            {**tests.inputs, **test.inputs},
        )
        key = (id(known), operator, str(at))
        if key not in self._begun:
            person = Person(name=SOMEBODY, role=operator, identity="claimed")
            plan = alone(known)
            self._begun[key] = (plan, begun(plan, person, at, engine.__version__))
        return self._begun[key]


def run_step(
    bench: Bench, tests: StepTests, path: str, number: int, test: StepTest, line: int = 0
) -> StepRan:
    """Run one test and judge it."""
    tried = bench.try_step(tests, path, test)
    found = differences(tried.plan, test, tried.did, tried.stuck, tried.problems)
    operator = test.operator or bench.operator(tests).role
    judged = StepJudged(
        tests.runbook, path, number + 1, line, test, tried.did, found, operator, tried.missed if found else ()
    )
    return StepRan(tried.plan, tried.happened, judged)


def _given(path: str, given: Mapping[str, Givens]) -> Mapping[str, Givens]:
    """Return what is given under the names of a whole run."""
    return {_key(path, item): givens for item, givens in given.items()}


def _key(path: str, item: str) -> str:
    if item.partition(".")[0] == _CONTROL:
        return item
    return path if item in _ITSELF else f"{path}.{item}"


def step_files_of(library: Library) -> Mapping[str, Path]:
    """Return the file of step tests of each runbook; raises FileErrors where one has two."""
    found: dict[str, Path] = {}
    for name, files in library.workspace.step_files().items():
        twins = library.workspace.twins(name, "steps", files)
        if twins:
            raise FileErrors(twins)
        found[name] = files[0].path
    return found


def step_tests_at(library: Library, path: Path) -> tuple[StepTests, Document]:
    """Return the step tests of one file, and the file; raises FileErrors."""
    from engine.model.loading.step_tests import load_step_tests

    document = library.document(path)
    return tests_in(library, document, "steps", load_step_tests), document


def step_findings(library: Library, path: Path) -> Iterator[Located]:
    """Yield everything that is wrong with one file of step tests; the runbook's errors are told with it."""
    from engine.model.loading.step_tests import load_step_tests

    return findings_in(library, path, "steps", load_step_tests)


def run_step_tests(library: Library, runbook: str, path: Path, only: str = "") -> StepsRun:
    """Run the step tests of one runbook; with `only`, those of one step, or the one `step number`."""
    from engine.model.loading.step_tests import each_test

    tests, document = step_tests_at(library, path)
    bench = Bench(library)
    ran = tuple(
        run_step(bench, tests, step, number, test, document.place(at.route, at_key=False).line)
        for step, number, test, at in each_test(tests)
        if only in ("", step, f"{step} {number + 1}")
    )
    return StepsRun(runbook, library.workspace.shown(path), ran, bench.operator(tests))


__all__ = [
    "Bench",
    "StepRan",
    "StepsRun",
    "run_step",
    "run_step_tests",
    "step_files_of",
    "step_findings",
    "step_tests_at",
]
