"""Branch coverage in CI by drills, cases and step tests: `drill --all --record` measures it, pages read it.

Rules:
1. It is kept as a file, `drills/coverage.json`, so that writing a page runs nothing; a test fails when it is
   stale.
2. A branch counts in the runbook whose step it leaves, and in none that calls it.
3. Why a branch cannot be taken at all stands in `drills/exceptions.yaml`, beside nothing that was measured.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.app.drilling import Drilled
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.core.events import Happened
from engine.core.plan import Plan
from engine.kinds.errors import StorageError, UsageError
from engine.views.docs_page import Branches, Undrilled

if TYPE_CHECKING:
    from engine.app.runbook_tests import Results
    from engine.views.coverage import Edge

NAME = "coverage.json"
EXCEPTIONS = "exceptions.yaml"
CASE, STEP_TEST = "case", "step test"


def path_of(workspace: Workspace) -> Path:
    """Return where the measurement is kept."""
    return workspace.root / "drills" / NAME


def measured(drills: Iterable[Drilled]) -> Mapping[str, Branches]:
    """Return, by runbook, how many of its own branches these drills took."""
    plans: dict[str, Plan] = {}
    runs: dict[str, list[tuple[Happened, ...]]] = {}
    for one in drills:
        plans[one.plan.runbook] = one.plan
        runs.setdefault(one.plan.runbook, []).append(one.happened)
    return {name: _branches(plan, runs[name], None) for name, plan in sorted(plans.items())}


def with_tests(library: Library, drills: Iterable[Drilled]) -> Mapping[str, Branches]:
    """Return the same for every runbook that has drills or tests, which are run for it."""
    from engine.app.runbook_tests import beside_files, files_of, run_tests

    drills = tuple(drills)
    files = files_of(library, ()) if beside_files(library.workspace) else {}
    found = {}
    for name in sorted({one.plan.runbook for one in drills} | set(files)):
        tested = run_tests(library, name, files[name]) if name in files else None
        mine = [one for one in drills if one.plan.runbook == name]
        if mine or _plan(tested) is not None:
            found[name] = of_runbook(mine, tested)
    return found


def of_runbook(drills: Iterable[Drilled], tested: Results | None) -> Branches:
    """Return which branches of one runbook its drills take, and what takes the others.

    Raises ValueError where there are neither drills nor tests.
    """
    drills = tuple(drills)
    plan = drills[0].plan if drills else _plan(tested)
    if plan is None:
        raise ValueError("nothing was run")
    return _branches(plan, [one.happened for one in drills], tested)


def _plan(tested: Results | None) -> Plan | None:
    """Return the plan that tests ran by."""
    ran = [*(tested.cases.ran if tested and tested.cases else ())]
    steps = [*(tested.steps.ran if tested and tested.steps else ())]
    return ran[0].plan if ran else steps[0].plan if steps else None


def _branches(plan: Plan, runs: Iterable[tuple[Happened, ...]], tested: Results | None) -> Branches:
    from engine.views.coverage import own

    by_drills = own(plan, runs)
    every = {*by_drills.covered, *by_drills.missing}
    cases: set[Edge] = set()
    steps: set[Edge] = set()
    if tested and tested.cases:
        for case in tested.cases.ran:
            cases |= {*own(case.plan, [case.happened]).covered} & every
    if tested and tested.steps and tested.steps.ran:
        # Every step test of a runbook has the same graph: measured once, for there are hundreds.
        ran = tested.steps.ran
        steps |= {*own(ran[0].plan, (one.happened for one in ran)).covered} & every
    return Branches(
        covered=len(by_drills.covered),
        total=len(every),
        cases=len(cases),
        steps=len(steps),
        undrilled=tuple(
            Undrilled(
                step=edge.step,
                outcome=edge.outcome,
                target=edge.target,
                shown=CASE if edge in cases else STEP_TEST if edge in steps else "",
            )
            for edge in by_drills.missing
        ),
    )


def text_of(branches: Mapping[str, Branches]) -> str:
    """Return the file's text."""
    data = {
        name: {
            "branches": one.total,
            "drills": one.covered,
            "cases": one.cases,
            "step tests": one.steps,
            "undrilled": {_key(edge): edge.shown for edge in one.undrilled},
        }
        for name, one in sorted(branches.items())
    }
    return json.dumps(data, indent=2) + "\n"


def write(workspace: Workspace, branches: Mapping[str, Branches]) -> Path:
    """Keep a measurement; raises StorageError."""
    path = path_of(workspace)
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text_of(branches), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from None
    return path


def read(workspace: Workspace) -> Mapping[str, Branches]:
    """Return the kept measurement, nothing where there is none; raises UsageError when it is broken."""
    path = path_of(workspace)
    reasons = exceptions(workspace)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {
            str(name): Branches(
                covered=int(one["drills"]),
                total=int(one["branches"]),
                cases=int(one["cases"]),
                steps=int(one["step tests"]),
                undrilled=tuple(
                    _undrilled(key, str(shown), reasons.get(str(name), {}))
                    for key, shown in one["undrilled"].items()
                ),
            )
            for name, one in data.items()
        }
    except OSError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(
            f"{path} cannot be read", hint="`runbook drill --all --record` writes it anew"
        ) from None


def exceptions(workspace: Workspace) -> Mapping[str, Mapping[str, str]]:
    """Return why branches cannot be taken, by runbook and branch; raises UsageError when it is broken."""
    path = workspace.root / "drills" / EXCEPTIONS
    if not path.is_file():
        return {}
    data = Library(workspace).document(path).data.get("unexercised")
    if not isinstance(data, Mapping):
        raise UsageError(f"{path} has no 'unexercised'", hint="write `unexercised: {RUNBOOK: {BRANCH: why}}`")
    return {
        name: {key: str(why) for key, why in found.items()}
        for name, found in data.items()
        if isinstance(found, Mapping)
    }


def _key(one: Undrilled) -> str:
    return f"{one.step} {one.outcome} > {one.target}"


def _undrilled(key: str, shown: str, reasons: Mapping[str, str]) -> Undrilled:
    left, _, target = key.partition(" > ")
    step, _, outcome = left.rpartition(" ")
    why = "" if shown else reasons.get(key, "")
    return Undrilled(step=step, outcome=outcome, target=target, shown=shown, why=why)
