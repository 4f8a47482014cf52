"""Finding files: by any spelling, once each, and whose they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.app.checking import checked
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.kinds.errors import FileErrors, UsageError

INCIDENTS = "runbooks/incidents"
SCENARIO = "# Two lines above\n\nscenario: dark\nrunbook: web-down\ntitle: Dark\nenvironment: practice\nalert: {name: WebDown}\n"


def found(workspace: Workspace, *names: str) -> list[str]:
    """Return what `check` finds, a line each."""
    return [
        f"{one.file}:{one.line}: {one.finding.rule}: {one.finding.message}"
        for one in checked(workspace, names).findings
        if one.finding.severity == "error"
    ]


def test_a_runbook_id_given_twice_is_told_at_both_files(workspace: Workspace, root: Path) -> None:
    """Neither is run: nobody could say which of them was meant."""
    text = (root / INCIDENTS / "web-down.yaml").read_text()
    (root / INCIDENTS / "another.yml").write_text(text)
    expected = [
        f"{INCIDENTS}/another.yml:2: defined-twice: the runbook 'web-down' is also in {INCIDENTS}/web-down.yaml",
        f"{INCIDENTS}/web-down.yaml:2: defined-twice: the runbook 'web-down' is also in {INCIDENTS}/another.yml",
    ]
    assert expected == found(workspace)
    assert expected == found(workspace, "web-down")
    with pytest.raises(FileErrors) as refused:
        Library(workspace).runbook("web-down")
    assert {f"{INCIDENTS}/another.yml", f"{INCIDENTS}/web-down.yaml"} == {
        one.file for one in refused.value.findings
    }


def test_a_scenario_named_twice_is_told_at_both_files(workspace: Workspace, root: Path) -> None:
    """A drill of it is refused, too."""
    for name in ("one.yaml", "two.yml"):
        (root / "drills" / name).write_text(SCENARIO)
    assert ["drills/one.yaml:3", "drills/two.yml:3"] == [
        line.partition(": ")[0] for line in found(workspace) if "defined-twice" in line
    ]
    with pytest.raises(FileErrors):
        Library(workspace).scenario("dark")


def test_yml_is_found_like_yaml(workspace: Workspace, root: Path) -> None:
    """Runbooks, scenarios and the catalogue."""
    for name in (f"{INCIDENTS}/web-down", "runbooks/catalogue/all"):
        (root / f"{name}.yaml").rename(root / f"{name}.yml")
    (root / "drills/dark.yml").write_text(SCENARIO)
    assert [] == found(workspace)
    assert "web-down" == Library(workspace).scenario("dark").runbook
    assert (f"{INCIDENTS}/web-down.yml", "drills/dark.yml", "runbooks/catalogue/all.yml") == tuple(
        workspace.shown(path)
        for path in (
            workspace.runbook_file("web-down"),
            workspace.scenario_file("dark"),
            *workspace.catalogue_files(),
        )
    )


@pytest.mark.parametrize("folder", [INCIDENTS, "runbooks/catalogue", "drills", "runbooks"])
@pytest.mark.parametrize("what", ["folder", "link", "pipe"])
def test_what_is_no_readable_file_is_one_finding(
    workspace: Workspace, root: Path, folder: str, what: str
) -> None:
    """Not a crash, and it hides no other file."""
    path = root / folder / "x.yaml"
    if what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to("nowhere")
    else:
        os.mkfifo(path)
    lines = found(workspace)
    assert 1 == len(lines), lines
    assert lines[0].startswith(f"{folder}/x.yaml:1: unreadable: this cannot be read: ")
    if folder != "runbooks/catalogue":
        assert "web-down" == Library(workspace).runbook("web-down").runbook


def test_the_shipped_content_is_said_once_and_only_where_it_is_read(tmp_path: Path) -> None:
    """A team in the wrong folder must see that these are not its runbooks."""
    said: list[str] = []
    elsewhere = Workspace.find(tmp_path, {})
    elsewhere = Workspace(elsewhere.root, elsewhere.state, {}, elsewhere.shipped, said.append)
    assert elsewhere.runs == tmp_path / ".runbook/runs"
    assert [] == said
    assert "agent-sdk-down" in elsewhere.runbook_files()
    assert elsewhere.scenario_files()
    assert ["no runbooks/ here or above: using the shipped ones\n"] == said
    completing = Workspace(
        elsewhere.root, elsewhere.state, {"_RUNBOOK_COMPLETE": "bash_complete"}, True, said.append
    )
    assert completing.runbook_files()
    assert 1 == len(said)


def test_a_folder_of_ones_own_is_not_the_shipped_one(
    workspace: Workspace, root: Path, tmp_path: Path
) -> None:
    """Below it, too; and only there a command that writes or proves files has something to do."""
    assert not Workspace.find(root / INCIDENTS, {}).shipped
    workspace.require_own("check")
    with pytest.raises(UsageError, match="there is nothing to check"):
        Workspace.find(tmp_path, {}).require_own("check")
