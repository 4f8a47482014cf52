"""Which run is meant, and when the sandbox is somebody's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import sandbox
from engine.app.drilling import drawn, live_drill
from engine.app.running import Options, start
from engine.app.runs import find_run, require_sandbox_free
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from engine.core.events import Person
from engine.kinds.errors import Refused, UsageError
from tests.app.test_workspace import SCENARIO
from tests.cli.conftest import Command

ANN = Person(name="ann", role="reliability", identity="claimed")


def begun(workspace: Workspace, **options: str) -> str:
    """Start a run that nobody drives, and return its id."""
    folder, _, lease = start(workspace, "web-down", Options(environment="practice", **options))  # type: ignore[arg-type]  # texts only
    lease.release()
    return folder.run


def test_a_run_that_only_observes_is_named_so(workspace: Workspace) -> None:
    """Its id says that it is no incident."""
    assert begun(workspace, mode="observe").startswith("OBS-")
    assert begun(workspace).startswith("INC-")
    assert begun(workspace, prefix="DRILL").startswith("DRILL-")


@pytest.mark.parametrize("other", [{"mode": "observe"}, {"prefix": "DRILL"}])
def test_the_current_run_is_the_incident(workspace: Workspace, other: dict[str, str]) -> None:
    """However new a drill is, or a run that observes; without an incident it is that one."""
    later = begun(workspace, **other)
    assert later == find_run(workspace).run
    incident = begun(workspace)
    newer = begun(workspace, **other)
    assert newer.partition("-")[2] > incident.partition("-")[2]
    assert incident == find_run(workspace).run


def test_a_run_that_observes_is_not_current_once_the_incident_is_over(runbook: Command) -> None:
    """It is meant by its name, or where there is nothing else, and that is said."""
    said: list[str] = []
    workspace = replace(Workspace.find(runbook.root, runbook.environ), tell=said.append)
    observing = begun(workspace, mode="observe")
    assert observing == find_run(workspace).run
    assert [f"there is no other run than {observing}, which only observes\n"] == said
    runbook.service.stuck = False
    assert 0 == runbook("run", "web-down", "--env", "practice", "--yes").returncode
    newer = begun(workspace, mode="observe")
    assert find_run(workspace).run.startswith("INC-")
    assert newer == find_run(workspace, newer).run
    assert 1 == len(said)


def test_a_run_that_is_over_says_where_more_can_be_written(runbook: Command) -> None:
    """Its record has its end; its report is a file."""
    runbook.service.stuck = False
    assert 0 == runbook("run", "web-down", "--env", "practice", "--yes").returncode
    done = runbook("note", "I phoned the manager")
    assert 5 == done.returncode
    report = find_run(Workspace.find(runbook.root, runbook.environ)).path / "report.md"
    assert report.is_file()
    assert f"goes into its report, by hand: {report}" in done.stderr


def test_the_sandbox_is_refused_while_a_run_needs_it(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up, down and drill name the run; nothing is touched. Free again, they are let through."""
    (root / "drills/dark.yaml").write_text(SCENARIO)
    touched: list[str] = []
    monkeypatch.setattr(sandbox, "down", lambda workspace: touched.append("down"))
    monkeypatch.setattr(sandbox, "up", lambda *rest: touched.append("up"))
    folder, _, lease = start(workspace, "web-down", Options(environment="practice"))
    with lease:
        with pytest.raises(Refused, match=folder.run):
            require_sandbox_free(workspace)
        with pytest.raises(Refused, match=folder.run):
            asyncio.run(live_drill(workspace, "dark", NoFront(), scripted=True))
        assert [] == touched
    require_sandbox_free(workspace)


def test_a_run_in_production_does_not_need_the_sandbox(workspace: Workspace) -> None:
    """Drills go on beside it."""
    _, _, lease = start(workspace, "web-down", Options(environment="production"))
    with lease:
        require_sandbox_free(workspace)


@pytest.mark.parametrize("word", ["up", "down"])
def test_the_commands_refuse_with_5(
    word: str, workspace: Workspace, typing: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    """And say whose it is."""
    folder, _, lease = start(workspace, "web-down", Options(environment="practice"))
    with lease:
        assert 5 == typing("sandbox", word)
    assert folder.run in capsys.readouterr().err
    assert None is sandbox.find(workspace)


def test_a_runbook_without_scenarios_is_told_where_to_read(workspace: Workspace) -> None:
    """No command writes one."""
    with pytest.raises(UsageError) as refused:
        drawn(workspace, "web-down", 1)
    assert "docs/howto/write-a-drill.md says how to write one" == refused.value.hint


@pytest.fixture
def typing(runbook: Command, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return what types a command in the workspace."""
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    return lambda *words: run_words(words)


class NoFront:
    """Is never come to."""

    def watch(self, *rest: object) -> None:
        """Nothing happened."""
        raise AssertionError

    async def converse(self, *rest: object) -> None:
        """Nobody is here."""
        raise AssertionError

    def attended(self) -> bool:
        """Nobody is here."""
        return False
