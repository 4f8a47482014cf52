"""The bundle of a run: what goes in, what stays behind, and that nobody can drop what they like."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app.bundling import bundle, checked
from engine.app.runs import RunFolder
from engine.app.workspace import Workspace
from engine.cli.program import run as run_words
from tests.app.test_mirroring import YES, driven


@pytest.fixture
def sensitive(root: Path, workspace: Workspace) -> RunFolder:
    """A run with one check whose answers are customers' data."""
    path = root / "runbooks/incidents/web-down.yaml"
    old = 'vendor", expect: {status: 200}'
    path.write_text(path.read_text().replace(old, 'vendor", sensitive: true, expect: {status: 200}'))
    return driven(workspace, YES)


def names(path: Path) -> list[str]:
    """Return what is in a bundle, below the run."""
    with tarfile.open(path) as tar:
        return [one.partition("/")[2] for one in tar.getnames()]


def test_what_a_sensitive_check_saw_stays_behind_with_its_hash(
    sensitive: RunFolder, workspace: Workspace, tmp_path: Path
) -> None:
    """Absent bodies are said, and are no fault; with consent they travel."""
    made = bundle(workspace, sensitive, tmp_path / "a.tar.gz")
    (kept,) = made.withheld
    assert "vendor" in kept
    assert [] == [one for one in names(made.path) if "vendor" in one]
    report = checked(made.path)
    assert (True, (kept,), ()) == (report.ok, report.withheld, report.problems)
    whole = bundle(workspace, sensitive, tmp_path / "b.tar.gz", with_sensitive=True)
    assert ((), True) == (whole.withheld, kept in names(whole.path))
    assert (True, ()) == (checked(whole.path).ok, checked(whole.path).withheld)


def test_evidence_that_is_not_sensitive_cannot_be_withheld(
    sensitive: RunFolder, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal's plan decides, not the manifest."""
    every = frozenset(f"evidence/{one.name}" for one in (sensitive.path / "evidence").iterdir())
    monkeypatch.setattr("engine.app.bundling.sensitive_files", lambda happened: every)
    made = bundle(workspace, sensitive, tmp_path / "a.tar.gz")
    report = checked(made.path)
    reasons = {one.reason for one in report.problems}
    assert {"was left out, though the plan does not call it sensitive"} == reasons
    assert len(every) - 1 == len(report.problems)


def test_a_renamed_run_is_noticed(workspace: Workspace, tmp_path: Path) -> None:
    """The plan in the first record knows its own run."""
    folder = driven(workspace, YES)
    other = folder.path.with_name("INC-20200101-000000")
    folder.path.rename(other)
    made = bundle(workspace, replace(folder, run=other.name, path=other), tmp_path / "a.tar.gz")
    assert [f"is of the run {folder.run}"] == [one.reason for one in checked(made.path).problems]


def test_the_report_in_it_is_the_report_of_that_moment(workspace: Workspace, tmp_path: Path) -> None:
    """With the head that the journal in it ends in."""
    folder = driven(workspace)
    made = bundle(workspace, folder, tmp_path / "a.tar.gz")
    with tarfile.open(made.path) as tar:
        file = tar.extractfile(f"{folder.run}/report.md")
        assert file is not None
        assert f"{made.records} records, head `{made.head}`" in file.read().decode()


@pytest.fixture
def at_home(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The command's environment is that of the small workspace."""
    for name, value in workspace.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(workspace.root)
    return workspace


def test_the_commands_make_and_check_it_elsewhere(
    sensitive: RunFolder,
    at_home: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From a folder that is no workspace, in another home; a changed byte is exit 1."""
    assert 0 == run_words(("bundle", sensitive.run))
    said = capsys.readouterr()
    name = f"{sensitive.run}.tar.gz"
    assert said.out.startswith(f"{name}: ")
    assert "(sensitive); --with-sensitive puts it in" in said.err
    assert 1 == run_words(("bundle", sensitive.run))
    assert f"{name} is there already" in capsys.readouterr().err
    elsewhere = tmp_path / "other machine"
    elsewhere.mkdir()
    moved = (at_home.root / name).rename(elsewhere / "incident.tgz")
    monkeypatch.chdir(elsewhere)
    monkeypatch.delenv("RUNBOOK_STATE")
    monkeypatch.setenv("HOME", str(elsewhere))
    assert 0 == run_words(("verify", moved.name))
    said = capsys.readouterr()
    assert "  ok: nothing is missing or changed\n" in said.out
    assert "is sensitive and not in the bundle; its size and hash are" in said.out
    assert "" == said.err
    assert ["incident.tgz"] == [one.name for one in elsewhere.iterdir()]
    data = bytearray(moved.read_bytes())
    data[len(data) // 2] ^= 1
    moved.write_bytes(data)
    assert 1 == run_words(("verify", str(moved), "--output", "json"))
    told = json.loads(capsys.readouterr().out)
    assert (False, "the seal") == (told["ok"], told["report"]["problems"][0]["path"])
    assert 1 == run_words(("verify", str(moved)))
    assert "  BAD the seal does not fit" in capsys.readouterr().out
    assert 1 == run_words(("verify", "nowhere/x.tar.gz"))


def test_missing_evidence_is_exit_1_and_the_bundle_is_made(
    sensitive: RunFolder, at_home: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is left may be all there is."""
    gone = next(one for one in (sensitive.path / "evidence").iterdir() if "health" in one.name)
    gone.unlink()
    assert 1 == run_words(("bundle", sensitive.run, "--output", "json"))
    told = json.loads(capsys.readouterr().out)
    assert [f"evidence/{gone.name}"] == told["missing"]
    assert Path(told["bundle"]).is_file()
