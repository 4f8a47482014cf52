"""Every shipped drill, in virtual time, through the same runbook and the live performer."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from engine.app import coverage
from engine.app.drilling import Drilled, virtual_drill
from engine.app.library import Library
from engine.app.reporting import DRILL_EVERY
from engine.app.workspace import Workspace
from engine.model.scenario import Diagnosis, Expectation
from engine.views.score import score

ROOT = Path(__file__).parent.parent.parent
WORKSPACE = Workspace(ROOT, ROOT / ".runbook", {})
SCENARIOS = sorted(WORKSPACE.scenario_files())
FIRST = ("agent-sdk-down", "llamaindex-mcp-down")
UNDER_WAY = pytest.mark.under_way


def case(name: str) -> ParameterSet:
    """Return a drill as a case: one worker takes all tests of it, so that it runs once."""
    runbook = Library(WORKSPACE).document(WORKSPACE.scenario_file(name)).data["runbook"]
    marks = [pytest.mark.xdist_group(f"drill-{name}")]
    return pytest.param(name, marks=marks if runbook in FIRST else [*marks, UNDER_WAY])


EACH = [case(name) for name in SCENARIOS]


@cache
def drilled(name: str) -> Drilled:
    """Run each drill once."""
    return virtual_drill(WORKSPACE, name)


@pytest.mark.parametrize("name", EACH)
def test_the_drill_ends_at_the_right_diagnosis_by_the_expected_path(name: str) -> None:
    """Every expectation of the scenario holds."""
    result = drilled(name)
    scored = score(result.happened, result.scenario, "", DRILL_EVERY)
    missed = [f"{one.expected}: saw {one.seen}" for one in scored.expectations if not one.held]
    assert [] == missed, (scored.path, result.stuck)
    assert scored.passed
    assert scored.expectations


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
    for wrong in falsified(result.scenario.expect):
        scenario = dataclasses.replace(result.scenario, expect=wrong)
        assert not score(result.happened, scenario, "", DRILL_EVERY).passed, wrong


@UNDER_WAY
def test_the_recorded_branch_coverage_is_that_of_the_shipped_drills() -> None:
    """What the pages say of coverage is measured; `runbook drill --all --record` renews it."""
    drills = [drilled(name) for name in SCENARIOS]
    assert coverage.text_of(coverage.measured(drills)) == coverage.path_of(WORKSPACE).read_text(
        encoding="utf-8"
    )
