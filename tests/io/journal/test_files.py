"""The journal on disk: modes, links, torn tails, and files that change behind its back."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.records import Conflict, Draft
from engine.io.journal.files import LOCK, NAME, FileJournal
from engine.kinds.errors import JournalDamaged, StorageError
from engine.kinds.values import Instant

AT = Instant.parse("2025-11-23T03:05:22Z")


def add(journal: FileJournal, *texts: str, seq: int):
    drafts = [Draft("Noted", {"text": text}, {"who": "a"}) for text in texts]
    return journal.append(drafts, expected_seq=seq, epoch=1, at=AT, mono=1.5)


def made(folder: Path, *texts: str) -> FileJournal:
    journal = FileJournal.create(folder)
    add(journal, *texts, seq=0)
    return journal


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_are_0700_and_files_0600_whatever_the_umask(tmp_path: Path):
    """Nobody else on the machine reads an incident, not even for a moment."""
    before = os.umask(0)
    try:
        made(tmp_path / "state" / "INC-1", "a")
    finally:
        os.umask(before)
    run = tmp_path / "state" / "INC-1"
    assert [0o700, 0o700, 0o600, 0o600] == [mode(p) for p in (run.parent, run, run / NAME, run / LOCK)]


def test_a_folder_that_is_open_to_others_is_closed_to_them(tmp_path: Path):
    """A folder made by hand does not weaken what is stored in it."""
    (tmp_path / "INC-1").mkdir(mode=0o755)
    FileJournal.create(tmp_path / "INC-1")
    assert 0o700 == mode(tmp_path / "INC-1")


def test_a_second_run_of_the_same_id_is_refused(tmp_path: Path):
    """A run is never written into the history of another."""
    made(tmp_path / "INC-1", "a")
    with pytest.raises(StorageError, match="is there already"):
        FileJournal.create(tmp_path / "INC-1")


def test_a_line_can_be_read_by_a_person(tmp_path: Path):
    """With `less`, when all else is broken."""
    made(tmp_path / "INC-1", "agent service is down – nothing helps")
    (line,) = (tmp_path / "INC-1" / NAME).read_text().splitlines()
    start = (
        '{"actor":{"who":"a"},"at":"2025-11-23T03:05:22.000Z","data":{"text":"agent service is down – nothing'
    )
    assert line.startswith(start)


def test_every_single_byte_that_is_changed_is_noticed_with_its_record_and_offset(tmp_path: Path):
    """No flipped bit, no blank, no newline and no zero byte gets past, the last newline included."""
    made(tmp_path / "INC-1", "a", "bé", "c")
    path = tmp_path / "INC-1" / NAME
    whole = path.read_bytes()
    starts = [0, *(at + 1 for at, byte in enumerate(whole) if byte == 10)]
    missed = []
    for at in range(len(whole)):
        for other in {whole[at] ^ (1 << bit) for bit in range(8)} | {10, 0, 32} - {whole[at]}:
            path.write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
            record = sum(start <= at for start in starts)
            try:
                FileJournal(tmp_path / "INC-1").read()
            except JournalDamaged as damage:
                if f"record {record} (byte {starts[record - 1]})" in str(damage):
                    continue
            missed.append((at, other))
    assert [] == missed


def test_a_journal_cut_at_any_byte_reads_as_its_whole_lines_and_goes_on(tmp_path: Path):
    """A torn tail was never acknowledged: readers ignore it, the next append cuts it off and says so."""
    made(tmp_path / "INC-1", "a", "b", "c")
    path = tmp_path / "INC-1" / NAME
    whole = path.read_bytes()
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        left = whole[:cut].count(b"\n")
        journal = FileJournal(tmp_path / "INC-1")
        assert ["a", "b", "c"][:left] == [record.data["text"] for record in journal.read()]
        assert path.read_bytes() == whole[:cut]
        add(journal, "d", seq=left)
        torn = cut - whole[:cut].rfind(b"\n") - 1
        line = f"{NAME}: cut off {torn} bytes of an interrupted write after record {left}; "
        told = (line + "it had not been acknowledged",) if torn else ()
        assert told == journal.notices
        again = FileJournal(tmp_path / "INC-1").read()
        assert [*["a", "b", "c"][:left], "d"] == [record.data["text"] for record in again]
        journal.close()


def test_a_damaged_journal_is_not_written_on(tmp_path: Path):
    """Refuse: nothing is started from a history that may be wrong."""
    journal = made(tmp_path / "INC-1", "a", "b")
    path = tmp_path / "INC-1" / NAME
    damaged = path.read_bytes().replace(b'"text":"a"', b'"text":"x"')
    path.write_bytes(damaged)
    with pytest.raises(JournalDamaged, match=r"record 1 \(byte 0\) is damaged: its content"):
        add(FileJournal(tmp_path / "INC-1"), "c", seq=2)
    assert damaged == path.read_bytes()
    journal.close()


@pytest.mark.parametrize("name", [NAME, LOCK])
def test_a_symbolic_link_in_place_of_a_file_is_not_followed(tmp_path: Path, name: str):
    """A planted link must not make us write somewhere else."""
    made(tmp_path / "INC-1", "a").close()
    target = tmp_path / "precious"
    target.write_bytes((tmp_path / "INC-1" / name).read_bytes())
    before = target.read_bytes()
    (tmp_path / "INC-1" / name).unlink()
    (tmp_path / "INC-1" / name).symlink_to(target)
    with pytest.raises(StorageError, match="symbolic link"):
        add(FileJournal(tmp_path / "INC-1"), "b", seq=1)
    assert before == target.read_bytes()


def test_a_symbolic_link_in_place_of_the_run_folder_is_not_followed(tmp_path: Path):
    """Nor a link that stands for the whole folder."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "INC-1").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        FileJournal.create(tmp_path / "INC-1")
    assert [] == list((tmp_path / "elsewhere").iterdir())


def test_a_run_folder_that_vanished_stops_the_run_and_is_not_made_anew(tmp_path: Path):
    """An open file takes writes gladly after it was removed; we must notice."""
    journal = made(tmp_path / "INC-1", "a")
    for file in (tmp_path / "INC-1").iterdir():
        file.unlink()
    (tmp_path / "INC-1").rmdir()
    with pytest.raises(StorageError, match="is not there"):
        add(journal, "b", seq=1)
    assert not (tmp_path / "INC-1").exists()
    journal.close()


@pytest.mark.parametrize("name", [NAME, LOCK])
def test_a_file_that_was_replaced_is_not_written_to(tmp_path: Path, name: str):
    """A restored copy or a fresh lock file would let two writers in at once."""
    journal = made(tmp_path / "INC-1", "a")
    copy = (tmp_path / "INC-1" / name).read_bytes()
    (tmp_path / "INC-1" / name).rename(tmp_path / "kept")
    (tmp_path / "INC-1" / name).write_bytes(copy)
    with pytest.raises(StorageError, match="was replaced"):
        add(journal, "b", seq=1)
    journal.close()


@pytest.mark.parametrize("anew", ["b, longer than what was withdrawn", "or replaced", ""])
def test_a_process_that_read_withdrawn_records_reads_anew_and_decides_nothing(tmp_path: Path, anew: str):
    """A failed append cuts off lines that a follower saw, and another may write over them, even the same length."""
    writer = made(tmp_path / "INC-1", "a")
    path = tmp_path / "INC-1" / NAME
    kept = path.read_bytes()
    add(writer, "withdrawn!!", seq=1)
    follower = FileJournal(tmp_path / "INC-1")
    assert 2 == len(follower.read())
    path.write_bytes(kept)
    other = FileJournal(tmp_path / "INC-1")
    texts = [text for text in ("a", anew) if text]
    add(other, *texts[1:], seq=1)
    assert texts == [record.data["text"] for record in follower.read()]
    for stale in (follower, writer):
        with pytest.raises(StorageError, match="no longer there") as caught:
            add(stale, "decided on what is gone", seq=len(texts))
        assert "`runbook resume INC-1`" in caught.value.hint
        stale.close()
    assert texts == [record.data["text"] for record in other.read()]
    other.close()


def test_a_missing_journal_is_one_line_and_a_hint(tmp_path: Path):
    """A mistyped run id is a user's mistake, not a traceback."""
    with pytest.raises(StorageError, match="is not there") as caught:
        FileJournal(tmp_path / "INC-9").read()
    assert "runbook runs" in caught.value.hint


def test_a_closed_journal_opens_again(tmp_path: Path):
    """Closing gives the descriptors back and loses nothing."""
    with made(tmp_path / "INC-1", "a") as journal:
        before = len(os.listdir("/dev/fd"))
    assert before - 2 == len(os.listdir("/dev/fd"))
    assert not isinstance(add(journal, "b", seq=1), Conflict)
    journal.close()


def test_a_read_only_folder_is_refused_with_a_clear_line(
    open_tmp: Path, as_nobody: Callable[[Callable[[], str]], str]
):
    """Whoever starts a run where they may not write hears it before the first check."""
    open_tmp.chmod(0o555)

    def attempt() -> str:
        try:
            FileJournal.create(open_tmp / "INC-1")
        except StorageError as exc:
            return f"{exc.message} | {exc.hint}"
        return "created"

    line = as_nobody(attempt)
    assert (
        f"cannot write {open_tmp / 'INC-1' / NAME} (Permission denied): nothing further was started" in line
    )
    assert "RUNBOOK_STATE" in line


def test_a_journal_of_another_user_is_refused_with_a_clear_line(
    open_tmp: Path, as_nobody: Callable[[Callable[[], str]], str]
):
    """Reading or answering somebody else's run fails on one line."""
    made(open_tmp / "INC-1", "a").close()

    def attempt() -> str:
        try:
            add(FileJournal(open_tmp / "INC-1"), "b", seq=1)
        except StorageError as exc:
            return exc.message
        return "appended"

    if os.getuid() == 0:
        assert "Permission denied" in as_nobody(attempt)
    else:
        assert "appended" == as_nobody(attempt)
