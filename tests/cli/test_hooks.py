"""The hooks for pre-commit: each is what the tool takes, and does in a small repository what it says."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
import yaml

from tests.app.webcases import CASES
from tests.cli.conftest import ROOT, Command
from tests.patience import PATIENCE

FILE = ROOT / ".pre-commit-hooks.yaml"
HOOKS: Mapping[str, Mapping[str, object]] = {
    one["id"]: one for one in yaml.safe_load(FILE.read_text(encoding="utf-8"))
}


def entry(repository: Command, name: str) -> int:
    """Run what a hook runs, as the tool does: at the root, without file names."""
    words = shlex.split(str(HOOKS[name]["entry"]))
    return repository(*words[1:]).returncode


@pytest.fixture
def repository(runbook: Command) -> Command:
    """A repository with a runbook, its cases and its pages, which every hook finds in order."""
    (runbook.root / "runbooks/incidents/web-down.cases.yaml").write_text(CASES.lstrip())
    path = runbook.root / "runbooks/incidents/web-down.yaml"
    today = datetime.now(UTC).date().isoformat()  # the hook asks the calendar, as `docs --check` does
    path.write_text(path.read_text().replace("owner: manager", f"owner: manager\nreviewed: '{today}'"))
    assert 0 == runbook("docs").returncode
    return runbook


def test_each_hook_is_one_the_tool_takes() -> None:
    """Installed as Python, never given file names, and started by a command of ours."""
    assert ["runbook-check", "runbook-docs", "runbook-test"] == list(HOOKS)
    for hook in HOOKS.values():
        assert {"id", "name", "entry", "language"} <= hook.keys()
        assert ("python", False) == (hook["language"], hook["pass_filenames"])
        assert "runbook" == shlex.split(str(hook["entry"]))[0]
        assert re.search(str(hook["files"]), "runbooks/incidents/web-down.yaml")
        assert not re.search(str(hook["files"]), "src/main.py")


def test_a_repository_in_order_passes_every_hook(repository: Command) -> None:
    """Exit 0: the commit is made."""
    assert dict.fromkeys(HOOKS, 0) == {name: entry(repository, name) for name in HOOKS}


@pytest.mark.parametrize(
    ("file", "old", "new", "stopped"),
    [
        ("runbooks/incidents/web-down.yaml", "else: people", "else: peple", "runbook-check"),
        ("runbooks/incidents/web-down.yaml", "Restart the web", "Start the web", "runbook-docs"),
        ("runbooks/incidents/web-down.cases.yaml", "end: resolved", "end: mitigated", "runbook-test"),
    ],
)
def test_a_fault_stops_the_commit(repository: Command, file: str, old: str, new: str, stopped: str) -> None:
    """Each hook sees the fault that is its own."""
    path = repository.root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert 0 != entry(repository, stopped)


def test_the_tool_itself_takes_the_file() -> None:
    """Where pre-commit is installed, its own reader finds nothing wrong."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    words = [sys.executable, "-m", "pre_commit", "validate-manifest", str(FILE)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE)
    assert 0 == done.returncode, done.stdout + done.stderr
