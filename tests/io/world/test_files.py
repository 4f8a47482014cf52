"""Files: what is there, told without following, waiting or changing anything."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import stat
import threading
from pathlib import Path

import pytest

from engine.io.world.files import LocalFiles
from engine.kinds.ports import CannotLook, FileReply, NoAnswer
from tests.patience import PATIENCE


def read(
    root: Path, path: str, max_bytes: int = 1000, timeout: float = PATIENCE, **more: object
) -> FileReply:
    """Look at one path."""
    return asyncio.run(LocalFiles(root, **more).read(path, max_bytes, timeout))  # type: ignore[arg-type]


def test_a_file_is_described_and_read(tmp_path: Path) -> None:
    """Size, permissions, owner, time and content; the time it is now comes along."""
    file = tmp_path / "a.txt"
    file.write_bytes(b"\x00\xffhello")
    file.chmod(0o640)
    os.utime(file, (1000, 2000))
    assert FileReply(
        "file", 7, 0o640, pwd.getpwuid(os.getuid()).pw_name, 2000.0, b"\x00\xffhello", now=5000.0
    ) == read(tmp_path, "a.txt", clock=lambda: 5000.0)
    assert b"\x00\xffhello" == read(Path("/"), str(file)).body


@pytest.mark.parametrize(
    ("limit", "body", "more"), [(5, b"abcde", True), (6, b"abcdef", False), (0, b"", False)]
)
def test_no_more_is_read_than_was_asked_for(tmp_path: Path, limit: int, body: bytes, more: bool) -> None:
    """And it is told that there is more."""
    (tmp_path / "a").write_bytes(b"abcdef")
    reply = read(tmp_path, "a", limit)
    assert (body, more, 6) == (reply.body, reply.more, reply.size)


def test_nothing_is_an_answer(tmp_path: Path) -> None:
    """Also below something that is no folder."""
    (tmp_path / "a").write_text("x")
    for path in ("absent", "absent/b", "a/b", "x" * 300):
        assert "" == read(tmp_path, path).kind


def test_a_link_is_told_as_a_link(tmp_path: Path) -> None:
    """Its target is not read, there or not."""
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link").symlink_to("secret")
    (tmp_path / "nowhere").symlink_to("/absent")
    reply = read(tmp_path, "link")
    assert ("link", "secret", b"") == (reply.kind, reply.leads_to, reply.body)
    assert "/absent" == read(tmp_path, "nowhere").leads_to


def test_what_is_no_file_is_never_opened(tmp_path: Path) -> None:
    """A FIFO without a writer would hang, a device might never end."""
    os.mkfifo(tmp_path / "fifo")
    assert "other" == read(tmp_path, "fifo").kind
    assert "other" == read(tmp_path, "/dev/zero").kind
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "s"))
        assert "other" == read(tmp_path, "s").kind
    assert ("folder", b"") == ((reply := read(tmp_path, ".")).kind, reply.body)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == reply.mode


def test_a_file_that_swells_while_it_is_read_ends(tmp_path: Path) -> None:
    """Those of the kernel have no size at all and are read all the same."""
    reply = read(tmp_path, "/proc/self/status" if Path("/proc/self").exists() else "/etc/hosts", 100)
    assert (100, True) == (len(reply.body), reply.more)


def test_the_guard_is_asked_for_the_real_place(tmp_path: Path) -> None:
    """Links in the folders are followed before it is asked, so none leads out unseen."""
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a").write_text("x")
    (tmp_path / "inside" / "way").symlink_to(tmp_path / "outside")
    root = (tmp_path / "inside").resolve()

    def allowed(path: Path) -> str:
        return "" if path.is_relative_to(root) else "it is outside the workspace"

    for path in ("way/a", "../outside/a", "way/..", str(tmp_path / "outside" / "a")):
        with pytest.raises(CannotLook, match="may not be read: it is outside the workspace"):
            read(root, path, allowed=allowed)
    assert "link" == read(root, "way", allowed=allowed).kind


def test_a_file_that_cannot_be_opened_is_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its permissions are a fact, its content is not."""
    (tmp_path / "a").write_text("x")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("engine.io.world.files.os.open", refuse)
    reply = read(tmp_path, "a")
    assert ("file", 1, b"", "this user may not read it") == (reply.kind, reply.size, reply.body, reply.unread)


@pytest.mark.parametrize("path", ["a\0b", "\ud800"])
def test_a_path_that_is_none_says_so(tmp_path: Path, path: str) -> None:
    """It is no fault of ours, and not an absent file."""
    with pytest.raises(CannotLook, match="cannot be looked at"):
        read(tmp_path, path)


def test_a_file_system_that_hangs_ends_with_the_deadline(tmp_path: Path) -> None:
    """The look goes on in its thread; nobody waits for it."""
    release = threading.Event()

    def hang(path: Path) -> str:
        release.wait(PATIENCE)
        return ""

    with pytest.raises(NoAnswer) as caught:
        read(tmp_path, "a", timeout=0.2, allowed=hang)
    assert not release.is_set()
    release.set()
    assert ("timeout", "a could not be read within 0.2s") == (caught.value.reason, caught.value.detail)


def test_yaml_is_read_by_what_was_given(tmp_path: Path) -> None:
    """This room knows none itself."""
    assert {"a": 1} == LocalFiles(tmp_path, yaml=lambda body: {"a": len(body)}).yaml(b"x")
    with pytest.raises(ValueError, match="no reader"):
        LocalFiles(tmp_path).yaml(b"x")
