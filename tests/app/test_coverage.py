"""The record of branch coverage: what is measured is what is read, and a broken record says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app import coverage
from engine.app.workspace import Workspace
from engine.kinds.errors import UsageError
from engine.views.docs_page import Branches, Undrilled

BY_CASE = Undrilled(step="look/inner", outcome="fail", target="cause", shown="case")
BY_NONE = Undrilled(step="cause", outcome="limit", target="engineer")
FOUND = Branches(covered=4, total=7, cases=3, steps=2, undrilled=(BY_CASE, BY_NONE))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with a folder for drills and nothing in it."""
    (tmp_path / "drills").mkdir()
    (tmp_path / "runbook.toml").write_text("")
    return Workspace(tmp_path, tmp_path / ".runbook", {})


def test_without_a_record_nothing_is_known(workspace: Workspace) -> None:
    """A page then says that it was not measured."""
    assert {} == coverage.read(workspace)
    assert {} == coverage.exceptions(workspace)


def test_a_record_is_read_as_it_was_written(workspace: Workspace) -> None:
    """Counts, and every branch that no drill takes with what does."""
    coverage.write(workspace, {"web-down": FOUND})
    assert {"web-down": FOUND} == coverage.read(workspace)
    assert 5 == FOUND.taken


def test_a_reason_is_told_of_a_branch_that_nothing_takes_and_of_no_other(workspace: Workspace) -> None:
    """It stands in a file of its own, so that measuring anew keeps it."""
    coverage.write(workspace, {"web-down": FOUND})
    why = "unexercised:\n  web-down:\n    cause limit > engineer: it is visited once\n    look/inner fail > cause: never\n"
    (workspace.root / "drills/exceptions.yaml").write_text(why)
    read = coverage.read(workspace)["web-down"].undrilled
    assert ["", "it is visited once"] == [one.why for one in read]


@pytest.mark.parametrize("text", ["[", "{}x", '{"web-down": 3}', '{"web-down": {"covered": 1, "total": 2}}'])
def test_a_broken_record_says_what_writes_it_anew(workspace: Workspace, text: str) -> None:
    """Also one of an older form."""
    coverage.path_of(workspace).write_text(text)
    with pytest.raises(UsageError) as refused:
        coverage.read(workspace)
    assert "`runbook drill --all --record` writes it anew" == refused.value.hint


def test_reasons_without_their_key_are_refused(workspace: Workspace) -> None:
    """They would be passed over in silence."""
    (workspace.root / "drills/exceptions.yaml").write_text("web-down: {}\n")
    with pytest.raises(UsageError, match="has no 'unexercised'"):
        coverage.exceptions(workspace)
