"""`--attach`: what a person saw or typed is kept with the run, searched for secrets, and verified by hash."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.app.runs import find_run
from engine.app.workspace import Workspace
from engine.core.events import Noted
from engine.kinds.errors import Exit
from engine.views.report import report
from tests.cli.conftest import Command
from tests.cli.test_commands import Typed, typed, waiting

__all__ = ["typed", "waiting"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
TOKEN = "fo1_Zk3-9qLw8xYv7bN2mT"


def noted(runbook: Command) -> Noted:
    """Return the last note of the run."""
    happened = find_run(Workspace.find(runbook.root, runbook.environ)).read()
    return [one.event for one in happened if isinstance(one.event, Noted)][-1]


def stored(runbook: Command, run: str, path: str) -> bytes:
    """Return an evidence file of a run."""
    return (runbook.root / "state/runs" / run / path).read_bytes()


def test_a_screenshot_is_kept_byte_for_byte_and_verified(
    typed: Typed, waiting: str, runbook: Command
) -> None:
    """It stands in the report and in the bundle, and one that was changed is named."""
    (runbook.root / "page.png").write_bytes(PNG)
    assert 0 == typed("note", "the tile is empty", "--attach", "page.png").code
    (ref,) = noted(runbook).evidence
    assert PNG == stored(runbook, waiting, ref.path)
    assert ref.path.endswith("-attached-page.png")
    told = report(find_run(Workspace.find(runbook.root, runbook.environ)).read(), "0" * 64)
    assert ("attached by ann", ref) in [(one.step, one.ref) for one in told.evidence]
    assert (ref,) == next(row.evidence for row in told.timeline.rows if row.text == "the tile is empty")
    assert 0 == typed("bundle", waiting, "--out", "run.tar.gz").code
    assert 0 == typed("verify", waiting).code
    (runbook.root / "state/runs" / waiting / ref.path).write_bytes(b"another page")
    done = typed("verify", waiting)
    assert done.code != 0
    assert "attached-page.png" in done.out + done.err


def test_the_output_of_a_command_comes_by_a_pipe_and_loses_its_secrets(
    typed: Typed, waiting: str, runbook: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People paste what they should not: a value in the environment under a secret's name is searched for."""
    monkeypatch.setenv("SHOP_TOKEN", TOKEN)
    output = io.BytesIO(f"Scaled VM to 2048 MB\nAuthorization: Bearer {TOKEN}\n".encode())
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=output, isatty=lambda: False))
    words = (
        "did",
        "--reason",
        "it ran out of memory",
        "--attach",
        "-",
        "--",
        "fly",
        "scale",
        "memory",
        "2048",
    )
    assert 0 == typed(*words).code
    event = noted(runbook)
    assert "fly scale memory 2048" == event.command
    kept = stored(runbook, waiting, event.evidence[0].path)
    assert b"Scaled VM to 2048 MB" in kept
    assert TOKEN.encode() not in kept


def test_a_file_that_is_not_there_records_nothing(typed: Typed, waiting: str, runbook: Command) -> None:
    """Not even the file that is there, beside it."""
    (runbook.root / "page.png").write_bytes(PNG)
    before = typed("show", waiting, "--output", "json").out
    done = typed("note", "look", "--attach", "page.png", "--attach", "gone.png")
    assert (Exit.USAGE, True) == (done.code, "gone.png: No such file" in done.err)
    assert before == typed("show", waiting, "--output", "json").out
    folder = runbook.root / "state/runs" / waiting / "evidence"
    assert [] == [path for path in folder.iterdir() if "attached" in path.name]


def test_a_note_without_a_file_is_recorded_as_ever(typed: Typed, waiting: str, runbook: Command) -> None:
    """Its record has no empty list in it."""
    assert 0 == typed("note", "just words").code
    lines = (Path(runbook.root) / "state/runs" / waiting / "journal.jsonl").read_text().splitlines()
    assert {"text": "just words"} == json.loads(lines[-1])["data"]
