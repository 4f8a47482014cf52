"""Pages: what a person wrote into one is not lost unasked."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from engine.app.documenting import stale, write
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from tests.cli.conftest import Command

PAGE = "docs/runbooks/incidents/web-down.md"


@pytest.mark.parametrize("edit", ["a line below", "no front matter"])
def test_a_page_edited_by_hand_is_kept_until_forced(workspace: Workspace, root: Path, edit: str) -> None:
    """It is named with why; `force` writes what the runbook says."""
    write(workspace, root)
    page = root / PAGE
    fresh = page.read_text()
    by_hand = fresh + "by hand\n" if edit == "a line below" else "# My own words\n"
    page.write_text(by_hand)
    kept = write(workspace, root)
    assert ([PAGE], ["edited"]) == ([one.page for one in kept.kept], [one.rule for one in kept.kept])
    assert by_hand == page.read_text()
    assert (PAGE,) == write(workspace, root, force=True).written
    assert fresh == page.read_text()


def test_a_page_that_is_only_out_of_date_is_written(workspace: Workspace, root: Path) -> None:
    """Nobody's words are in it."""
    write(workspace, root)
    runbook = root / "runbooks/incidents/web-down.yaml"
    runbook.write_text(runbook.read_text().replace("What answers?", "Who answers?"))
    written = write(workspace, root)
    assert (PAGE in written.written, ()) == (True, written.kept)


def test_the_command_says_what_it_kept_and_ends_with_1(
    runbook: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words on standard error, as data on request; `--force` ends with 0. Elsewhere it refuses."""
    monkeypatch.chdir(runbook.root)
    assert 0 == run_words(("docs",))
    page = runbook.root / PAGE
    page.write_text(page.read_text() + "by hand\n")
    capsys.readouterr()
    assert 1 == run_words(("docs",))
    assert f"kept {PAGE}: the text was edited by hand" in capsys.readouterr().err
    assert 1 == run_words(("docs", "--output", "json"))
    assert PAGE == json.loads(capsys.readouterr().out)["kept"][0]["page"]
    assert 1 == run_words(("docs", "--check", "--as-of", "2025-11-23"))
    assert "`runbook docs --force`" in capsys.readouterr().out
    assert 0 == run_words(("docs", "--force"))
    monkeypatch.chdir(runbook.root.parent)
    assert [2, 2] == [run_words((word,)) for word in ("docs", "check")]


OPERATION = """\
runbook: web-health
title: Is the web well?
kind: operation
service: web
reviewed: '2025-11-22'
symptoms: [nobody knows]
steps:
  down:
    runbook: web-down
    then: {any: escalated}
"""


def test_operations_have_a_folder_and_an_index_of_their_own(workspace: Workspace, root: Path) -> None:
    """Beside the incidents, linked to them, and watched in the same way."""
    operations = root / "runbooks/operations"
    operations.mkdir()
    (operations / "web-health.yaml").write_text(OPERATION)
    written = write(workspace, root).written
    page, index = (f"docs/runbooks/operations/{name}" for name in ("web-health.md", "README.md"))
    assert {page, index, PAGE} <= set(written)
    text = (root / page).read_text()
    assert f"doc: {page}\n" in text
    assert "(../incidents/web-down.md)" in text
    listed = (root / index).read_text()
    assert "nobody knows: [web-health](web-health.md)" in listed
    assert "web-down" not in listed
    assert "web-health" not in (root / "docs/runbooks/incidents/README.md").read_text()
    assert () == tuple(one for one in stale(workspace, root, date(2025, 11, 23)) if "operations" in one.page)
    (operations / "web-health.yaml").unlink()
    left = {(one.page, one.rule) for one in stale(workspace, root, date(2025, 11, 23))}
    assert {(page, "orphan"), (index, "orphan")} <= left
