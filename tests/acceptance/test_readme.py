"""The README's two commands, as a newcomer types them on a fresh clone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import needs
from tests.acceptance.desk import ROOT, engine_processes

INSTALL_AND_RUN = 600.0
"""Seconds for an installation from PyPI and a run of the main job; a hang, not slowness, comes near it."""


def git(folder: Path, *words: str) -> str:
    """Run git in a folder and return what it says."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        [needs.program("git"), *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout


@pytest.mark.parametrize("command", ["./try", "./check"])
def test_the_two_commands_of_the_readme_are_there_and_can_be_executed(command: str) -> None:
    """What the README tells a newcomer to type is a file that can be run by name."""
    assert f"$ {command}\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert os.access(ROOT / command, os.X_OK)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh clone of what git knows, in a folder whose path has a space."""
    folder = tmp_path / "a folder with spaces" / "clone"
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        source, target = ROOT / name, folder / name
        if name and source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    git(folder, "init", "-q")
    git(folder, "add", "--all")
    git(folder, "commit", "-q", "-m", "clone")
    return folder


@pytest.mark.system
def test_try_sets_up_and_does_the_main_job_twice_and_leaves_the_checkout_clean(clone: Path) -> None:
    """The first time installs, the second finds it there; each ends resolved, with a report and fresh pages."""
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL", "RUNBOOK"))
    }
    for _ in ("installs", "finds it there"):
        done = subprocess.run(
            ["./try", "single-crash"],
            cwd=clone,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=INSTALL_AND_RUN,
        )
        assert 0 == done.returncode, done.stdout[-2000:] + done.stderr[-4000:]
        assert "resolved; exit 0" in done.stderr
        assert "" == git(clone, "status", "--porcelain")
        assert [] == list(engine_processes(clone))
    runs = sorted((clone / ".runbook" / "runs").iterdir())
    assert 2 == len(runs)
    runbook = clone / ".venv" / "bin" / "runbook"
    for run in runs:
        for words in (["report", run.name], ["verify", run.name]):
            done = subprocess.run(
                [runbook, *words], cwd=clone, env=environ, check=True, capture_output=True, text=True
            )
            assert run.name in done.stdout
