"""What was seen is kept redacted, capped, whole, and under a name that leads nowhere else."""

import errno
import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.records import Evidence
from engine.io.evidence import EvidenceStore, MemoryEvidence
from engine.io.journal.disk import Disk
from engine.io.redaction import Redactor
from engine.kinds.errors import StorageError

TOKEN = "fo1_Zk3-9qLw8xYv7bN2mT"
Opener = Callable[..., Evidence]


@pytest.fixture(params=["files", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Return a function that opens an empty store; both kinds keep the same promises."""

    def make(cap_bytes: int = 1000) -> Evidence:
        redactor = Redactor({"FLY_API_TOKEN": TOKEN})
        if request.param == "memory":
            return MemoryEvidence(redactor, cap_bytes=cap_bytes)
        return EvidenceStore(tmp_path, redactor, cap_bytes=cap_bytes)

    return make


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_reference_describes_the_stored_file(opened: Opener):
    """Path, size and hash are those of the bytes that can be read back."""
    store = opened()
    ref = store.put("look.machines", b'{"state":"stopped"}', "application/json; charset=utf-8")
    assert "evidence/0001-look.machines.json" == ref.path
    assert b'{"state":"stopped"}' == store.read(ref.path)
    assert (sha(b'{"state":"stopped"}'), 19, 19, False) == (
        ref.sha256,
        ref.size,
        ref.full_size,
        ref.truncated,
    )
    assert ref.sha256 == ref.full_sha256
    assert {"path", "sha256", "size", "full_size", "full_sha256", "truncated"} == json.loads(
        json.dumps(ref.plain())
    ).keys()


def test_what_is_stored_and_hashed_is_redacted(opened: Opener):
    """Not even a hash of the secret stream is kept: it would confirm a guess."""
    store = opened()
    raw = f"Bearer {TOKEN}\n".encode()
    ref = store.put(f"look {TOKEN}", raw, "text/plain")
    clean = "Bearer «***FLY_API_TOKEN***»\n".encode()
    assert clean == store.read(ref.path)
    assert (sha(clean), sha(clean), len(clean)) == (ref.sha256, ref.full_sha256, ref.full_size)
    assert TOKEN.lower() not in ref.path


def test_a_cap_that_falls_into_a_secret_anywhere_shows_none_of_it(opened: Opener):
    """Redacted first, cut afterwards: at 201 places around the cut."""
    store = opened(cap_bytes=400)
    for shift in range(-100, 101):
        data = b"." * (180 + shift) + TOKEN.encode() + b"." * 600
        ref = store.put("body", data, "text/plain")
        stored = store.read(ref.path)
        assert ref.truncated
        assert not any(TOKEN[at : at + 4].encode() in stored for at in range(len(TOKEN) - 3))


def test_a_capped_file_keeps_beginning_and_end_and_says_what_is_missing(opened: Opener):
    """The first and the last lines are what explains a failure."""
    store = opened(cap_bytes=300)
    data = b"first line\n" + b"x" * 5000 + b"\nlast line"
    ref = store.put("log", data, "text/plain")
    stored = store.read(ref.path)
    assert (300, True, len(data), sha(data)) == (len(stored), ref.truncated, ref.full_size, ref.full_sha256)
    assert (300, sha(stored)) == (ref.size, ref.sha256)
    assert stored.startswith(b"first line\n")
    assert stored.endswith(b"\nlast line")
    assert b"[... of 5021 bytes the middle is left out here ...]" in stored


@pytest.mark.parametrize(
    ("size", "limit", "kept"), [(300, 300, 300), (301, 300, 300), (50, 10, 10), (5, 0, 0)]
)
def test_never_more_than_the_cap_is_stored(opened: Opener, size: int, limit: int, kept: int):
    """Exactly at the cap, one above, and where not even the note fits."""
    ref = opened(cap_bytes=limit).put("log", b"x" * size, "text/plain")
    assert (kept, size > limit) == (ref.size, ref.truncated)


@pytest.mark.parametrize(
    ("hint", "name"),
    [
        ("../../etc/passwd", "0001-etc-passwd.txt"),
        ("Look.Machines", "0001-look.machines.txt"),
        ("/abs\x00\n", "0001-abs.txt"),
        ("..", "0001-observation.txt"),
        ("", "0001-observation.txt"),
        ("-rf", "0001-rf.txt"),
        ("größe", "0001-gr-e.txt"),
        ("page.txt", "0001-page.txt"),
        ("x" * 300, f"0001-{'x' * 80}.txt"),
    ],
)
def test_a_name_is_a_hint_and_leads_nowhere(opened: Opener, hint: str, name: str):
    """Whatever a step is called, the file lies in the evidence folder."""
    assert f"evidence/{name}" == opened().put(hint, b"x", "text/plain").path


def test_a_media_type_we_do_not_know_ends_in_bin(opened: Opener):
    """Nobody's desktop opens by accident what a target sent."""
    assert "evidence/0001-x.bin" == opened().put("x", b"x", "application/x-evil").path


def test_names_are_numbered_in_order(opened: Opener):
    """The same observation twice is two files."""
    store = opened()
    paths = [store.put("query", b"x", "text/plain").path for _ in range(3)]
    assert [f"evidence/000{n}-query.txt" for n in (1, 2, 3)] == paths


@pytest.mark.parametrize(
    "path", ["evidence/0009-x.txt", "../journal.jsonl", "evidence/../x", "/etc/hostname"]
)
def test_a_path_that_was_not_stored_is_refused(opened: Opener, path: str):
    """Reading evidence reads nothing else."""
    with pytest.raises(StorageError):
        opened().read(path)


def test_numbering_goes_on_in_another_process(tmp_path: Path):
    """A resumed run adds to the evidence, and two writers do not collide."""
    first, second = (EvidenceStore(tmp_path, Redactor({})) for _ in range(2))
    paths = [store.put("x", b"x", "text/plain").path for store in (first, second, first, first, second)]
    assert sorted(paths) == sorted(set(paths))
    assert 5 == len(list((tmp_path / "evidence").iterdir()))


def test_files_are_0600_in_a_folder_0700_whatever_the_umask(tmp_path: Path):
    """Bodies of requests are nobody else's to read."""
    before = os.umask(0)
    try:
        ref = EvidenceStore(tmp_path, Redactor({})).put("x", b"x", "text/plain")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / path).stat().st_mode) for path in ("evidence", ref.path)]
    assert [0o700, 0o600] == modes


def test_a_planted_link_is_not_followed(tmp_path: Path):
    """Neither in place of the folder nor in place of the next file."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "evidence").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="symbolic link"):
        EvidenceStore(tmp_path / "a", Redactor({})).put("x", b"x", "text/plain")
    (tmp_path / "b" / "evidence").mkdir(parents=True)
    (tmp_path / "b" / "evidence" / "0001-x.txt").symlink_to(tmp_path / "elsewhere" / "new")
    ref = EvidenceStore(tmp_path / "b", Redactor({})).put("x", b"x", "text/plain")
    assert "evidence/0002-x.txt" == ref.path
    assert [] == list((tmp_path / "elsewhere").iterdir())


class FullDisk(Disk):
    """Takes one byte, then is full, until space is freed."""

    full = True

    def write(self, fd: int, data: memoryview) -> int:
        if self.full and len(data) < 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(fd, data[:1])


def test_a_full_disk_leaves_nothing_behind_and_the_store_goes_on(tmp_path: Path):
    """The space is there for the record that the evidence could not be kept."""
    disk = FullDisk()
    store = EvidenceStore(tmp_path, Redactor({}), disk=disk)
    with pytest.raises(StorageError, match="no space left") as caught:
        store.put("x", b"12345", "text/plain")
    assert f"free space, then `runbook resume {tmp_path.name}`" == caught.value.hint
    assert [] == list((tmp_path / "evidence").iterdir())
    disk.full = False
    assert b"12345" == store.read(store.put("x", b"12345", "text/plain").path)


class SlowDisk(Disk):
    """Takes one byte a write."""

    def write(self, fd: int, data: memoryview) -> int:
        return super().write(fd, data[:1])


def test_a_file_is_complete_before_its_reference_is_known(tmp_path: Path):
    """A short write is finished, not forgotten."""
    ref = EvidenceStore(tmp_path, Redactor({}), disk=SlowDisk()).put("x", b"complete", "text/plain")
    assert b"complete" == (tmp_path / ref.path).read_bytes()


def test_a_run_folder_that_vanished_is_not_made_anew(tmp_path: Path):
    """Evidence without a journal proves nothing."""
    with pytest.raises(StorageError, match="is not there"):
        EvidenceStore(tmp_path / "gone", Redactor({})).put("x", b"x", "text/plain")
    assert not (tmp_path / "gone").exists()
