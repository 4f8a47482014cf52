"""Whether a folder is fit for journals: tried with a file that is gone afterwards."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engine.io.journal.disk import Disk
from engine.io.state_folder import look_at


def test_a_good_folder_is_left_as_it_was(tmp_path: Path) -> None:
    """Written to, synced, locked, and clean again."""
    found = look_at(tmp_path)
    assert (True, "", "") == (found.there, found.problem, found.network)
    assert found.free > 0
    assert [] == os.listdir(tmp_path)


def test_a_folder_that_is_not_there_is_judged_by_its_parent(tmp_path: Path) -> None:
    """And not made."""
    found = look_at(tmp_path / "a" / "b")
    assert (False, "") == (found.there, found.problem)
    assert [] == os.listdir(tmp_path)


def test_a_file_in_its_place_is_a_problem(tmp_path: Path) -> None:
    """Nothing can be kept below it."""
    (tmp_path / "x").write_text("")
    assert f"{tmp_path / 'x'} is no folder" == look_at(tmp_path / "x" / "state").problem


class Broken(Disk):
    """Fails one call."""

    def __init__(self, call: str) -> None:
        self.call = call

    def open(self, name: str | Path, flags: int, *, folder: int | None = None) -> int:
        if self.call == "open":
            raise OSError(errno.EROFS, "Read-only file system")
        return super().open(name, flags, folder=folder)

    def write(self, fd: int, data: memoryview) -> int:
        if self.call == "write":
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(fd, data)

    def sync(self, fd: int) -> None:
        if self.call == "sync":
            raise OSError(errno.EIO, "Input/output error")
        super().sync(fd)

    def lock(self, fd: int) -> bool:
        if self.call == "lock":
            raise OSError(errno.ENOLCK, "No locks available")
        return True if self.call == "no lock" else super().lock(fd)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("open", "nothing can be written: Read-only file system"),
        ("write", "a write does not get to the disk: No space left on device"),
        ("sync", "a write does not get to the disk: Input/output error"),
        ("lock", "files cannot be locked: No locks available"),
        ("no lock", "a lock keeps nobody out"),
    ],
)
def test_what_a_disk_cannot_do_is_said(call: str, says: str, tmp_path: Path) -> None:
    """And the file is gone all the same."""
    assert says == look_at(tmp_path, disk=Broken(call)).problem
    assert [] == os.listdir(tmp_path)


@pytest.mark.parametrize(("kind", "network"), [("nfs4", "nfs4"), ("ext4", ""), ("fuse.sshfs", "fuse.sshfs")])
def test_a_network_file_system_is_known_by_its_mount(kind: str, network: str, tmp_path: Path) -> None:
    """The mount nearest to the folder counts."""
    mounts = tmp_path / "mounts"
    mounts.write_text(
        f"1 0 0:1 / / rw - cifs //x rw\n2 1 0:2 / {tmp_path} rw,noatime - {kind} host:/x rw\nshort line\n"
    )
    assert network == look_at(tmp_path, mounts=mounts).network
    assert "" == look_at(tmp_path, mounts=tmp_path / "none").network
