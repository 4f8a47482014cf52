"""What several tests of the run folder share: processes with fewer rights, and a folder they can enter."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

NOBODY = 65534


def _in_child(work: Callable[[], str], *, drop: bool) -> str:
    """Run `work` in a forked process, without the rights of root if asked, and return its answer."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if drop and os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            answer = work()
        except BaseException as exc:
            answer = f"{type(exc).__name__}: {exc}"
        os.write(writer, answer.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read().decode()
    os.waitpid(pid, 0)
    return answer


@pytest.fixture
def as_nobody() -> Callable[[Callable[[], str]], str]:
    """Run a function as a user who owns nothing."""
    return lambda work: _in_child(work, drop=True)


@pytest.fixture
def in_child() -> Callable[[Callable[[], str]], str]:
    """Run a function in a process whose limits may be lowered."""
    return lambda work: _in_child(work, drop=False)


@pytest.fixture
def open_tmp() -> Iterator[Path]:
    """A temporary folder that other users can enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
