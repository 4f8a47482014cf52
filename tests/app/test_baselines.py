"""Recorded measurements: the first one is what was measured, and a new one is written once and read back."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app import baselines
from engine.app.workspace import Workspace
from engine.kinds.errors import FileErrors, StorageError, UsageError
from engine.views.measured import Trial, recorded
from tests.content.harness import ROOT, library

FIRST = ROOT / "runbooks/baselines/first.csv"


def test_the_first_record_has_the_ninety_measurements() -> None:
    """Sixty-nine of them good; the others were quick, and are in no statistic."""
    trials = baselines.trials(FIRST, "first.csv")
    assert (90, 69) == (len(trials), sum(one.answer == "pass" for one in trials))
    found = recorded(trials)
    live, mocked = found["route-dashboard-live"], found["route-dashboard-mocked"]
    assert (32, 20, {"status 410": 10, "fetch failed": 2}) == (live.n, live.ok, live.failures)
    assert (53, 48, {"fetch failed": 5}) == (mocked.n, mocked.ok, mocked.failures)
    assert (4, 0) == (found["wrong-host"].n, found["wrong-host"].ok)


@pytest.mark.parametrize(
    ("check", "name"),
    [("route-dashboard-live", "dashboard-live"), ("route-dashboard-mocked", "dashboard-mocked")],
)
def test_the_catalogue_says_the_same_as_the_record(check: str, name: str) -> None:
    """Its baselines are the statistics of those very rows."""
    told = library().catalogue.baselines[name]
    found = baselines.load(library().workspace, "first")[check]
    assert (told.n, told.method) == (found.ok, found.method)
    assert dict(told.values) == {key: pytest.approx(found.values[key], abs=6e-5) for key in told.values}
    assert check in library().catalogue.checks


def test_the_lines_of_the_thresholds_come_from_the_record() -> None:
    """Twice and three times the recorded P95 of a live page."""
    p95 = baselines.load(library().workspace, "first")["route-dashboard-live"].values["p95"]
    told = library().catalogue.thresholds
    assert [f"{round(p95 * times * 1000)}ms" for times in (2, 3)] == [
        told[name].value for name in ("page-warn", "page-critical")
    ]


def test_what_is_recorded_is_read_back(workspace: Workspace) -> None:
    """Warm-ups and failures are kept in the file, and count for nothing."""

    def tried(seconds: float, answer: str, why: str = "", warm_up: bool = False) -> Trial:
        return Trial(
            check="web@web", at="2025-11-23T03:05:22Z", answer=answer,  # type: ignore[arg-type]  # one of three
            seconds=seconds, why=why, warm_up=warm_up,
        )  # fmt: skip

    made = [
        tried(0.9, "pass", warm_up=True),
        tried(0.2, "pass"),
        tried(0.01, "fail", "status 503"),
        tried(0, "unknown", "x"),
    ]
    path = baselines.record(workspace, "week-47", made)
    assert ("week-47",) == baselines.names(workspace)
    found = baselines.load(workspace, "week-47")["web@web"]
    assert (3, 1, 0.2) == (found.n, found.ok, found.values["p95"])
    assert {"status 503": 1, "x": 1} == found.failures
    assert 5 == len(path.read_text().splitlines())


@pytest.mark.parametrize("name", ["", "../x", "Week 47", "first.csv"])
def test_a_record_has_a_plain_name(workspace: Workspace, name: str) -> None:
    """It becomes a file."""
    with pytest.raises(UsageError, match="no name for a baseline"):
        baselines.require_free(workspace, name)


def test_a_record_is_never_overwritten_nor_guessed(workspace: Workspace) -> None:
    """The old one is what the new one is compared with."""
    baselines.record(workspace, "one", [])
    with pytest.raises(UsageError, match="is there already"):
        baselines.record(workspace, "one", [])
    with pytest.raises(UsageError, match="no baseline 'on'") as caught:
        baselines.load(workspace, "on")
    assert "one" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("check,timestamp,ok\n", 1, "no column duration_ms"),
        ("check,timestamp,duration_ms,ok\na,2025-11-23T03:05:22Z,1,yes\n", 2, "ok is 'yes'"),
        ("check,timestamp,duration_ms,ok\na,2025-11-23T03:05:22Z,x,true\n", 2, "could not convert"),
        ("check,timestamp,duration_ms,ok\na,2025-11-23T03:05:22Z,,true\n", 2, "a good try took ''"),
        ("check,timestamp,duration_ms,ok\na,yesterday,1,true\n", 2, "yesterday"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    """Half a record is none."""
    path = tmp_path / "x.csv"
    path.write_text(text)
    with pytest.raises(FileErrors) as caught:
        baselines.trials(path, "x.csv")
    found = caught.value.findings[0]
    assert line == found.line
    assert said in found.finding.message


def test_a_record_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    """It puts a mark before the first column's name."""
    path = tmp_path / "one.csv"
    path.write_text(
        "\ufeffcheck,timestamp,duration_ms,ok\na,2025-10-12T00:00:00Z,12.5,true\n", encoding="utf-8"
    )
    (one,) = baselines.trials(path, "one.csv")
    assert ("a", 0.0125) == (one.check, one.seconds)


def test_a_record_that_cannot_be_written_says_so_and_what_to_do(workspace: Workspace) -> None:
    """Here a file stands where the folder belongs."""
    folder = workspace.root / "runbooks" / "baselines"
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("")
    with pytest.raises(StorageError) as told:
        baselines.record(workspace, "one", [])
    assert "measure again" in (told.value.hint or "")
