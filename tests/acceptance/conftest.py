"""Desks for the acceptance tests; none leaves a process behind."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.desk import Desk, engine_processes


@pytest.fixture(scope="session", autouse=True)
def no_process_is_left() -> Iterator[Path]:
    """A folder for every desk of this session; at its end no process that was started for one is left."""
    folder = Path(tempfile.mkdtemp(prefix="runbook-acceptance-"))
    folder.chmod(0o755)
    yield folder
    left = list(engine_processes(folder))
    for process, _ in left:  # told below; but not left to disturb whatever comes next
        os.kill(process, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    assert [] == left


@pytest.fixture
def desk(no_process_is_left: Path) -> Iterator[Desk]:
    """A desk of one's own."""
    desk = Desk.set_up(Path(tempfile.mkdtemp(dir=no_process_is_left)) / "workspace")
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def shared_desk(no_process_is_left: Path) -> Iterator[Desk]:
    """A desk that the tests of one file share, where each only looks or has its own run."""
    desk = Desk.set_up(Path(tempfile.mkdtemp(dir=no_process_is_left)) / "workspace")
    yield desk
    desk.close()
