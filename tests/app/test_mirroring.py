"""A run's evidence is copied and logged while it goes, and nothing about that can stop the run."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app.mirroring import Mirroring, mirroring_of
from engine.app.reporting import write_report
from engine.app.running import Options, drive, start, take_up
from engine.app.runs import RunFolder, find_run
from engine.app.workspace import Workspace
from engine.core.events import Noted, Person, Started
from engine.core.state import RunState
from engine.io.drivers.live import LiveDriver
from engine.io.people import Line, Script
from engine.kinds.errors import UsageError
from engine.render.evidence_log import MARK
from tests.cli.conftest import Command

ANN = Person(name="ann", role="reliability", identity="claimed")
SETTINGS = '[evidence]\nartifacts = "artifacts/{role}/{utc}"\nlog = "feedback/{role}.md"\n'
LOG = "feedback/reliability.md"


class Nobody:
    """A front without a person."""

    def watch(self, happened: object, state: RunState) -> None:
        """See and say nothing."""

    async def converse(self, driver: LiveDriver) -> None:
        """Nobody is here."""

    def attended(self) -> bool:
        """Nobody is here."""
        return False


@pytest.fixture
def told() -> list[str]:
    """What was said on standard error."""
    return []


@pytest.fixture
def mirrored(root: Path, workspace: Workspace, told: list[str]) -> Workspace:
    """The small workspace, asking for copies and a log."""
    (root / "runbook.toml").write_text(SETTINGS)
    return replace(workspace, tell=told.append)


def driven(workspace: Workspace, *answers: Line) -> RunFolder:
    """Run the small runbook until it ends or waits."""
    folder, _, lease = start(workspace, "web-down", Options(environment="practice"))
    with lease:
        asyncio.run(drive(workspace, folder, Nobody(), (Script(answers),)))
    return folder


YES = Line("yes", item="consent", after=0.0, person=ANN)


def ended(folder: RunFolder) -> list[int]:
    """Return the records of everything that ended."""
    return [one.seq for one in folder.read() if type(one.event).__name__ == "Ended"]


def test_every_operation_is_an_entry_and_every_file_a_copy(mirrored: Workspace, root: Path) -> None:
    """Time, command, path, status, duration, hash and run id; copies are the run's own bytes."""
    folder = driven(mirrored, YES)
    log = (root / LOG).read_text()
    assert [f"{folder.run} record {seq}" for seq in ended(folder)] == MARK.findall(log)
    stored = {one.name: one.read_bytes() for one in (folder.path / "evidence").iterdir()}
    (utc,) = os.listdir(root / "artifacts/reliability")
    assert re.fullmatch(r"\d{8}T\d{6}Z", utc)
    copies = root / "artifacts/reliability" / utc
    kept = {one.name: one.read_bytes() for one in copies.iterdir()}
    assert stored | {f"{folder.run}-journal.jsonl": (folder.path / "journal.jsonl").read_bytes()} == kept
    entry = log.partition("\n### ")[0]
    assert re.match(rf"### \d{{4}}-\d\d-\d\dT[\d:.]+Z {folder.run} record \d+\n\n", entry)
    assert "- What: check health of `look`, read in practice\n" in entry
    assert re.search(r"- Command: `curl -sS .*/health'`\n", entry)
    assert "- Result: fail, status 503: " in entry
    assert re.search(r"- Took: \d+\.\d{3}s, asked at \d{4}-", entry)
    assert re.search(
        rf"- Output: `artifacts/reliability/{utc}/0\S+`, 2 bytes, SHA-256 `[0-9a-f]{{64}}`", entry
    )


def test_copies_are_nobody_elses_to_read(mirrored: Workspace, root: Path) -> None:
    """Bodies lie in them; the log has none and is shared."""
    before = os.umask(0o022)
    try:
        driven(mirrored, YES)
    finally:
        os.umask(before)
    (folder,) = (root / "artifacts/reliability").iterdir()
    modes = {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()}
    assert ({0o600}, 0o700) == (modes, stat.S_IMODE(folder.stat().st_mode))
    assert 0o644 == stat.S_IMODE((root / LOG).stat().st_mode)


def test_nothing_is_mirrored_where_nothing_is_said(workspace: Workspace, root: Path) -> None:
    """The workspace stays as clean as it was."""
    before = sorted(os.listdir(root))
    driven(workspace, YES)
    assert sorted([*before, "state"]) == sorted({*os.listdir(root), "state"})


def test_the_report_is_copied_too(mirrored: Workspace, root: Path) -> None:
    """When it is written, and again when it is written anew."""
    folder = driven(mirrored, YES)
    for _ in range(2):
        report = write_report(mirrored, folder)
        (copy,) = (root / "artifacts").rglob("*-report.md")
        assert report.read_bytes() == copy.read_bytes()


def test_a_resumed_run_goes_on_in_the_same_place_and_repeats_nothing(mirrored: Workspace, root: Path) -> None:
    """What the first process wrote is found in the log; what it could not is written now."""
    folder = driven(mirrored)
    first = (root / LOG).read_text()
    (root / LOG).write_text(first[: first.index("\n### ", 1)] + "\nA line of ours")
    lease = take_up(folder, "again", ANN)
    with lease:
        asyncio.run(drive(mirrored, folder, Nobody(), (Script((YES,)),)))
    log = (root / LOG).read_text()
    assert sorted(f"{folder.run} record {seq}" for seq in ended(folder)) == sorted(MARK.findall(log))
    assert "\nA line of ours\n\n### " in log
    assert 1 == len(os.listdir(root / "artifacts/reliability"))


def test_a_sensitive_body_stays_in_the_runs_folder(mirrored: Workspace, root: Path) -> None:
    """The log says its size and hash, and quotes nothing."""
    path = root / "runbooks/incidents/web-down.yaml"
    path.write_text(
        path.read_text().replace(
            'vendor", expect: {status: 200}', 'vendor", sensitive: true, expect: {status: 200}'
        )
    )
    folder = driven(mirrored, YES)
    copied = {one.name for one in (root / "artifacts").rglob("*") if one.is_file()}
    assert [] == [name for name in copied if "vendor" in name]
    entries = (root / LOG).read_text().split("\n### ")
    (entry,) = [one for one in entries if "check vendor of" in one]
    assert "- Output: stays in the run's folder (sensitive), 2 bytes, SHA-256 `" in entry
    assert "- Result: pass, status 200\n" in entry
    assert [] != [one for one in (folder.path / "evidence").iterdir() if "vendor" in one.name]


def broken_by_a_file(root: Path) -> None:
    """A file stands where a folder should be."""
    (root / "artifacts").write_text("mine")


def broken_by_a_link(root: Path) -> None:
    """A link leads out of the workspace."""
    (root.parent / "elsewhere").mkdir()
    (root / "artifacts").symlink_to(root.parent / "elsewhere")


def broken_by_a_linked_log(root: Path) -> None:
    """The log itself is a link."""
    (root.parent / "elsewhere").mkdir()
    (root / "feedback").mkdir()
    (root / LOG).symlink_to(root.parent / "elsewhere" / "log.md")


def broken_by_a_pipe(root: Path) -> None:
    """Writing to it would wait for a reader for ever."""
    (root / "feedback").mkdir()
    os.mkfifo(root / LOG)


@pytest.mark.parametrize(
    "break_it", [broken_by_a_file, broken_by_a_link, broken_by_a_linked_log, broken_by_a_pipe]
)
def test_a_mirror_that_fails_stops_nothing_and_says_so_once(
    break_it: Callable[[Path], None], mirrored: Workspace, root: Path, told: list[str]
) -> None:
    """The run ends as it would have, with one note; at the end it is tried again, and told."""
    break_it(root)
    folder = driven(mirrored, YES)
    finished = folder.state().finished
    assert finished is not None
    assert "resolved" == finished.end
    notes = [one.event.text for one in folder.read() if isinstance(one.event, Noted)]
    assert 1 == len(notes), notes
    assert notes[0].startswith("evidence is not mirrored: ")
    assert 1 == len(told)
    assert str(folder.path) in told[0]
    elsewhere = root.parent / "elsewhere"
    assert [] == (list(elsewhere.iterdir()) if elsewhere.is_dir() else [])


def test_a_full_disk_of_copies_stops_nothing(
    mirrored: Workspace, root: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal has room; no copy and no half an entry is left."""

    def full(disk: object, fd: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.io.mirror.write_all", full)
    folder = driven(mirrored, YES)
    finished = folder.state().finished
    assert finished is not None
    assert "resolved" == finished.end
    assert [f"evidence is not mirrored: No space left on device; {folder.path} has it all\n"] == told
    assert [] == [one for one in (root / "artifacts").rglob("*") if one.is_file()]


def test_what_failed_on_the_way_is_written_at_the_end(
    mirrored: Workspace, root: Path, told: list[str]
) -> None:
    """Somebody made room: nothing is missing, and nothing is told but the first warning."""
    (root / "artifacts").write_text("mine")
    folder, _, lease = start(mirrored, "web-down", Options(environment="practice"))

    class Mender(Nobody):
        def watch(self, happened: object, state: RunState) -> None:
            if state.finished and (root / "artifacts").is_file():
                (root / "artifacts").unlink()

    with lease:
        asyncio.run(drive(mirrored, folder, Mender(), (Script((YES,)),)))
    assert [f"{folder.run} record {seq}" for seq in ended(folder)] == MARK.findall((root / LOG).read_text())
    assert [] == told


def test_the_guards_say_where_runs_may_write(mirrored: Workspace, root: Path) -> None:
    """A path that is not listed is refused, like a write that failed."""
    folder = driven(mirrored)
    happened = folder.read()
    started = happened[0].event
    assert isinstance(started, Started)
    access = replace(started.plan.guards.access, write=("artifacts",))
    plan = replace(started.plan, guards=replace(started.plan.guards, access=access))
    said: list[str] = []
    mirroring = mirroring_of(mirrored, folder, said.append)
    assert mirroring is not None
    mirroring.replay((replace(happened[0], event=replace(started, plan=plan)), *happened[1:]))
    assert "feedback/reliability.md is not below what guards.access.write lists" == mirroring.finish()
    mirroring = mirroring_of(mirrored, folder, said.append)
    assert mirroring is not None
    access = replace(access, write=("feedback",))
    plan = replace(plan, guards=replace(plan.guards, access=access))
    copied = sorted((root / "artifacts").rglob("*"))
    mirroring.replay((replace(happened[0], event=replace(started, plan=plan)),))
    assert mirroring.finish().endswith(" is not below what guards.access.write lists")
    assert copied == sorted((root / "artifacts").rglob("*"))


def test_a_resumed_run_knows_its_blockers_and_adds_no_second_entry(mirrored: Workspace, root: Path) -> None:
    """Those of the first process are found in the log; those it could not write are written."""
    folder = blocked(mirrored, root)
    log = (root / LOG).read_text()
    for text in (log, ""):
        (root / LOG).write_text(text)
        mirroring = mirroring_of(mirrored, folder, lambda text: None)
        assert mirroring is not None
        mirroring.replay(folder.read())
        assert "" == mirroring.finish()
        assert sorted(MARK.findall(log)) == sorted(MARK.findall((root / LOG).read_text()))


def blocked(workspace: Workspace, root: Path) -> RunFolder:
    """A run in which one look stayed unknown twice."""
    path = root / "runbooks/incidents/web-down.yaml"
    text = path.read_text().replace('vendor", expect: {status: 200}', 'vendor", expect: {json.ok: true}')
    old = "timeout: 1m}\n    then: {any: cause}"
    path.write_text(text.replace(old, f"timeout: 1m, retry: {{times: 1, after: 10ms}}{old[11:]}"))
    return driven(workspace, YES)


def test_two_attempts_that_led_nowhere_are_a_blocker_in_the_log(mirrored: Workspace, root: Path) -> None:
    """With what was typed, when, and what came of it, of each of the two."""
    folder = blocked(mirrored, root)
    log = (root / LOG).read_text()
    (blocker,) = [one for one in log.split("\n### ") if " blocker " in one.partition("\n")[0]]
    assert f"{folder.run} blocker " in blocker
    assert 2 == len(re.findall(r"^- \S+Z: `curl .*/vendor'` ended unknown$", blocker, re.MULTILINE))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('artifacts = "/tmp/x"', "leads out of the workspace"),
        ('log = "../x.md"', "leads out of the workspace"),
        ('log = "a/{role}/../../../x.md"', "leads out of the workspace"),
        ('log = "{user}.md"', "knows no {user}: there are {role}, {utc}, {date}, {run}"),
        ('log = "{role.md"', "has a brace without its partner"),
        ('log = "."', "is the workspace itself"),
        ("log = 3", "must be text"),
        ('logs = "x"', "unknown key 'logs'"),
    ],
)
def test_a_path_that_leads_out_is_refused_when_it_is_read(
    line: str, says: str, workspace: Workspace, root: Path
) -> None:
    """Before any run starts, with the place to mend."""
    (root / "runbook.toml").write_text(f"[evidence]\n{line}\n")
    with pytest.raises(UsageError) as caught:
        _ = workspace.settings
    assert says in caught.value.message
    assert "runbook.toml" in caught.value.message


def test_a_role_is_no_path(mirrored: Workspace, root: Path) -> None:
    """Whatever a role is called, it is one folder below where it should be."""
    folder = driven(mirrored)
    happened = folder.read()
    started = happened[0].event
    assert isinstance(started, Started)
    evil = replace(started, operator=replace(started.operator, role="../../x"))
    mirroring = mirroring_of(mirrored, folder, lambda text: None)
    assert isinstance(mirroring, Mirroring)
    mirroring.replay((replace(happened[0], event=evil), *happened[1:]))
    assert "" == mirroring.finish()
    assert (root / "feedback/x.md").is_file()
    assert not (root.parent / "x.md").exists()


def test_a_current_run_is_found_whatever_is_mirrored(mirrored: Workspace) -> None:
    """Copies are no runs."""
    folder = driven(mirrored, YES)
    assert folder.run == find_run(mirrored).run


def test_a_killed_run_has_every_entry_once_after_its_resume(runbook: Command, root: Path) -> None:
    """Whatever the first process had written when it was killed."""
    (root / "runbook.toml").write_text(SETTINGS)
    process = runbook.begun("run", "web-down", "--env", "practice", "--wait")
    assert process.stdout is not None
    for line in process.stdout:
        if '"prompted"' in line:
            break
    process.kill()
    process.wait()
    (root / LOG).write_text((root / LOG).read_text().rpartition("\n### ")[0])  # as if it had not got so far
    assert 0 == runbook.agree().returncode
    done = runbook("resume")
    assert 0 == done.returncode, done.stderr
    folder = find_run(Workspace.find(root, runbook.environ))
    assert sorted(f"{folder.run} record {seq}" for seq in ended(folder)) == sorted(
        MARK.findall((root / LOG).read_text())
    )
    assert 1 == len(list((root / "artifacts").rglob("*-report.md")))
