"""`runbook` alone: what is not over stands at its top."""

from __future__ import annotations

from tests.cli.conftest import Command


def test_every_run_that_is_not_over_is_there_newest_first(runbook: Command) -> None:
    """The newest with its question; each with the line that goes on with it."""
    assert "UNFINISHED" not in runbook().stdout
    for _ in range(2):
        assert 4 == runbook("run", "web-down", "--env", "practice").returncode
    runbook("run", "web-down", "--env", "practice", "--observe")
    listed = runbook("runs", "--unfinished", "--output", "json").stdout
    told = runbook().stdout
    tops = [line.split()[1] for line in told.splitlines() if line.startswith(" UNFINISHED")]
    assert sorted(tops, key=lambda run: run.partition("-")[2], reverse=True) == tops
    assert 2 <= len(tops) == len(listed.splitlines())
    assert [1] * len(tops) == [told.count(f"runbook resume {run}") for run in tops]
    assert 1 == told.count("runbook show ")
