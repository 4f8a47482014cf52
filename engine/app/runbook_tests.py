"""Everything that tests a runbook: the cases and the step tests beside it, run and measured together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.app.library import Library
from engine.app.operators import Operator
from engine.app.step_testing import StepsRun, run_step_tests, step_files_of, step_findings
from engine.app.testing import SUFFIXES, CasesRun, case_files, cases_at, cases_files_of, findings, run_cases
from engine.app.workspace import STEPS, Workspace
from engine.core.events import Happened
from engine.core.plan import Plan
from engine.kinds.errors import UsageError
from engine.kinds.findings import Located, did_you_mean
from engine.views.coverage import Measured, measured

STEP_SUFFIXES = (f"{STEPS}.yaml", f"{STEPS}.yml")
BESIDE = (*SUFFIXES, *STEP_SUFFIXES)
"""How the names of the files end that test a runbook."""


@dataclass(frozen=True, slots=True)
class Beside:
    """The files that test one runbook."""

    cases: Path | None = None
    steps: Path | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """The cases and step tests of one runbook that were run, and how much of it they reach together."""

    runbook: str
    cases: CasesRun | None
    steps: StepsRun | None
    coverage: Measured | None
    """None where only some of them were run."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        """Return who ran the tests that do not say it: one, or one for each file."""
        return tuple(dict.fromkeys(one.operator for one in (self.cases, self.steps) if one is not None))

    @property
    def failed(self) -> int:
        """Return how many failed."""
        return sum(one.failed for one in (self.cases, self.steps) if one is not None)


def files_of(library: Library, names: Sequence[str]) -> Mapping[str, Beside]:
    """Return the files that test each named runbook, or all of them; raises UsageError."""
    cases, steps = cases_files_of(library), step_files_of(library)
    known = library.workspace.runbook_files()
    for name in names:
        if name in cases or name in steps:
            continue
        if name not in known:
            hint = did_you_mean(name, known) or "`runbook list` shows what there is"
            raise UsageError(f"there is no runbook '{name}'", hint=hint)
        beside = library.workspace.shown(known[name].with_suffix(".cases.yaml"))
        raise UsageError(
            f"there are no tests for {name}", hint=f"write {beside}, or `runbook test {name} --record`"
        )
    every = names or sorted({*cases, *steps})
    return {name: Beside(cases.get(name), steps.get(name)) for name in every}


def run_tests(library: Library, runbook: str, files: Beside, only: str = "") -> Results:
    """Run what tests a runbook, or what of it has a name; raises FileErrors, or UsageError where none has."""
    cases = _cases(library, runbook, files.cases, only)
    steps = None if files.steps is None else run_step_tests(library, runbook, files.steps, only)
    if only and cases is None and not (steps and steps.ran):
        raise UsageError(
            f"{runbook} has no case '{only}', and no step test of that name",
            hint=_meant(library, files, only),
        )
    return Results(runbook, cases, steps, None if only else _measured(cases, steps))


def _cases(library: Library, runbook: str, path: Path | None, only: str) -> CasesRun | None:
    if path is None:
        return None
    if only and only not in {case.case for case in cases_at(library, path).tests}:
        return None
    return run_cases(library, runbook, path, only)


def _meant(library: Library, files: Beside, only: str) -> str:
    from engine.app.step_testing import step_tests_at

    known = [case.case for case in cases_at(library, files.cases).tests] if files.cases else []
    known += list(step_tests_at(library, files.steps)[0].tests) if files.steps else []
    return did_you_mean(only, known) or "a case by its name, a step test as STEP or STEP NUMBER"


def _measured(cases: CasesRun | None, steps: StepsRun | None) -> Measured | None:
    ran: list[tuple[Plan, tuple[Happened, ...]]] = []
    ran += [(one.plan, one.happened) for one in (cases.ran if cases else ())]
    ran += [(one.plan, one.happened) for one in (steps.ran if steps else ())]
    return measured(ran[0][0], (happened for _, happened in ran)) if ran else None


def beside_files(workspace: Workspace) -> tuple[Path, ...]:
    """Return every file of a workspace that tests a runbook, in order."""
    steps = (one.path for files in workspace.step_files().values() for one in files)
    return tuple(sorted((*case_files(workspace), *steps)))


def findings_beside(library: Library, path: Path) -> Iterator[Located]:
    """Yield everything that is wrong with a file that tests a runbook."""
    yield from (step_findings if path.name.endswith(STEP_SUFFIXES) else findings)(library, path)


__all__ = ["BESIDE", "Beside", "Results", "beside_files", "files_of", "findings_beside", "run_tests"]
