"""`runbook test`: the cases beside a runbook, in virtual time through the one core, with no estate at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import engine
from engine.app.library import Library
from engine.app.operators import Operator, operator_of
from engine.app.workspace import Workspace
from engine.core.events import Happened, Person, Started
from engine.core.plan import Plan, Request, make_plan
from engine.core.state import RunState
from engine.io.drivers.unwritten import UnwrittenLedger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.performers.scripted import PAGE, SOMEBODY, ScriptedPeople, ScriptedPerformer, Told
from engine.kinds.errors import EngineError, FileErrors, UsageError, Waiting
from engine.kinds.findings import Finding, Located, did_you_mean
from engine.kinds.values import Duration, Instant
from engine.views.case_result import Judged, judged
from engine.views.coverage import Measured, measured

T = TypeVar("T")

if TYPE_CHECKING:
    from engine.model.cases import Case, Cases
    from engine.model.catalogue import Catalogue
    from engine.model.loading.result import Loaded
    from engine.model.runbook import Runbook
    from engine.model.source import Document

    Load = Callable[[Document, Runbook | None, Catalogue], Loaded[T]]

SUFFIXES = (".cases.yaml", ".cases.yml")
START = Instant.parse("2025-11-23T03:05:22Z")
"""When a case starts that does not say: the same moment for all, so that two runs differ in nothing."""
RUN = "CASE-20251123-030522"


@dataclass(frozen=True, slots=True)
class Ran:
    """One case that was run."""

    plan: Plan
    happened: tuple[Happened, ...]
    state: RunState
    judged: Judged


@dataclass(frozen=True, slots=True)
class CasesRun:
    """The cases of one runbook, and how much of it they reach."""

    runbook: str
    file: str
    ran: tuple[Ran, ...]
    coverage: Measured | None
    """None where only some of the cases were run."""
    operator: Operator
    """Who runs the cases that do not say it."""

    @property
    def failed(self) -> int:
        """Return how many cases failed."""
        return sum(not one.judged.passed for one in self.ran)


def case_files(workspace: Workspace) -> tuple[Path, ...]:
    """Return every cases file of the workspace, in order."""
    folder = workspace.root / "runbooks"
    return tuple(sorted(path for path in folder.rglob("*") if path.name.endswith(SUFFIXES)))


def cases_at(library: Library, path: Path) -> Cases:
    """Return the cases of one file, each with its operator; raises FileErrors."""
    from engine.model.loading.cases import load_cases

    cases = tests_in(library, library.document(path), "cases", load_cases)
    return with_operators(cases, operator_of(library, cases.cases, cases.operator))


def with_operators(cases: Cases, usual: Operator) -> Cases:
    """Return cases of which each says who runs it."""
    each = tuple(one if one.operator else replace(one, operator=usual.role) for one in cases.tests)
    return replace(cases, tests=each)


def findings(library: Library, path: Path) -> Iterator[Located]:
    """Yield everything that is wrong with one cases file; the runbook's own errors are told with it."""
    from engine.model.loading.cases import load_cases

    return findings_in(library, path, "cases", load_cases)


def tests_in(library: Library, document: Document, key: str, load: Load[T]) -> T:
    """Return the tests of a file whose key names their runbook; raises FileErrors."""
    named = document.data.get(key)
    try:
        runbook = library.runbook(named) if isinstance(named, str) else None
    except UsageError as unknown:
        raise FileErrors((_unknown(document, key, unknown),)) from None
    return load(document, runbook, library.catalogue).require()


def findings_in(library: Library, path: Path, key: str, load: Load[T]) -> Iterator[Located]:
    """Yield everything that is wrong with a file of tests whose key names their runbook."""
    try:
        document = library.document(path)
        alone = load(document, None, library.catalogue)
        if alone.value is None:
            yield from alone.findings
            return
        try:
            runbook = library.runbook(str(document.data[key]))
        except UsageError as unknown:
            yield _unknown(document, key, unknown)
            return
        except EngineError:
            yield from alone.findings
            return
        yield from load(document, runbook, library.catalogue).findings
    except FileErrors as error:
        yield from error.findings


def _unknown(document: Document, key: str, unknown: UsageError) -> Located:
    return Located(Finding("unknown-runbook", (key,), unknown.message, unknown.hint), document.file, 1, 1)


def runbook_of(library: Library, path: Path) -> str:
    """Return the runbook that a cases file is for, as its first key says."""
    return str(library.document(path).data.get("cases", ""))


def cases_files_of(library: Library) -> Mapping[str, Path]:
    """Return the cases file of each runbook; raises FileErrors where one has two: which would count?"""
    from engine.model.source import locate

    found: dict[str, Path] = {}
    for path in case_files(library.workspace):
        name = runbook_of(library, path)
        if name in found:
            twice = f"{name} has cases in {library.workspace.shown(found[name])} too"
            finding = Finding("defined-twice", ("cases",), twice, "put them into one file")
            raise FileErrors(locate([finding], library.document(path)))
        found[name] = path
    return found


def chosen(library: Library, names: Sequence[str]) -> Mapping[str, Path]:
    """Return the cases file of each named runbook, or of all; raises UsageError."""
    found = cases_files_of(library)
    known = library.workspace.runbook_files()
    for name in names:
        if name not in known and name not in found:
            hint = did_you_mean(name, known) or "`runbook list` shows what there is"
            raise UsageError(f"there is no runbook '{name}'", hint=hint)
        if name not in found:
            beside = library.workspace.shown(known[name].with_suffix(".cases.yaml"))
            raise UsageError(f"there are no cases for {name}", hint=f"write {beside}")
    return {name: found[name] for name in names or sorted(found)}


def run_cases(library: Library, runbook: str, path: Path, only: str) -> CasesRun:
    """Run the cases of one runbook; raises FileErrors, or UsageError for a case that is not there."""
    cases = cases_at(library, path)
    chosen_cases = [case for case in cases.tests if only in ("", case.case)]
    if not chosen_cases:
        hint = did_you_mean(only, [case.case for case in cases.tests]) or "the file names them all"
        raise UsageError(f"{runbook} has no case '{only}'", hint=hint)
    plans = Plans(library)
    ran = tuple(run_case(plans.of(cases, case), cases, case) for case in chosen_cases)
    whole = None if only else measured(ran[0].plan, (one.happened for one in ran))
    operator = operator_of(library, runbook, cases.operator)
    return CasesRun(runbook, library.workspace.shown(path), ran, whole, operator)


class Plans:
    """Plans the runs of cases, each kind of plan once."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self._known: dict[tuple[str, ...], Plan] = {}

    def of(self, cases: Cases, case: Case, environment: str = "") -> Plan:
        """Return the plan of a case; raises UsageError."""
        return self.planned(
            cases.cases,
            environment or case.environment or cases.environment,
            case.operator,
            START if case.clock is None else case.clock,
            case.since,
            case.inputs,
        )

    def planned(
        self,
        runbook: str,
        environment: str,
        operator: str,
        started: Instant,
        since: Duration,
        inputs: Mapping[str, str],
    ) -> Plan:
        """Return the plan of a runbook, in its first environment where none is named; raises UsageError."""
        library = self.library
        where = environment or self._first(runbook)
        alert = started.after(-since)
        given = (f"{k}={v}" for k, v in sorted(inputs.items()))
        key = (runbook, where, operator, str(alert), *given)
        if key not in self._known:
            request = Request(
                run=RUN,
                environment=where,
                inputs=inputs,
                since=alert,
                sandbox=self._stand_ins(where),
                operator_role=operator,
            )
            self._known[key] = make_plan(
                library.runbook(runbook), library.runbook, library.catalogue, request
            )
        return self._known[key]

    def _first(self, runbook: str) -> str:
        """Return the environment the runbook names first, else the first that customers depend on."""
        known = self.library.catalogue.environments
        real = next((name for name, one in known.items() if one.real), next(iter(known), ""))
        return next(iter(self.library.runbook(runbook).environments), real)

    def _stand_ins(self, environment: str) -> Mapping[str, str]:
        """Return addresses for the stand-ins that an environment names; nobody ever answers there."""
        known = self.library.catalogue.environments.get(environment)
        if known is None or not known.drills:
            return {}
        from engine.app.drilling import virtual_urls

        return virtual_urls()


def run_case(plan: Plan, cases: Cases, case: Case) -> Ran:
    """Run one case in virtual time."""
    clock = VirtualClock(START if case.clock is None else case.clock)
    happened: list[Happened] = []
    ledger = UnwrittenLedger(clock.now, clock.monotonic)
    ledger.watchers.append(lambda one, state: happened.append(one))
    operator = Person(name=SOMEBODY, role=case.operator, identity="claimed")
    ledger.record([Started(plan=plan, digest="", engine=engine.__version__, operator=operator)], operator)
    people = (*case.people, *cases.people)
    performer = ScriptedPerformer(
        Told(case.given, (case.usual, cases.usual)),
        clock.now,
        case.channels,
        tuple(one for one in people if one.item == PAGE),
    )
    stuck = ""
    driver = VirtualDriver(ledger, clock, performer, ScriptedPeople(people, operator, plan.roles))
    try:
        driver.run()
    except Waiting as waiting:
        stuck = waiting.message
    found = judged(cases.cases, case, happened, stuck, performer.problems, driver.refused)
    return Ran(plan, tuple(happened), ledger.state, found)
