"""The history of drills: what is written is what the calendar and the pages read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from engine.app.documenting import pages
from engine.app.drill_records import keep, read
from engine.app.drilling import Drilled, virtual_drill_of
from engine.app.library import Library
from engine.app.reporting import drill_report
from engine.app.workspace import Workspace
from engine.kinds.errors import StorageError

ROOT = Path(__file__).parents[2]
PAGE = "docs/runbooks/incidents/web-down.md"
DRILLS = "docs/runbooks/drills.md"


@pytest.fixture(scope="module")
def drilled() -> Drilled:
    """Return a drill that was run."""
    library = Library(Workspace(ROOT, ROOT / ".runbook", {}))
    return virtual_drill_of(library, library.scenario("idle-machine"))


def test_a_drill_is_kept_with_what_the_calendar_needs(workspace: Workspace, drilled: Drilled) -> None:
    """Numbered within its day, and never written over."""
    told = drill_report(workspace, drilled, "")
    first, second = keep(workspace, drilled, told, "person"), keep(workspace, drilled, told, "script")
    assert ["2025-11-23-agent-sdk-down-1.md", "2025-11-23-agent-sdk-down-2.md"] == [first.name, second.name]
    assert first.read_text().endswith(told.text)
    one, two = read(workspace)
    assert ("person", 1, "script", 2) == (one.by, one.number, two.by, two.number)
    assert (date(2025, 11, 23), "agent-sdk-down", "idle-machine", "passed", "false-alarm", "right") == (
        one.on, one.runbook, one.scenario, one.result, one.end, one.diagnosis,
    )  # fmt: skip
    assert ("responder (reliability)", "drills/history/2025-11-23-agent-sdk-down-1.md") == (
        one.responder,
        one.report,
    )
    assert one.took


def test_the_pages_read_it_and_a_script_is_no_practice(workspace: Workspace, drilled: Drilled) -> None:
    """The runbook's page, and the calendar with the next date."""
    scenario = replace(drilled.scenario, runbook="web-down")
    mine = replace(drilled, scenario=scenario)
    told = drill_report(workspace, mine, "")
    keep(workspace, mine, told, "script")
    texts = pages(workspace)
    assert "Last exercised by people: never" in texts[PAGE]
    assert "| [web-down](incidents/web-down.md) | never           | now |" in texts[DRILLS]
    assert "## Recorded with scripted people\n" in texts[DRILLS]
    keep(workspace, mine, told, "person")
    texts = pages(workspace)
    assert (
        "Last exercised by people: 2025-11-23 by responder (reliability) "
        "([report](../../../drills/history/2025-11-23-web-down-2.md))"
    ) in texts[PAGE]
    assert "2025-11-23, responder (reliability) | 2025-12-23 |" in texts[DRILLS]


def test_a_record_written_by_hand_counts_and_another_file_does_not(workspace: Workspace, root: Path) -> None:
    """A day that is none is no record either."""
    history = root / "drills/history"
    history.mkdir(parents=True)
    (history / "2025-10-14-web-down-1.md").write_text("# We met and went through it\n")
    (history / "README.md").write_text("# History\n")
    (history / "2025-13-40-web-down-1.md").write_text("")
    assert [("web-down", "person")] == [(one.runbook, one.by) for one in read(workspace)]


def test_a_folder_that_cannot_be_written_is_told(workspace: Workspace, root: Path, drilled: Drilled) -> None:
    """With where the report is all the same."""
    (root / "drills/history").write_text("a file")
    with pytest.raises(StorageError) as told:
        keep(workspace, drilled, drill_report(workspace, drilled, ""), "person")
    assert "run's folder" in told.value.hint


def test_ci_runs_the_drills_that_need_no_person(workspace: Workspace, root: Path) -> None:
    """The calendar counts those, by runbook."""
    for name, more in (("one", ""), ("two", "responder: false\n"), ("three", "responder: true\n")):
        scenario = (
            f"scenario: {name}\nrunbook: 'web-down'\ntitle: It is down\nalert: {{name: WebDown}}\n{more}"
        )
        (root / f"drills/{name}.yaml").write_text(scenario)
    there = len(workspace.scenario_files()) - 3
    assert f"| [web-down](incidents/web-down.md) | {there + 2} " in pages(workspace)[DRILLS]
