"""A shipped scenario in virtual time: the runbook, the live performer, and the stand-ins in the process."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from engine.app.drilling import Drilled, broken_estate, virtual_drill_of
from engine.app.library import Library
from engine.app.runbook_tests import Results, files_of, run_tests
from engine.app.workspace import Workspace
from engine.core.events import Settled
from engine.estate.estate import EstateState
from engine.kinds.values import Instant

ROOT = Path(__file__).parents[2]


@cache
def library() -> Library:
    """Return the shipped content, loaded once."""
    return Library(Workspace(ROOT, ROOT / ".runbook", {}))


@cache
def files() -> Mapping[str, Path]:
    """Return the file of every shipped scenario."""
    return library().workspace.scenario_files()


@cache
def runbook_of(name: str) -> str:
    """Return which runbook a scenario drills, without loading more than its file."""
    found = re.search(r"^runbook: (\S+)$", files()[name].read_text(encoding="utf-8"), re.MULTILINE)
    assert found, name
    return found[1]


def case(name: str) -> ParameterSet:
    """Return a drill as a case: one worker takes all drills of a runbook, so that each runs once."""
    return pytest.param(name, marks=one_worker(runbook_of(name)))


def whole(runbook: str) -> ParameterSet:
    """Return a runbook as a case that looks at all its drills, on the worker that runs them."""
    return pytest.param(runbook, marks=one_worker(runbook))


def one_worker(runbook: str) -> pytest.MarkDecorator:
    """Return the mark that keeps the drills of a runbook together."""
    return pytest.mark.xdist_group(f"drills-of-{runbook}")


@cache
def results_of(runbook: str) -> Results:
    """Run the cases and the step tests of a shipped runbook, once."""
    return run_tests(library(), runbook, files_of(library(), (runbook,))[runbook])


def drilled(name: str) -> Drilled:
    """Return what happened in one shipped scenario."""
    return drill(name)[0]


@cache
def drill(name: str) -> tuple[Drilled, EstateState]:
    """Run one shipped scenario, once: what happened, and the estate as it was left (both are frozen)."""
    scenario = library().scenario(name)
    estate = broken_estate(scenario)
    return virtual_drill_of(library(), scenario, estate), estate.state


def settled(run: Drilled) -> list[Settled]:
    """Return how every visit of a step ended, in order."""
    return [one.event for one in run.happened if isinstance(one.event, Settled)]


def at(run: Drilled, step: str) -> Instant:
    """Return when a step settled for the first time."""
    return next(one.at for one in run.happened if isinstance(one.event, Settled) and one.event.step == step)
