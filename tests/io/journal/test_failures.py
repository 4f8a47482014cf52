"""The disk fails at the n-th call, for every n: nothing acknowledged is lost and nothing goes on."""

import errno
import os
import random
import resource
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from engine.core.records import Draft
from engine.io.journal.disk import Disk
from engine.io.journal.files import NAME, FileJournal
from engine.io.journal.verify import verify
from engine.kinds.errors import JournalDamaged, StorageError
from engine.kinds.values import Instant

AT = Instant.parse("2025-11-23T03:05:22Z")


def add(journal: FileJournal, text: str, seq: int):
    return journal.append([Draft("Noted", {"text": text}, {})], expected_seq=seq, epoch=1, at=AT, mono=0)


class FailingDisk(Disk):
    """Counts the calls that change something and fails one of them; a failing write takes half."""

    def __init__(self, fail_at: int, code: int, *, also_truncate: bool = False) -> None:
        self.calls = 0
        self.fail_at = fail_at
        self.code = code
        self.also_truncate = also_truncate

    def _count(self) -> bool:
        self.calls += 1
        return self.calls == self.fail_at

    def write(self, fd: int, data: memoryview) -> int:
        if self._count():
            os.write(fd, data[: len(data) // 2])
            raise OSError(self.code, os.strerror(self.code))
        return super().write(fd, data)

    def sync(self, fd: int) -> None:
        if self._count():
            raise OSError(self.code, os.strerror(self.code))
        super().sync(fd)

    def truncate(self, fd: int, size: int) -> None:
        if self.also_truncate:
            raise OSError(errno.EIO, "truncate failed too")
        super().truncate(fd, size)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("also_truncate", [False, True])
def test_whichever_call_fails_the_run_stops_and_what_was_acknowledged_stays(
    tmp_path: Path, code: int, also_truncate: bool
):
    """Fail the first, second, third … call until a whole run passes, and look at the file each time."""
    failures = 0
    for n in count(1):
        folder = tmp_path / f"run-{n}"
        disk = FailingDisk(n, code, also_truncate=also_truncate)
        acknowledged: list[str] = []
        journal = None
        try:
            journal = FileJournal.create(folder, disk=disk)
            for text in ("a", "b", "c"):
                add(journal, text, len(acknowledged))
                acknowledged.append(text)
        except StorageError as exc:
            failures += 1
            assert "nothing further was started" in exc.message
        if journal is None:
            continue
        if len(acknowledged) < 3:
            calls = disk.calls
            with pytest.raises(StorageError):
                add(journal, "later", len(acknowledged))
            assert calls == disk.calls, "no write and no fsync is tried again"
        journal.close()
        stored = [record.data["text"] for record in FileJournal(folder).read()]
        assert acknowledged == stored[: len(acknowledged)]
        if not also_truncate:
            assert acknowledged == stored
            assert not verify(folder).torn
        with FileJournal(folder) as resumed:
            add(resumed, "resumed", len(stored))
            assert [*stored, "resumed"] == [record.data["text"] for record in resumed.read()]
        assert verify(folder).ok
        if len(acknowledged) == 3:
            break
    assert failures >= 8  # two or more syncs to create, then a write and a sync for each record


def test_a_full_disk_says_so_and_what_to_do(tmp_path: Path):
    """One line and the command that goes on."""
    FileJournal.create(tmp_path / "INC-1")
    journal = FileJournal(tmp_path / "INC-1", disk=FailingDisk(1, errno.ENOSPC))
    with pytest.raises(StorageError) as caught:
        add(journal, "a", 0)
    journal.close()
    path = tmp_path / "INC-1" / NAME
    assert f"no space left for {path}: nothing further was started" == caught.value.message
    assert "free space, then `runbook resume INC-1`" == caught.value.hint


class MiserlyDisk(Disk):
    """Takes at most three bytes a write, as a kernel may."""

    def write(self, fd: int, data: memoryview) -> int:
        return super().write(fd, data[:3])


def test_a_write_that_the_kernel_takes_in_pieces_is_finished(tmp_path: Path):
    """A short write is not an error, and not a record either until all of it is there."""
    with FileJournal.create(tmp_path / "INC-1", disk=MiserlyDisk()) as journal:
        add(journal, "a", 0)
    assert ["a"] == [record.data["text"] for record in FileJournal(tmp_path / "INC-1").read()]


class DeafDisk(Disk):
    """Takes nothing and reports no error."""

    def write(self, fd: int, data: memoryview) -> int:
        return 0


def test_a_write_that_takes_nothing_fails_rather_than_spins(tmp_path: Path):
    """A kernel that never takes a byte must not hang the run."""
    FileJournal.create(tmp_path / "INC-1")
    with (
        FileJournal(tmp_path / "INC-1", disk=DeafDisk()) as journal,
        pytest.raises(StorageError, match="no byte"),
    ):
        add(journal, "a", 0)


def test_a_file_size_limit_is_met_like_a_full_disk_and_the_run_goes_on_later(
    tmp_path: Path, in_child: Callable[[Callable[[], str]], str]
):
    """A real kernel refusal in the middle of a record, in a process of its own."""
    folder = tmp_path / "INC-1"
    FileJournal.create(folder)

    def fill() -> str:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        journal = FileJournal(folder)
        for seq in count():
            try:
                add(journal, "x" * 50, seq)
            except StorageError as exc:
                return f"{seq} {exc.message}"
        return "never"

    seq, _, line = in_child(fill).partition(" ")
    assert f"no space left for {folder / NAME}: nothing further was started" == line
    assert 1 <= int(seq) == len(FileJournal(folder).read())
    assert not verify(folder).torn
    with FileJournal(folder) as resumed:
        add(resumed, "space again", int(seq))
    assert verify(folder).ok


class HeldDisk(Disk):
    """The lock is never free; waiting takes no time."""

    def __init__(self) -> None:
        self.waited = 0.0

    def lock(self, fd: int) -> bool:
        return False

    def pause(self, seconds: float) -> None:
        self.waited += seconds


def test_a_writer_that_never_lets_go_is_reported_and_does_not_break_the_journal(tmp_path: Path):
    """A process stopped in mid-append must not hang everyone for ever."""
    FileJournal.create(tmp_path / "INC-1")
    disk = HeldDisk()
    journal = FileJournal(tmp_path / "INC-1", disk=disk)
    with pytest.raises(StorageError, match="has been writing"):
        add(journal, "a", 0)
    assert 10 <= disk.waited < 11
    disk.lock = Disk().lock  # type: ignore[method-assign]  # the other process goes on
    add(journal, "a", 0)
    journal.close()


class PowerDisk(Disk):
    """Knows how much of the journal a power loss cannot take."""

    def __init__(self) -> None:
        self.safe = 0

    def sync(self, fd: int) -> None:
        super().sync(fd)
        self.safe = os.fstat(fd).st_size


def test_power_loss_never_takes_an_acknowledged_record_and_never_makes_one_up(tmp_path: Path):
    """What was not synced is kept, dropped or garbled; then it is cut, whole or refused, never guessed."""
    folder = tmp_path / "INC-1"
    path = folder / NAME
    disk = PowerDisk()
    with FileJournal.create(folder, disk=disk) as journal:
        add(journal, "a", 0)
        add(journal, "b", 1)
        safe = disk.safe
        add(journal, "unacknowledged", 2)
    whole = path.read_bytes()
    seen = set()
    for seed in range(300):
        rng = random.Random(seed)
        tail = bytearray(whole[safe : rng.randint(safe, len(whole))])
        for _ in range(rng.choice((0, 0, 1, 8, 64))):
            if tail:
                tail[rng.randrange(len(tail))] = rng.choice((0, 10, rng.randrange(256)))
        path.write_bytes(whole[:safe] + tail)
        try:
            texts = [record.data["text"] for record in FileJournal(folder).read()]
        except JournalDamaged:
            seen.add("refused")
            assert tail != whole[safe : safe + len(tail)]
            continue
        assert texts in (["a", "b"], ["a", "b", "unacknowledged"])
        seen.add(str(len(texts)))
    assert {"refused", "2", "3"} >= seen >= {"refused", "2"}
