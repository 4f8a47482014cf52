"""A disk that is full, read-only or lies: a clear refusal, nothing lost, nothing done that is not recorded."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.acceptance.desk import ENGINE, Desk, Said
from tests.patience import PATIENCE

RUN = ("run", "two-terminals", "--env", "sandbox", "--output", "json")


@pytest.fixture(scope="module")
def team(shared_desk: Desk) -> Desk:
    """A desk with a short runbook that asks and changes; its sandbox is well."""
    shutil.copy(Path(__file__).parent / "two-terminals.yaml", shared_desk.root / "runbooks" / "incidents")
    shared_desk.break_sandbox()
    return shared_desk


@pytest.fixture
def run(team: Desk) -> Iterator[str]:
    """A run that waits for the answer to its first question; nobody drives it."""
    team.effects_file.write_text("", encoding="utf-8")
    said = team.say(*RUN)
    assert 4 == said.code, said.err
    name: str = said.events[0]["data"]["plan"]["run"]
    yield name
    shutil.rmtree(team.run_folder(name))


def journal(team: Desk, run: str) -> Path:
    """Return the file of a run's records."""
    return team.run_folder(run) / "journal.jsonl"


def with_file_limit(team: Desk, size: int, *words: str) -> Said:
    """Type a command whose process may write no file longer than this; the kernel refuses the rest."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return team.say(*words, preexec_fn=limit)


def as_an_ordinary_user(team: Desk, *words: str) -> Said:
    """Type a command without root's right to write where nobody may."""
    drop = (
        [needs.program("setpriv"), "--bounding-set", "-all", "--inh-caps", "-all"]
        if os.geteuid() == 0
        else []
    )
    done = subprocess.run(
        [*drop, *ENGINE, *words],
        cwd=team.root,
        env=team.environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stderr
    return Said(done.returncode, done.stdout, done.stderr)


def test_on_a_full_disk_no_change_is_made_that_is_not_recorded_and_the_run_goes_on_later(
    team: Desk, run: str
) -> None:
    """The intent does not fit, so the change is not made; with space again it is made once."""
    team.told("answer", "--run", run, "change")
    assert 4 == team.say("resume", run, "--output", "json").code
    digest = next(one["data"]["digest"] for one in reversed(team.events(run)) if one["type"] == "prompted")
    team.told("approve", run, "--as", "eli:engineer", "--digest", digest)
    before = team.events(run)
    resumed = 300  # bytes: the record that it was resumed fits, the intent does not
    full = with_file_limit(
        team, journal(team, run).stat().st_size + resumed, "resume", run, "--output", "json"
    )
    assert (1, True) == (full.code, "no space left for" in full.err), full.err
    for part in (str(journal(team, run)), "nothing further was started", f"runbook resume {run}"):
        assert part in full.err
    assert [] == team.effects()
    assert before == team.events(run)[: len(before)]
    assert 0 == team.say("verify", run).code
    again = team.say("resume", run, "--output", "json")
    assert (0, "resolved") == (again.code, again.events[-1]["data"]["end"])
    assert ["restart"] == [one["call"] for one in team.effects()]


def test_a_run_that_cannot_be_stored_is_not_begun(team: Desk) -> None:
    """Not even its first record fits: nothing is asked of any system."""
    runs = (
        {path.name for path in (team.state / "runs").glob("*")} if (team.state / "runs").exists() else set()
    )
    said = with_file_limit(team, 2000, *RUN)
    assert (1, "", True) == (said.code, said.out, "no space left for" in said.err), said.err
    for left in {path.name for path in (team.state / "runs").glob("*")} - runs:
        shutil.rmtree(team.state / "runs" / left)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_disk_that_is_really_full_is_told_with_what_to_do(team: Desk, tmp_path: Path) -> None:
    """A small disk of its own, filled to the last byte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"mount is not allowed here: {mounted.stderr.decode().strip()}")
    try:
        shutil.copy(team.state / "sandbox.json", disk)
        with (disk / "ballast").open("wb", buffering=0) as ballast:
            with pytest.raises(OSError, match="No space"):
                while True:
                    ballast.write(b"x" * 1024)
        full = Desk(team.root, team.environ | {"RUNBOOK_STATE": str(disk)})
        said = full.say(*RUN)
        assert 1 == said.code, said
        assert "no space left" in said.err.lower()
        assert "hint:" in said.err
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_state_folder_that_cannot_be_written_is_refused_before_anything_starts(
    team: Desk, tmp_path: Path
) -> None:
    """One line with the folder, and the variable that names another; looking is still possible."""
    state = tmp_path / "state"
    state.mkdir()
    shutil.copy(team.state / "sandbox.json", state)
    closed = Desk(team.root, team.environ | {"RUNBOOK_STATE": str(state)})
    state.chmod(0o500)
    try:
        for words in (RUN, ("sandbox", "up")):
            said = as_an_ordinary_user(closed, *words)
            assert (1, "") == (said.code, said.out), said
            assert f"{state}: Permission denied" in said.err
            assert "RUNBOOK_STATE" in said.err
        assert 0 == as_an_ordinary_user(closed, "runs").code
        assert ["sandbox.json"] == [path.name for path in state.iterdir()]
    finally:
        state.chmod(0o700)


def test_a_run_folder_that_cannot_be_written_can_be_looked_at_but_not_driven(team: Desk, run: str) -> None:
    """Answer and resume are refused with what to do; show and verify need no right to write."""
    folder, records = team.run_folder(run), journal(team, run)
    before = records.read_bytes()
    folder.chmod(0o500)
    records.chmod(0o400)
    try:
        for words in (("resume", run), ("answer", "--run", run, "prove")):
            said = as_an_ordinary_user(team, *words)
            assert (1, True) == (said.code, f"cannot write {records}" in said.err), said
            assert f"runbook resume {run}" in said.err
        for look in (("show", run), ("verify", run), ("runs",)):
            assert 0 == as_an_ordinary_user(team, *look).code
        assert before == records.read_bytes()
    finally:
        folder.chmod(0o700)
        records.chmod(0o600)


@pytest.mark.parametrize("record", [1, 3, 5])
def test_a_flipped_byte_is_found_and_nothing_goes_on_from_there(team: Desk, run: str, record: int) -> None:
    """Each command names the record; a damaged run neither hides nor stops another."""
    lines = journal(team, run).read_bytes().splitlines(keepends=True)
    line = bytearray(lines[record - 1])
    line[len(line) // 3] ^= 1
    damaged = b"".join([*lines[: record - 1], bytes(line), *lines[record:]])
    journal(team, run).write_bytes(damaged)
    verified = team.say("verify", run)
    assert (1, True) == (verified.code, f"BAD record {record} " in verified.out), verified.out
    for words in (("show", run), ("resume", run), ("answer", "--run", run, "prove"), ("report", run)):
        said = team.say(*words)
        assert (1, True) == (said.code, f"record {record} (byte" in said.err), said
        assert "damaged" in said.err
    assert damaged == journal(team, run).read_bytes()
    listed = {one["run"]: one["stands"] for one in team.runs()}
    assert listed[run].startswith("damaged: ")


def test_a_torn_last_line_is_cut_off_with_a_message_and_the_run_goes_on(team: Desk, run: str) -> None:
    """The line was never acknowledged; what it said is decided again, and the record says that it was cut."""
    whole = journal(team, run).read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    journal(team, run).write_bytes(whole[:-30])
    verified = team.say("verify", run)
    assert (0, True) == (verified.code, "the last line is incomplete" in verified.out), verified.out
    resumed = team.say("resume", run, "--output", "json")
    assert 4 == resumed.code, resumed.err
    told = [one["data"]["text"] for one in resumed.events if one["type"] == "noted"]
    assert 1 == len(told)
    assert f"cut off {len(last) - 30} bytes" in told[0]
    assert ["question#1"] == [one["data"]["prompt"] for one in resumed.events if one["type"] == "prompted"]
    assert 0 == team.say("verify", run).code


def test_evidence_that_was_changed_or_removed_is_named(team: Desk, run: str) -> None:
    """The record holds the hash of each file; the run itself is not stopped by it."""
    file = next((team.run_folder(run) / "evidence").iterdir())
    whole = file.read_bytes()
    assert 0 == team.say("verify", run).code
    for change, why in ((whole[:-1] + b"!", "was changed"), (whole + b" ", "bytes"), (None, "is missing")):
        file.unlink(missing_ok=True)
        if change is not None:
            file.write_bytes(change)
        said = team.say("verify", run)
        assert (1, True) == (said.code, f"BAD evidence/{file.name}" in said.out), said.out
        assert why in said.out
        as_json = team.say("verify", run, "--output", "json").events[0]
        assert (False, f"evidence/{file.name}") == (as_json["ok"], as_json["report"]["evidence"][0]["path"])
