"""Forecasts: the same seed is the same table, whatever the number of processes, and declared numbers count."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from engine.app.odds import on_record
from engine.app.simulating import Watch, incident, set_up, simulated
from engine.core.events import Happened
from engine.core.state import RunState, evolve
from engine.kinds.errors import UsageError
from engine.render.forecast import data, text
from tests.app.webcases import CASES, library
from tests.cli.conftest import RUNBOOK

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


def test_the_ends_of_each_case_are_shares_of_its_incidents(tmp_path: Path) -> None:
    """The cases add up to all incidents, the ends of each to its own; in the table as in the data."""
    found = simulated(library(tmp_path, CASES + ASSUMED), "web-down", 120, 0, "", 1)
    assert {"it is stuck", "all quiet"} == {one.case for one in found.kinds}
    assert 120 == sum(one.n for one in found.kinds)
    for kind in found.kinds:
        assert kind.n == sum(end.count for end in kind.ends)
        assert all(end.of == kind.n and end.low <= end.share <= end.high + 1e-9 for end in kind.ends)
    whole: Counter[str] = Counter()
    for kind in found.kinds:
        whole.update({end.name: end.count for end in kind.ends})
    assert whole == {one.name: one.count for one in found.ends}
    shown, plain = text(found), data(found)
    first = found.kinds[0]
    assert f"{first.ends[0].count} of {first.n}" in shown
    cases = plain["cases"]
    assert isinstance(cases, list)
    assert (first.case, first.n) == (cases[0]["case"], cases[0]["incidents"])  # type: ignore[index, call-overload]


def test_who_runs_it_is_said_and_which_declared_role_is_never_asked(tmp_path: Path) -> None:
    """Nothing of these cases asks the manager: what is declared of them changes nothing, and that is told."""
    told = ASSUMED.replace("never: 0.1}}", "never: 0.1}, manager: {median: 1m, p95: 5m}}")
    found = simulated(library(tmp_path, CASES + told), "web-down", 40, 0, "", 1)
    assert ({"reliability": 2}, ("manager",)) == (found.operators, found.unasked)
    shown = text(found)
    assert "run by reliability (2 cases)" in shown
    assert "never asked, though 'simulate' says how they answer: manager" in shown
    assert "who runs it, where a case does not say: reliability (the first role of the catalogue)" in shown
    assert ({"reliability": 2}, ["manager"]) == (data(found)["operators"], data(found)["never_asked"])


@pytest.mark.parametrize(
    ("line", "ends"),
    [
        ("", {"resolved"}),
        ("    people: [{step: restart, item: consent, answer: yes, role: manager}]\n", {"resolved"}),
        ("    people: [{step: restart, item: consent, answer: yes}]\n", {"escalated"}),
    ],
)
def test_an_approval_in_a_forecast_is_somebody_elses(tmp_path: Path, line: str, ends: set[str]) -> None:
    """What a case does not say the role that is asked does; a yes of the operator's does not count."""
    cases = f"""
cases: web-down
environment: production
tests:
  - case: it is stuck
    given: {{look.health: {{facts: {{status: 503}}}}}}
{line}    expect: {{path: [look, ...]}}
simulate: {{people: {{reliability: {{median: 1s, p95: 2s}}, manager: {{median: 1s, p95: 2s}}}}}}
"""
    runbook = RUNBOOK.replace("OPERATION", "grow-machine").replace(
        "then: recovered", "then: {done: recovered, failed: escalated}"
    )
    found = simulated(library(tmp_path, cases, runbook), "web-down", 20, 0, "", 1)
    assert ends == {one.name for one in found.ends}


def test_a_role_that_is_not_there_approves_nothing_in_a_forecast(tmp_path: Path) -> None:
    """The manager is asked by default, and the catalogue has none."""
    runbook = RUNBOOK.replace("OPERATION", "grow-machine").replace("owner: manager", "owner: boss")
    runbook = runbook.replace("then: recovered", "then: {done: recovered, failed: escalated}")
    known = library(
        tmp_path,
        CASES.replace("people: [{step: restart, item: consent, answer: yes, after: 20s}]", "weight: 1"),
        runbook,
    )
    path = tmp_path / "runbooks/catalogue/all.yaml"
    catalogue = (
        path.read_text().replace("manager: {title", "boss: {title").replace("role: manager", "role: boss")
    )
    path.write_text(catalogue.replace("approves: [any], ", ""))
    found = simulated(known, "web-down", 40, 0, "", 1)
    stuck = next(one for one in found.kinds if one.case == "it is stuck")
    assert {"escalated", "waiting"} >= {one.name for one in stuck.ends}


def test_whether_a_late_change_happened_is_what_the_case_says(tmp_path: Path) -> None:
    """It takes longer than its patience; who is asked then does not say that a change was made that fails."""
    late = ASSUMED.replace(
        "takes: {restart: {median: 10s, p95: 30s}}", "takes: {restart: {median: 2h, p95: 3h}}"
    ).replace("never: 0.1", "never: 0")
    failing = CASES.replace("{facts: {status: 503}}}", "{facts: {status: 503}}, restart: failed}")
    for number, (cases, helped) in enumerate(((CASES, True), (failing, False))):
        found = simulated(library(tmp_path / str(number), cases + late), "web-down", 60, 0, "", 1)
        stuck = next(one for one in found.kinds if one.case == "it is stuck")
        assert helped == ("resolved" in {one.name for one in stuck.ends})
