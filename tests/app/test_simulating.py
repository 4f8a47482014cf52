"""Forecasts: the same seed is the same table, whatever the number of processes, and declared numbers count."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.odds import on_record
from engine.app.simulating import Watch, incident, set_up, simulated
from engine.core.events import Happened
from engine.core.state import RunState, evolve
from engine.kinds.errors import UsageError
from engine.render.forecast import data, text
from tests.app.webcases import CASES, library

ASSUMED = """
simulate:
  people: {reliability: {median: 1m, p95: 5m, never: 0.1}}
  takes: {restart: {median: 10s, p95: 30s}}
  unknown: 0.01
  source: the team, November
"""


def test_the_same_seed_is_the_same_forecast_in_one_process_or_two(tmp_path: Path) -> None:
    """Each incident draws from a stream of its own."""
    known = library(tmp_path, CASES + ASSUMED)
    one = simulated(known, "web-down", 400, 3, "", 1)
    two = simulated(known, "web-down", 400, 3, "", 2)
    assert data(one) == data(two)
    assert data(one) != data(simulated(known, "web-down", 400, 4, "", 1))


def test_ends_are_those_of_the_cases_and_add_up(tmp_path: Path) -> None:
    """A case in which the run stands still is not drawn."""
    found = simulated(library(tmp_path, CASES + ASSUMED), "web-down", 300, 0, "", 1)
    assert 300 == sum(one.count for one in found.ends)
    assert {"resolved", "false-alarm"} <= {one.name for one in found.ends}
    assert all(one.low <= one.share <= one.high for one in found.ends)
    assert found.times[0].n == 300
    assert found.times[1].n == next(one.count for one in found.ends if one.name == "resolved")


def test_a_weight_of_nought_leaves_a_case_out(tmp_path: Path) -> None:
    """Only the restart is left, and every incident is one."""
    cases = CASES.replace("  - case: all quiet\n", "  - case: all quiet\n    weight: 0\n")
    found = simulated(library(tmp_path, cases), "web-down", 50, 0, "", 1)
    assert {"it is stuck"} == {one.name for one in found.cases}


def test_a_role_that_never_answers_begins_late(tmp_path: Path) -> None:
    """Nine of ten alerts are sent on, five minutes each time."""
    slow = ASSUMED.replace("never: 0.1", "never: 0.9")
    here, there = (
        simulated(library(tmp_path / name, CASES + assumed), "web-down", 100, 0, "", 1)
        for name, assumed in (("here", ASSUMED), ("there", slow))
    )
    assert there.times[0].mean > here.times[0].mean + 300


def test_where_nobody_ever_answers_nobody_ever_acknowledges(tmp_path: Path) -> None:
    """Not after fifty minutes either: no run is begun, and nothing is done."""
    alone = ASSUMED.replace("never: 0.1", "never: 1")
    found = simulated(library(tmp_path, CASES + alone), "web-down", 40, 0, "", 1)
    assert [("waiting", 40)] == [(one.name, one.count) for one in found.ends]
    assert [("acknowledge", 0), ("mitigate", 0), ("resolve", 0), ("end", 40)] == [
        (one.name, one.n) for one in found.times
    ]
    assert {0: 40} == found.pages
    assert () == found.tail
    assert "waiting" in text(found)
    assert data(found)


def test_a_change_that_outlasts_its_patience_is_of_unknown_outcome(tmp_path: Path) -> None:
    """No case says so; the drawn time does, and somebody has to say whether it happened."""
    late = ASSUMED.replace(
        "takes: {restart: {median: 10s, p95: 30s}}", "takes: {restart: {median: 2h, p95: 3h}}"
    )
    setup = set_up(library(tmp_path, CASES + late), "web-down", 0, "")
    assert any(incident(setup, number).changes == 0 for number in range(20))


def test_the_table_says_n_seed_intervals_and_sources(tmp_path: Path) -> None:
    """Whoever reads it knows what it is worth."""
    shown = text(simulated(library(tmp_path, CASES + ASSUMED), "web-down", 60, 9, "", 1))
    for said in (
        "60 simulated incidents, seed 9",
        "Wilson",
        "order statistics",
        "declared by: the team, November",
    ):
        assert said in shown


def test_runs_on_record_are_none_where_there_are_none(tmp_path: Path) -> None:
    """An empty state folder is no error."""
    record = on_record(library(tmp_path), "web-down")
    assert (0, {}) == (record.runs, record.takes)


@pytest.mark.parametrize(("name", "said"), [("web-up", "no runbook"), ("web-down", "no cases")])
def test_what_cannot_be_simulated_is_said(tmp_path: Path, name: str, said: str) -> None:
    """An unknown id, and a runbook without cases."""
    known = library(tmp_path)
    (tmp_path / "runbooks/incidents/web-down.cases.yaml").unlink()
    with pytest.raises(UsageError, match=said):
        set_up(known, name, 0, "")


def test_a_watch_that_is_given_sees_every_record(tmp_path: Path) -> None:
    """Folding what it saw is the same run again, and watching changes nothing of the incident."""
    setup = set_up(library(tmp_path, CASES + ASSUMED), "web-down", 3, "")
    seen: list[Happened] = []

    class Seeing(Watch):
        def __call__(self, happened: Happened, state: RunState) -> None:
            seen.append(happened)
            super().__call__(happened, state)

    assert incident(setup, 0) == incident(setup, 0, Seeing())
    state = RunState()
    for one in seen:
        state = evolve(state, one)
    assert state.finished is not None
    assert list(range(1, state.seq + 1)) == [one.seq for one in seen]
