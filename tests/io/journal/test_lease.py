"""One executor a run, by a lock that the kernel gives back whatever happens to its holder."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine.io.journal.lease import NAME, Lease, Owner, holder
from engine.kinds.errors import LeaseHeld, StorageError
from engine.kinds.values import Instant

OURS = Owner("laptop-b", 4711, "engineer", Instant.parse("2025-11-23T03:09:00Z"))

HOLDER = """
import os, sys
from pathlib import Path
from engine.io.journal.lease import Lease, Owner
from engine.kinds.errors import LeaseHeld
from engine.kinds.values import Instant

owner = Owner("laptop-a", os.getpid(), "reliability", Instant.parse("2025-11-23T03:05:22Z"))
sys.stdout.write("ready\\n"); sys.stdout.flush()
sys.stdin.readline()
try:
    lease = Lease.acquire(Path(sys.argv[1]), owner)
    print("held", flush=True)
except LeaseHeld:
    print("refused", flush=True)
sys.stdin.readline()
"""


@contextmanager
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that takes the lease when told to, and keeps it until killed or told again."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert "ready" == said(process)
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def test_a_held_lease_names_its_holder_since_when_and_what_to_do(tmp_path: Path):
    """The second on-call learns whom to call and which commands to type."""
    with other(tmp_path) as process:
        tell(process)
        assert "held" == said(process)
        with pytest.raises(LeaseHeld) as caught:
            Lease.acquire(tmp_path, OURS)
        assert (
            f"{tmp_path.name} is being run by reliability on laptop-a (pid {process.pid}), "
            "since 2025-11-23T03:05:22.000Z" == caught.value.message
        )
        assert f"`runbook show {tmp_path.name} --follow`" in caught.value.hint
        assert f"`runbook take-over {tmp_path.name}`" in caught.value.hint


def test_a_holder_killed_with_nine_frees_the_lease_at_once(tmp_path: Path):
    """No stale lock, ever: the lock is the kernel's, the text only says who."""
    for _ in range(3):
        with other(tmp_path) as process:
            tell(process)
            assert "held" == said(process)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert holder(tmp_path) is None
            with Lease.acquire(tmp_path, OURS) as lease:
                assert lease.held()
                assert OURS == holder(tmp_path)


def test_of_several_that_start_at_once_exactly_one_holds_the_lease(tmp_path: Path):
    """Two on-calls answer the same page."""
    with other(tmp_path) as a, other(tmp_path) as b, other(tmp_path) as c:
        for process in (a, b, c):
            tell(process)
        assert ["held", "refused", "refused"] == sorted(said(process) for process in (a, b, c))


def test_a_released_lease_can_be_taken_again(tmp_path: Path):
    """A finished run leaves nothing locked."""
    lease = Lease.acquire(tmp_path, OURS)
    lease.release()
    lease.release()
    assert not lease.held()
    assert holder(tmp_path) is None
    Lease.acquire(tmp_path, OURS).release()


def test_a_take_over_from_a_stopped_holder_succeeds_and_the_holder_can_tell(tmp_path: Path):
    """A process stopped with Ctrl-Z never lets go; the new holder is the one that others see."""
    with other(tmp_path) as process:
        tell(process)
        assert "held" == said(process)
        process.send_signal(signal.SIGSTOP)
        with Lease.take_over(tmp_path, OURS) as lease:
            assert lease.held()
            assert OURS == holder(tmp_path)
            with pytest.raises(LeaseHeld, match="engineer on laptop-b"):
                Lease.acquire(tmp_path, OURS)
        process.send_signal(signal.SIGCONT)
    old = Lease.acquire(tmp_path, OURS)
    with Lease.take_over(tmp_path, Owner("laptop-c", 1, "manager", Instant(0))):
        assert not old.held()
    old.release()


def test_a_lease_does_not_travel_to_a_child_process(tmp_path: Path):
    """A command that the run starts must not keep the run locked after the run is gone."""
    lease = Lease.acquire(tmp_path, OURS)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False)
    lease.release()
    Lease.acquire(tmp_path, OURS).release()
    child.communicate(b"\n")


def test_a_holder_that_has_not_said_who_it_is_yet_is_still_a_holder(tmp_path: Path):
    """Between locking and writing there is a moment; the message does without the name."""
    with Lease.acquire(tmp_path, OURS):
        (tmp_path / NAME).write_bytes(b"{")
        with pytest.raises(LeaseHeld, match="by another process"):
            Lease.acquire(tmp_path, OURS)


def test_the_lock_file_is_0600_and_no_link_is_followed(tmp_path: Path):
    """Who runs an incident is nobody else's affair, and a planted link is refused."""
    Lease.acquire(tmp_path, OURS).release()
    assert 0o600 == stat.S_IMODE(os.stat(tmp_path / NAME).st_mode)
    (tmp_path / "precious").write_text("precious")
    (tmp_path / NAME).unlink()
    (tmp_path / NAME).symlink_to(tmp_path / "precious")
    with pytest.raises(StorageError, match="symbolic link"):
        Lease.acquire(tmp_path, OURS)
    assert "precious" == (tmp_path / "precious").read_text()
    assert holder(tmp_path) is None


def test_a_run_folder_that_is_not_there_is_refused(tmp_path: Path):
    """A lease of nothing is a mistake to report."""
    with pytest.raises(StorageError, match="is not there"):
        Lease.acquire(tmp_path / "INC-9", OURS)
