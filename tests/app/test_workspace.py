"""Finding files: by any spelling, once each, and whose they are."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from engine.app.checking import checked
from engine.app.freezing import say
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.core.events import Person
from engine.kinds.errors import FileErrors, UsageError
from engine.kinds.values import Instant

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


def test_a_new_state_folder_is_nothing_to_git_and_one_that_was_there_is_left_alone(tmp_path: Path) -> None:
    """Nobody has to know of it before the first commit; where the folder is somebody's, nothing is added."""
    root = tmp_path / "team"
    (root / "runbooks").mkdir(parents=True)
    git("init", "-q", at=root)
    mine = Workspace.find(root, {})
    assert root / ".runbook" / "runs" == mine.made_state("runs")
    (root / ".runbook" / "runs" / "journal").write_text("x")
    assert "" == git("status", "--porcelain", "--untracked-files=all", at=root)
    ignore = root / ".runbook" / ".gitignore"
    ignore.unlink()
    mine.made_state()
    assert not ignore.exists()
    kept = tmp_path / "kept"
    kept.mkdir()
    assert kept / "bugs" == Workspace.find(root, {"RUNBOOK_STATE": str(kept)}).made_state("bugs")
    assert ["bugs"] == [one.name for one in kept.iterdir()]


def test_whatever_makes_the_state_folder_makes_it_so(workspace: Workspace) -> None:
    """A freeze is the first thing somebody does here."""
    assert not workspace.state.exists()
    say(workspace, Person(name="ann"), "a move", Instant.parse("2025-11-23T03:05:22Z"), "", frozen=True)
    assert (workspace.state / ".gitignore").is_file()


def git(*words: str, at: Path) -> str:
    """Do something in a repository, untouched by the settings of whoever runs the tests."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(at), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *words], cwd=at, env=environ, check=True, capture_output=True, text=True)
    return done.stdout
