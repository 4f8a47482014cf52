"""The sandbox as a program of its own."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE

COMMAND = [sys.executable, "-m", "engine.estate"]


def children(pid: int) -> list[int]:
    """Return the processes started by a process."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found


def ended(pid: int) -> bool:
    """Tell whether a process ends within the bound; one that does not is killed, for it is ours."""
    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if select.select([watch], [], [], PATIENCE)[0]:
            return True
        os.kill(pid, signal.SIGKILL)
        return False
    finally:
        os.close(watch)


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to look for processes")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_it_prints_its_urls_serves_and_leaves_nothing_behind(tmp_path: Path, how: signal.Signals) -> None:
    """Ended by Ctrl-C or killed outright: the machines' processes end with it."""
    fault = json.dumps({"service": "database", "kind": "database-away"})
    command = [*COMMAND, "--state-dir", str(tmp_path), "--fault", fault, "--pace", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout is not None
        try:
            urls = json.loads(sandbox.stdout.readline())
            for name, status in (
                ("hotdash-agent-service/approvals", 500),
                ("hotdash-llamaindex-mcp/health", 200),
            ):
                app, _, path = name.partition("/")
                reply = httpx.get(f"{urls[app]}/{path}", timeout=PATIENCE, trust_env=False)
                assert status == reply.status_code
            machines = children(sandbox.pid)
            assert 2 == len(machines)  # those that were asked, of all there are
            os.kill(sandbox.pid, how)
            sandbox.wait(PATIENCE)
        finally:
            sandbox.kill()
    assert {True} == {ended(machine) for machine in machines}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{", "not a fault"),
        ('{"service": "database", "kind": "database-awya"}', "did you mean 'database-away'?"),
    ],
)
def test_a_wrong_fault_is_one_line(tmp_path: Path, fault: str, said: str) -> None:
    """Exit code 2, what is wrong and what is known; no traceback."""
    command = [*COMMAND, "--state-dir", str(tmp_path), "--fault", fault]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (2, "") == (finished.returncode, finished.stdout)
    assert said in finished.stderr
    assert 1 == len(finished.stderr.splitlines())
