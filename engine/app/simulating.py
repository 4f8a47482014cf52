"""`runbook simulate`: thousands of incidents through the one core, in virtual time.

What an incident is comes from the cases beside the runbook, by their weight; how long things take and whether
people answer comes from what the cases file declares, else from the runs on record, else from the catalogue.
Each incident draws from a stream of its own, so that the result is the same however many processes share it.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import TYPE_CHECKING

import engine
from engine.app.library import Library
from engine.app.odds import Record, diagnosis, odds_of, on_record
from engine.app.operators import operator_of
from engine.app.testing import START, Plans, cases_at, cases_files_of, run_case
from engine.core.events import Answered, Asked, Finished, Happened, Person, Settled, Started
from engine.core.plan import Plan
from engine.core.run_state import ANNOUNCE, INCIDENT, UPDATES
from engine.core.state import RunState
from engine.io.drivers.unwritten import UnwrittenLedger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.performers.drawn import (
    DrawnPeople,
    DrawnPerformer,
    Human,
    Odds,
    Seen,
)
from engine.io.performers.scripted import SOMEBODY, ScriptedPeople, Told
from engine.kinds.counted import counted
from engine.kinds.errors import UsageError, Waiting
from engine.kinds.findings import did_you_mean
from engine.views.forecast import NOBODY, Forecast, Incident, forecast

if TYPE_CHECKING:
    from engine.model.cases import Case, Cases

ALONE = 200
"""Incidents below which a second process takes longer to start than it saves."""
_OWN = (ANNOUNCE, UPDATES, INCIDENT)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of incident: a case, planned, and how often it happens."""

    case: Case
    plan: Plan
    weight: float


@dataclass(slots=True)
class Setup:
    """Everything that the incidents of one forecast share."""

    cases: Cases
    kinds: tuple[Kind, ...]
    odds: Odds
    sources: tuple[str, ...]
    seed: int
    environment: str
    operators: Mapping[str, int] = field(default_factory=dict)
    """Who runs how many of the cases, by role."""
    seen: dict[str, Seen] = field(default_factory=dict)


def simulated(library: Library, runbook: str, n: int, seed: int, environment: str, jobs: int) -> Forecast:
    """Return what n incidents of a runbook say; raises UsageError or FileErrors."""
    setup = set_up(library, runbook, seed, environment)
    jobs = min(jobs, max(1, n // ALONE))
    if jobs > 1 and "fork" in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context("fork").Pool(jobs, _share, (setup,)) as pool:
            chunks = pool.map(_dealt, [range(first, n, jobs) for first in range(jobs)], 1)
        incidents = [one for _, one in sorted(pair for chunk in chunks for pair in chunk)]
    else:
        incidents = [incident(setup, number) for number in range(n)]
    declared = setup.cases.simulate.people
    return forecast(
        runbook, setup.environment, seed, incidents, setup.sources, setup.operators, tuple(declared)
    )


def set_up(library: Library, runbook: str, seed: int, environment: str) -> Setup:
    """Plan every case and gather every number; raises UsageError where there are no cases."""
    paths = cases_files_of(library)
    known = library.workspace.runbook_files()
    if runbook not in known:
        hint = did_you_mean(runbook, known) or "`runbook list` shows what there is"
        raise UsageError(f"there is no runbook '{runbook}'", hint=hint)
    if runbook not in paths:
        beside = library.workspace.shown(known[runbook].with_suffix(".cases.yaml"))
        raise UsageError(f"{runbook} has no cases to draw incidents from", hint=f"write {beside}")
    cases = cases_at(library, paths[runbook])
    record = on_record(library, runbook)
    plans = Plans(library)
    kinds = tuple(_kinds(plans, cases, environment, record))
    if not kinds:
        raise UsageError(f"no case of {runbook} has a weight", hint="give one a weight above 0")
    odds, sources = odds_of(library, cases, record)
    weights = "declared" if any(case.weight is not None for case in cases.tests) else "each case alike"
    if record.diagnoses:
        weights += f", and {counted(sum(record.diagnoses.values()), 'run')} on record by what they decided"
    out = len(cases.tests) - len(kinds)
    left = f" ({out} more: no weight, or the run stands still)" if out else ""
    operator = operator_of(library, runbook, cases.operator)
    sources = (
        f"what happens: {counted(len(kinds), 'case')}{left}, {weights}",
        f"who runs it, where a case does not say: {operator}",
        *sources,
    )
    operators = Counter(one.case.operator for one in kinds)
    return Setup(cases, kinds, odds, sources, seed, kinds[0].plan.environment, operators)


def _kinds(plans: Plans, cases: Cases, environment: str, record: Record) -> Iterator[Kind]:
    """Yield the cases with their weights: declared, else one and one more for each such run on record."""
    for case in cases.tests:
        if case.weight == 0 or (case.weight is None and case.expect.waits):
            continue
        plan = plans.of(cases, case, environment)
        counted = 0
        if record.diagnoses and case.weight is None:
            counted = record.diagnoses[diagnosis(run_case(plan, cases, case).happened)]
        bare = {name: replace(one, api_url="") for name, one in plan.channels.items()}
        # who acknowledged is said, not polled for every ten seconds: the same moment, a tenth of the records
        yield Kind(
            case, replace(plan, channels=bare), (1.0 if case.weight is None else case.weight) + counted
        )


_setup: list[Setup] = []


def _share(setup: Setup) -> None:
    _setup[:] = [setup]
    gc.freeze()  # runbooks, plans and modules stay: no need to look through them again and again


def _dealt(numbers: range) -> list[tuple[int, Incident]]:
    return [(number, incident(_setup[0], number)) for number in numbers]


def incident(setup: Setup, number: int, watch: Watch | None = None) -> Incident:
    """Simulate one incident; a watch that is given sees every record of it."""
    chance = Random(f"{setup.seed}:{number}")  # noqa: S311 - a forecast, no secret
    kind = chance.choices(setup.kinds, [one.weight for one in setup.kinds])[0]
    case, odds = kind.case, setup.odds
    operator = Person(name=SOMEBODY, role=case.operator, identity="claimed")
    begun = _begun(odds.people.get(operator.role, odds.person), chance)
    if begun is None:
        return _left_alone(case.case, kind.plan.severity, operator.role)
    clock = VirtualClock(START if case.clock is None else case.clock)
    plan = replace(kind.plan, since=clock.at.after(-begun))
    ledger = UnwrittenLedger(clock.now, clock.monotonic)
    watch = watch or Watch()
    ledger.watchers.append(watch)
    ledger.record([Started(plan=plan, digest="", engine=engine.__version__, operator=operator)], operator)
    told = Told(case.given, (case.usual, setup.cases.usual))
    performer = DrawnPerformer(told, odds, chance, case.channels, setup.seen.setdefault(case.case, {}))
    lines = ScriptedPeople((*case.people, *setup.cases.people), operator, plan.roles)
    people = DrawnPeople(lines, odds, chance, operator, clock.now, plan.roles, {operator.role}, case.given)
    with contextlib.suppress(Waiting):  # nobody answers, and nothing else can happen: an end as well
        VirtualDriver(ledger, clock, performer, people).run()
    return watch.incident(case.case, begun, ledger.state, frozenset(people.asked))


def _begun(human: Human, chance: Random) -> float | None:
    """Return how long after the alert somebody begins: who does not answer is paged again, a few times.

    None: nobody ever does.
    """
    waited = 0.0
    for _ in range(_TIMES):
        took = human.takes.seconds(chance)
        if chance.random() >= human.never:
            return waited + took
        waited += _AGAIN
    return None


def _left_alone(case: str, severity: str, role: str) -> Incident:
    """Return the incident that nobody took up: no run was begun, so nothing was done and nothing spent."""
    return Incident(
        case=case,
        end=NOBODY,
        severity=severity,
        acknowledged=None,
        mitigated=None,
        resolved=None,
        took=_TIMES * _AGAIN,
        pages=0,
        changes=0,
        steps={},
        asked=frozenset((role,)),
    )


_AGAIN = 300.0
"""Seconds after which an alert that nobody took up is sent on."""
_TIMES = 10
"""How often an alert is sent; then nobody comes."""


@dataclass(slots=True)
class Watch:
    """Keeps of one incident what a forecast is made of; reads the records as they come."""

    pages: int = 0
    changes: int = 0
    changed: float | None = None
    helped: float | None = None
    steps: dict[str, float] = field(default_factory=dict)
    _made: int = 0
    _at: tuple[str, float] = ("", 0.0)

    def __call__(self, happened: Happened, state: RunState) -> None:
        """Take in one record."""
        event = happened.event
        match event:
            case Asked(what="message", attempt=1) if event.step not in _OWN:
                self.pages += 1
            case Answered(choice="hand", prompt=name) if state.prompts[name].prompted.decides_change:
                self.changed = float(happened.at)
            case Settled(held=True):
                self.helped = self.changed
            case _:
                pass
        if len(state.changes) > self._made:  # done, or found to have happened after all
            self.changes += len(state.changes) - self._made
            self.changed = float(happened.at)
        self._made = len(state.changes)
        visit = state.visits.get("")
        here = visit.step if visit is not None and not visit.end else ""
        if here != self._at[0] or isinstance(event, Settled | Finished):
            self._leave(float(happened.at))
            self._at = (here, float(happened.at))

    def _leave(self, now: float) -> None:
        step, since = self._at
        if step:
            self.steps[step] = self.steps.get(step, 0.0) + now - since

    def incident(self, case: str, begun: float, state: RunState, asked: frozenset[str]) -> Incident:
        """Return what became of it."""
        self._leave(float(state.now))
        alert, end = float(state.since), state.finished.end if state.finished else NOBODY
        good = end in ("resolved", "mitigated")
        helped = self.helped if self.helped is not None else self.changed
        return Incident(
            case=case,
            end=end,
            severity=state.severity,
            acknowledged=begun,
            mitigated=helped - alert if good and helped is not None else None,
            resolved=float(state.now) - alert if end == "resolved" else None,
            took=float(state.now) - alert,
            pages=self.pages,
            changes=self.changes,
            steps=self.steps,
            asked=asked,
        )
