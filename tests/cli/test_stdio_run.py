"""A whole run with a stdio server: started when first asked, shown with its command, gone with the run."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytest.importorskip("mcp", reason="needs the mcp extra")

ODD = Path(__file__).parent.parent / "parts" / "odd_server.py"
RUNBOOK = """
runbook: odd-down
title: The odd server is asked
service: web
steps:
  look:
    checks:
      first: {mcp: odd/go, read_only_because: it counts, expect: {text: {matches: '[0-9]+ [0-9]+'}}}
      second: {mcp: odd/go, read_only_because: it counts, after: first}
    then: {pass: false-alarm, any: escalated}
"""


def _living(words: str) -> list[str]:
    """Return the processes whose command holds these words."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # it has just ended
        found += [command] if words in command else []
    return found


def test_a_stdio_server_lives_as_long_as_the_run(runbook: Command) -> None:
    """Two checks, one process: the first result names the command; afterwards neither it nor its child is there."""
    mark = f"child-of-{runbook.service.url}"
    command = f"[{sys.executable}, -I, -S, {ODD}, child, '{mark}']"
    (runbook.root / "runbooks/catalogue/mcp.yaml").write_text(
        f"mcp: {{odd: {{command: {command}, tools: [go]}}}}\n"
    )
    (runbook.root / "runbooks/incidents/odd-down.yaml").write_text(RUNBOOK)
    done = runbook("run", "odd-down", "--env", "production", "--yes", "--output", "json")
    assert 0 == done.returncode, done.stdout + done.stderr
    (journal,) = (runbook.root / "state/runs").glob("*/journal.jsonl")
    ended = [
        record["data"]
        for record in map(json.loads, journal.read_text().splitlines())
        if record["type"] == "ended"
    ]
    first, second = (one["why"] for one in ended)
    assert f"(started: {shlex.quote(sys.executable)} -I -S {shlex.quote(str(ODD))} child {mark})" in first
    assert "started" not in second
    assert ["pass", "pass"] == [one["outcome"] for one in ended]
    assert [] == _living(mark)
    pids = {pid for one in ended for pid in one["facts"]["text"].split()}
    assert 3 == len(pids)  # one server, and a child for each call
    assert [] == [pid for pid in pids if _running(pid)]


def _running(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
