"""Copies and the log: below the workspace, whole, appended to by many, and never over what is there."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.io.journal.disk import Disk
from engine.io.mirror import Busy, Mirror
from engine.render.evidence_log import MARK
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent.parent
NAME = "evidence/0001-look.json"
BODY = b'{"ok": false}'
DIGEST = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A run with one file of evidence."""
    path = tmp_path / "R" / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    return path.parent.parent


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The workspace."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def entry(number: int, run: str = "R") -> tuple[str, str]:
    """An entry of the log."""
    return f"{run} record {number}", f"### 2025-11-23T03:05:22Z {run} record {number}\n\n- text\n"


def test_a_copy_is_made_once_and_written_over_never(stored: Path, root: Path) -> None:
    """The same again is the same file; another run's file of that name stays."""
    mirror = Mirror(root)
    assert "a/b/0001-look.json" == mirror.copy(stored, NAME, DIGEST, "a/b")
    assert "a/b/0001-look.json" == mirror.copy(stored, NAME, DIGEST, "a/b")
    (root / "a/b/0001-look.json").write_bytes(b"another run's")
    assert "a/b/R-0001-look.json" == mirror.copy(stored, NAME, DIGEST, "a/b")
    assert [b"another run's", BODY] == [path.read_bytes() for path in sorted((root / "a/b").iterdir())]
    (root / "a/b/R-0001-look.json").write_bytes(b"whatever")
    with pytest.raises(FileExistsError):
        mirror.copy(stored, NAME, DIGEST, "a/b")


def test_what_is_not_what_the_journal_says_is_not_copied(stored: Path, root: Path) -> None:
    """Nor is a link in place of the file followed."""
    with pytest.raises(OSError, match="not what the journal says"):
        Mirror(root).copy(stored, NAME, "0" * 64, "a")
    (stored / NAME).rename(stored / "real")
    (stored / NAME).symlink_to(stored / "real")
    with pytest.raises(OSError):
        Mirror(root).copy(stored, NAME, DIGEST, "a")
    assert [] == [one for one in root.rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    "path", ["evidence/../real", "../R/real", "real", "/etc/hostname", "evidence/", "evidence/.x"]
)
def test_a_path_of_a_made_up_journal_reads_nothing_else(path: str, stored: Path, root: Path) -> None:
    """Even with the right hash."""
    (stored / "real").write_bytes(BODY)
    with pytest.raises(OSError, match="not a path in the evidence folder"):
        Mirror(root).copy(stored, path, DIGEST, "a")


def test_a_linked_evidence_folder_is_not_followed(stored: Path, root: Path) -> None:
    """It leads anywhere."""
    (stored / "evidence").rename(stored.parent / "elsewhere")
    (stored / "evidence").symlink_to(stored.parent / "elsewhere")
    with pytest.raises(OSError):
        Mirror(root).copy(stored, NAME, DIGEST, "a")


@pytest.mark.parametrize("folder", ["../x", "a/../../x", "/tmp/x"])
def test_no_folder_leads_out(folder: str, stored: Path, root: Path) -> None:
    """Whatever the settings let through."""
    with pytest.raises(OSError, match="leads out of the workspace"):
        Mirror(root).copy(stored, NAME, DIGEST, folder)
    assert ["R", "root"] == sorted(os.listdir(root.parent))


@pytest.mark.parametrize("link", ["a", "a/b", "a/b/0001-look.json"])
def test_a_planted_link_is_not_followed(link: str, stored: Path, root: Path) -> None:
    """On the way, or in place of the file."""
    outside = root.parent / "outside"
    outside.mkdir()
    (root / link).parent.mkdir(parents=True, exist_ok=True)
    (root / link).symlink_to(outside / "new" if link.endswith("json") else outside)
    with pytest.raises(OSError):
        Mirror(root).copy(stored, NAME, DIGEST, "a/b")
    assert [] == os.listdir(outside)


def test_a_file_that_goes_on_changing_is_replaced_whole(stored: Path, root: Path) -> None:
    """A reader sees the old one or the new one; a link in its place is not followed."""
    mirror = Mirror(root)
    for data in (b"one", b"two"):
        (stored / "report.md").write_bytes(data)
        assert "a/R-report.md" == mirror.keep(stored / "report.md", "a", "R-report.md")
        assert data == (root / "a/R-report.md").read_bytes()
    assert ["R-report.md"] == os.listdir(root / "a")
    (stored / "link.md").symlink_to(stored / NAME)
    with pytest.raises(OSError):
        mirror.keep(stored / "link.md", "a", "R-report.md")


class FullDisk(Disk):
    """Takes a few bytes, then is full."""

    def write(self, fd: int, data: memoryview) -> int:
        if len(data) <= 5:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(fd, data[: len(data) - 5])


def test_a_full_disk_leaves_neither_half_a_file_nor_half_an_entry(stored: Path, root: Path) -> None:
    """What people wrote before is there to the byte."""
    mirror = Mirror(root, disk=FullDisk())
    with pytest.raises(OSError, match="No space"):
        mirror.copy(stored, NAME, DIGEST, "a")
    assert [] == os.listdir(root / "a")
    (root / "log.md").write_text("ours\n")
    with pytest.raises(OSError, match="No space"):
        mirror.append("log.md", [entry(1)], MARK.findall)
    assert "ours\n" == (root / "log.md").read_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [("", "###"), ("ours", "ours\n\n###"), ("ours\n", "ours\n\n###"), ("ours\n\n", "ours\n\n###")],
)
def test_entries_stand_apart_from_what_people_wrote(before: str, after: str, root: Path) -> None:
    """One empty line between, whether they ended theirs or not."""
    (root / "log.md").write_text(before)
    Mirror(root).append("log.md", [entry(1), entry(2)], MARK.findall)
    text = (root / "log.md").read_text()
    assert text.startswith(after)
    assert text.endswith("- text\n\n### 2025-11-23T03:05:22Z R record 2\n\n- text\n")


def test_what_the_log_has_is_not_written_again(root: Path) -> None:
    """Found by its mark, however large the log has become, and wherever a read of it ends."""
    mirror, other = Mirror(root), Mirror(root)
    mirror.append("log.md", [entry(1)], MARK.findall)
    with (root / "log.md").open("a") as file:
        file.write("filler " * 300_000)
    mirror.append("log.md", [entry(2)], MARK.findall)
    other.append("log.md", [entry(1), entry(2), entry(3)], MARK.findall)
    mirror.append("log.md", [entry(2), entry(3)], MARK.findall)
    assert ["R record 1", "R record 2", "R record 3"] == MARK.findall((root / "log.md").read_text())


def test_a_log_that_is_held_is_not_waited_for(root: Path) -> None:
    """The run goes on; the end of it waits a little."""
    (root / "log.md").write_text("")
    with (root / "log.md").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        pauses: list[float] = []

        class Counting(Disk):
            def pause(self, seconds: float) -> None:
                pauses.append(seconds)

        with pytest.raises(Busy):
            Mirror(root, disk=Counting()).append("log.md", [entry(1)], MARK.findall)
        assert [] == pauses
        with pytest.raises(Busy):
            Mirror(root, disk=Counting()).append("log.md", [entry(1)], MARK.findall, patience=3)
        assert 3 == len(pauses)
    Mirror(root).append("log.md", [entry(1)], MARK.findall)


def test_an_editor_that_puts_a_new_file_in_place_loses_nothing(root: Path) -> None:
    """Between opening and locking: the entry goes into the file that people see."""
    (root / "log.md").write_text("old\n")

    class Editor(Disk):
        saved = False

        def lock(self, fd: int) -> bool:
            if not self.saved:
                self.saved = True
                (root / "log.md.new").write_text("new\n")
                (root / "log.md.new").rename(root / "log.md")
            return super().lock(fd)

        def pause(self, seconds: float) -> None:
            pass

    Mirror(root, disk=Editor()).append("log.md", [entry(1)], MARK.findall)
    assert "new\n\n### 2025-11-23T03:05:22Z R record 1\n\n- text\n" == (root / "log.md").read_text()


WRITER = """
import sys
from pathlib import Path
from engine.io.mirror import Busy, Mirror
from engine.render.evidence_log import MARK
run, root = sys.argv[1], Path(sys.argv[2])
for number in range(60):
    text = f"### 2025-11-23T03:05:22Z {run} record {number}\\n\\n- {'x' * 300}\\n"
    Mirror(root).append("feedback/log.md", [(f"{run} record {number}", text)], MARK.findall, patience=10_000)
"""


def test_two_runs_that_write_at_once_lose_and_mix_nothing(root: Path) -> None:
    """Every entry of both is there, whole, in its own order."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, run, str(root)], cwd=ROOT) for run in ("A", "B", "C")
    ]
    assert [0, 0, 0] == [one.wait(PATIENCE) for one in writers]
    parts = (root / "feedback/log.md").read_text().split("\n\n### ")
    assert 180 == len(parts)
    assert {f"- {'x' * 300}"} == {one.rstrip("\n").rpartition("\n\n")[2] for one in parts}
    for run in "ABC":
        marks = MARK.findall((root / "feedback/log.md").read_text())
        assert [f"{run} record {n}" for n in range(60)] == [one for one in marks if one.startswith(run)]
