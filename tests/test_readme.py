"""The README says what the program does: its example loads, its transcript is what the runbook says."""

from __future__ import annotations

import os
import re
from pathlib import Path

from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.model.loading import load_runbook
from engine.model.source import Document, read

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCES = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
LIBRARY = Library(Workspace(ROOT, ROOT / ".runbook", {}))


def test_the_example_is_a_runbook() -> None:
    """Copied and run, it loads without a finding."""
    (example,) = [text for kind, text in FENCES if kind == "yaml"]
    document = read(example.encode(), "README.md")
    assert isinstance(document, Document)
    loaded = load_runbook(document, LIBRARY.catalogue)
    assert loaded.value is not None
    assert () == loaded.findings


def test_the_two_commands_exist_and_can_be_run() -> None:
    """`./try` and `./check` are in the tree and executable."""
    for name in ("try", "check"):
        assert f"$ ./{name}" in README
        assert os.access(ROOT / name, os.X_OK)


def test_the_transcript_tells_the_decisions_of_the_shipped_runbook() -> None:
    """Every title it shows is a step's, and it ends with a whole record."""
    (transcript,) = [text for kind, text in FENCES if kind == "text"]
    joined = re.sub(r"\n {12,}", " ", transcript)
    runbook = LIBRARY.runbook("agent-sdk-down")
    titles = {name: node.title for name, node in runbook.steps.items()}
    moves = re.findall(r"^ SO +([a-z0-9-]+): (.+)$", joined, re.MULTILINE)
    assert len(moves) >= 5
    for step, title in moves:
        assert titles[step] == title
    assert re.search(r"^ RESOLVED +INC-\d{8}-\d{6} ", transcript, re.MULTILINE)
    assert re.search(r"^  head +[0-9a-f]{64}$", transcript, re.MULTILINE)


def test_every_command_it_names_exists() -> None:
    """No command is promised that is not there."""
    from engine.cli.command_list import commands

    said = set(re.findall(r"^\$ runbook ([a-z-]+)", README, re.MULTILINE))
    assert said
    assert set() == said - {one.name for one in commands()}
