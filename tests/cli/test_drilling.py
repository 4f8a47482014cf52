"""Drills and the sandbox from the command line, with the shipped content."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.app.drilling import Drilled, virtual_drill
from engine.app.workspace import Workspace
from engine.cli import drilling
from engine.cli.program import run as run_words
from tests.cli.conftest import ROOT, Command, Service


@pytest.fixture
def shipped(tmp_path: Path) -> Command:
    """Return the command in a copy of the shipped workspace."""
    root = tmp_path / "shipped"
    for folder in ("runbooks", "drills", "templates"):
        shutil.copytree(ROOT / folder, root / folder)
    return Command(root, Service())


def test_a_virtual_drill_passes_and_with_an_expectation_falsified_it_fails(shipped: Command) -> None:
    """Exit 0 and 1; the report is Markdown, the last line says how it went."""
    done = shipped("drill", "--scenario", "idle-machine", "--virtual")
    assert (0, "") == (done.returncode, done.stderr)
    assert done.stdout.splitlines()[-1].startswith("ok    idle-machine")
    path = shipped.root / "drills/idle-machine.yaml"
    path.write_text(path.read_text().replace("end: false-alarm", "end: escalated"))
    failed = shipped("drill", "--scenario", "idle-machine", "--virtual", "--output", "json")
    assert 1 == failed.returncode
    assert ["end"] == json.loads(failed.stdout)["missed"]


def test_the_sandbox_is_up_for_every_terminal_until_it_is_taken_down(shipped: Command) -> None:
    """`run --env sandbox` says so while there is none."""
    none = shipped("run", "agent-sdk-down", "--env", "sandbox")
    assert 2 == none.returncode
    assert "runbook sandbox up" in none.stderr
    try:
        up = shipped("sandbox", "up", "--scenario", "idle-machine", "--output", "json")
        assert 0 == up.returncode, up.stderr
        told = json.loads(up.stdout)
        assert all("127.0.0.1:" in url for url in told["urls"].values())
        assert told == json.loads(shipped("sandbox", "status", "--output", "json").stdout)
        block = shipped("sandbox", "env", "agent-sdk-down").stdout
        typed = f'{block}\nprintf \'%s %s\' "$MACHINES_API" "$FLY_API_TOKEN"'
        seen = subprocess.run(["bash", "-eu", "-c", typed], capture_output=True, text=True, check=True)
        assert f"{told['urls']['machines-api']}/v1 sandbox-value-of-fly_api_token" == seen.stdout
    finally:
        down = shipped("sandbox", "down")
    assert "the sandbox is down" in down.stdout
    assert 1 == shipped("sandbox", "status").returncode


def test_a_sandbox_is_not_broken_by_what_only_virtual_time_can_play(shipped: Command) -> None:
    """It would come up, and nothing of the scenario would be seen in it."""
    refused = shipped("sandbox", "up", "--scenario", "audit-blind")
    assert 2 == refused.returncode
    assert "audit-blind can be played in virtual time only" in refused.stderr
    assert "runbook drill --scenario audit-blind --virtual" in refused.stderr
    assert 1 == shipped("sandbox", "status").returncode


def test_a_drill_in_virtual_time_is_no_record(shipped: Command) -> None:
    """It happens on no day; the hint says what can be recorded. Nothing is left behind."""
    done = shipped("drill", "--scenario", "idle-machine", "--virtual", "--record")
    assert 2 == done.returncode
    assert "--all --record" in done.stderr
    assert not (shipped.root / "drills/history").exists()


@dataclass
class Folder:
    """What a finished drill leaves: enough of a run's folder for its report."""

    path: Path
    run: str = "DRILL-20251123-030522"

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the last record."""
        return 1, "0" * 64


@pytest.mark.parametrize(("words", "by"), [((), "person"), (("--scripted",), "script")])
def test_a_drill_is_recorded_as_done_by_a_person_or_by_a_script(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    by: str,
) -> None:
    """In the folder where the pages look for it. The sockets are left out: others look at those."""
    for name in ("runbooks", "templates"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "drills").mkdir()
    shutil.copy(ROOT / "drills/idle-machine.yaml", tmp_path / "drills")

    async def drilled(workspace: Workspace, name: str, *_: object, **__: object) -> tuple[Drilled, Folder]:
        return virtual_drill(workspace, name), Folder(tmp_path)

    monkeypatch.setattr(drilling, "live_drill", drilled)
    monkeypatch.setenv("RUNBOOK_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    words = ("drill", "--scenario", "idle-machine", "--record", "--as", "ann:reliability", *words)
    assert 0 == run_words(words)
    record = tmp_path / "drills/history/2025-11-23-agent-sdk-down-1.md"
    assert f"recorded: drills/history/{record.name}" in capsys.readouterr().err
    assert f'\nby: "{by}"\n' in record.read_text()


def test_a_drill_that_was_left_is_not_to_be_resumed_and_can_be_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its sandbox is gone: whoever resumed it would see every service refuse the connection."""
    for name in ("runbooks", "templates", "drills"):
        (tmp_path / name).symlink_to(ROOT / name)

    async def left(workspace: Workspace, name: str, *_: object, **__: object) -> tuple[Drilled, Folder]:
        whole = virtual_drill(workspace, name)
        return replace(whole, state=replace(whole.state, finished=None, interrupted=True)), Folder(tmp_path)

    monkeypatch.setattr(drilling, "live_drill", left)
    monkeypatch.setenv("RUNBOOK_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    assert 0 != run_words(("drill", "--scenario", "idle-machine", "--seed", "7", "--as", "ann:reliability"))
    told = capsys.readouterr().err
    assert "do not resume it" in told
    assert "--reason left --as ann:reliability`; then drill again, with --seed 7" in told
