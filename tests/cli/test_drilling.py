"""Drills and the sandbox from the command line, with the shipped content."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

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
    finally:
        down = shipped("sandbox", "down")
    assert "the sandbox is down" in down.stdout
    assert 1 == shipped("sandbox", "status").returncode
