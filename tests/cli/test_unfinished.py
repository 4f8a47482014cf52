"""Runs that are not over are found by the end of their journals."""

from __future__ import annotations

from engine.app.workspace import Workspace
from engine.cli.unfinished import unfinished
from tests.cli.conftest import Command


def test_a_run_that_is_over_is_left_out_and_one_that_waits_is_not(runbook: Command) -> None:
    """Newest first; what a record says about `finished` elsewhere does not count."""
    runbook.service.stuck = False
    assert 0 == runbook("run", "web-down", "--env", "practice", "--yes").returncode
    runbook.service.stuck = True
    assert 4 == runbook("run", "web-down", "--env", "practice").returncode
    assert 0 == runbook("note", '"type":"finished" is what I typed').returncode
    found = [one.state() for one in unfinished(Workspace.find(runbook.root, runbook.environ))]
    assert [None] == [state.finished for state in found]
    told = runbook("run", "web-down", "--env", "practice")
    assert "UNFINISHED" in told.stderr
