"""Every shipped drill, in virtual time, through the same runbook and the live performer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from engine.app import coverage
from engine.app.reporting import DRILL_EVERY
from engine.model.scenario import Diagnosis, Expectation
from engine.views.history import history
from engine.views.report import report
from engine.views.score import held, score
from tests.content.harness import case, drilled, library, results_of, runbook_of, whole

SCENARIOS = sorted(library().workspace.scenario_files())
EACH = [case(name) for name in SCENARIOS]
DRILLED = sorted({runbook_of(name) for name in SCENARIOS})


@pytest.mark.parametrize("name", EACH)
def test_the_drill_ends_at_the_right_diagnosis_by_the_expected_path(name: str) -> None:
    """Every expectation of the scenario holds."""
    result = drilled(name)
    scored = score(result.happened, result.scenario, "", DRILL_EVERY)
    missed = [f"{one.expected}: saw {one.seen}" for one in scored.expectations if not one.held]
    assert [] == missed, (scored.path, result.stuck)
    assert "" == result.stuck
    assert scored.passed
    assert scored.expectations
    assert scored.first_diagnosis
    assert () == scored.wrong_turns


def falsified(expect: Expectation) -> Iterator[Expectation]:
    """Yield the expectation with one part made wrong, for every part it has."""
    if expect.path:
        yield dataclasses.replace(
            expect, path=tuple(reversed(expect.path)) if len(expect.path) > 1 else ("never-there",)
        )
    if expect.never and expect.path:
        yield dataclasses.replace(expect, never=(*expect.never, expect.path[0]))
    if expect.end:
        yield dataclasses.replace(expect, end="aborted" if expect.end != "aborted" else "resolved")
    if expect.diagnosis:
        yield dataclasses.replace(expect, diagnosis=Diagnosis(step=expect.diagnosis.step, goes="elsewhere"))
    if expect.severity:
        yield dataclasses.replace(expect, severity="SEV-9")
    if expect.changes:
        yield dataclasses.replace(expect, changes={name: count + 1 for name, count in expect.changes.items()})


@pytest.mark.parametrize("name", EACH)
def test_with_one_expectation_falsified_the_drill_fails(name: str) -> None:
    """A drill that cannot fail proves nothing."""
    result = drilled(name)
    told = report(result.happened, "")
    past = history(result.happened)
    for wrong in falsified(result.scenario.expect):
        assert not all(one.held for one in held(past, told, wrong)), wrong


@pytest.mark.parametrize("runbook", [whole(name) for name in DRILLED])
def test_the_recorded_branch_coverage_is_that_of_the_shipped_drills(runbook: str) -> None:
    """What the pages say of coverage is measured; `runbook drill --all --record` renews it."""
    drills = [drilled(name) for name in SCENARIOS if runbook_of(name) == runbook]
    found = coverage.text_of({runbook: coverage.of_runbook(drills, results_of(runbook))})
    assert found == coverage.text_of({runbook: coverage.read(library().workspace)[runbook]})


def test_a_branch_that_nothing_takes_has_a_reason_and_no_other_branch_has() -> None:
    """What is said of a branch that was taken after all, or of one that is gone, is not true any more."""
    nothing = {
        (name, f"{one.step} {one.outcome} > {one.target}")
        for name, branches in coverage.read(library().workspace).items()
        for one in branches.undrilled
        if not one.shown
    }
    reasons = coverage.exceptions(library().workspace)
    assert {(name, key) for name, found in reasons.items() for key in found} == nothing
    assert all(why.strip() for found in reasons.values() for why in found.values())


def test_no_runbook_has_a_record_without_drills() -> None:
    """A record outlives the drills it was measured with only by mistake."""
    assert DRILLED == sorted(coverage.read(library().workspace))
