"""The command `pins`: rows for people, objects for programs, a block to paste."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytest.importorskip("mcp", reason="needs the mcp extra")

OURS = Path(__file__).parent.parent / "parts" / "mcp_server.py"


def _server(runbook: Command, more: str) -> None:
    file = runbook.root / "runbooks/catalogue/mcp.yaml"
    file.write_text(
        f"mcp:\n  ours: {{command: [{sys.executable}, {OURS}, stdio], tools: [status, die]{more}}}\n"
    )


def test_tools_are_pinned_by_pasting_and_drift_is_an_exit_of_one(runbook: Command) -> None:
    """Unpinned is well, pasted is the same, another hash is changed and shows what the tool says now."""
    _server(runbook, "")
    first = runbook("pins", "--env", "production")
    assert (0, "") == (first.returncode, first.stderr)
    rows = first.stdout.splitlines()
    assert f"ours  {shlex.quote(sys.executable)} {shlex.quote(str(OURS))} stdio" == rows[0]
    new = next(row.split() for row in rows if " status " in row)
    assert ["new", "status", "allowed", "no", "pin,", "is"] == new[:6]
    assert "      says now: The tool status" in rows
    assert any(
        row.startswith('      in full: {"description":"The tool status","inputSchema":') for row in rows
    )
    assert not [row for row in rows if "The tool turn" in row]

    pasted = runbook("pins", "ours", "--env", "production", "--update")
    assert (0, ["mcp:", "  ours:", "    pins:", f"      status: {new[6]}"]) == (
        pasted.returncode,
        pasted.stdout.splitlines()[:4],
    )
    pins = dict(row.strip().split(": ") for row in pasted.stdout.splitlines()[3:])
    assert {"status", "die"} == set(pins)
    _server(runbook, f", pins: {json.dumps(pins)}")
    same = runbook("pins", "--env", "production")
    assert (0, True) == (
        same.returncode,
        ["same", "status", "allowed", "pinned", new[6]] in [row.split() for row in same.stdout.splitlines()],
    )

    _server(runbook, f", pins: {json.dumps({**pins, 'die': '0' * 64})}")
    drift = runbook("pins", "--env", "production", "--output", "json")
    assert 1 == drift.returncode
    found = {row["tool"]: row for row in map(json.loads, drift.stdout.splitlines())}
    assert ("changed", True, "0" * 64, pins["die"]) == tuple(
        found["die"][key] for key in ("state", "allowed", "pinned", "current")
    )
    assert ("same", "new", False) == (
        found["status"]["state"],
        found["turn"]["state"],
        found["turn"]["allowed"],
    )


def test_a_server_that_cannot_be_asked_is_told_and_named_in_the_block(runbook: Command) -> None:
    """No traceback, exit 1; the block has a comment in its place."""
    _server(runbook, "")
    file = runbook.root / "runbooks/catalogue/mcp.yaml"
    file.write_text("mcp:\n  away: {command: [no-such-program-4711], tools: [go]}\n")
    told = runbook("pins", "--env", "production")
    assert (1, "") == (told.returncode, told.stderr)
    assert [
        "away  no-such-program-4711",
        "  cannot be asked: no-such-program-4711 is not installed: MCP server away is `no-such-program-4711`",
        "  unreachable go  allowed",
    ] == told.stdout.splitlines()
    file.write_text("mcp:\n  away: {command: [no-such-program-4711]}\n")
    assert [("away", "", "unreachable")] == [
        (row["server"], row["tool"], row["state"])
        for row in map(
            json.loads, runbook("pins", "--env", "production", "--output", "json").stdout.splitlines()
        )
    ]
    block = runbook("pins", "--env", "production", "--update")
    assert "    # not asked: no-such-program-4711 is not installed" in block.stdout


def test_without_servers_there_is_nothing_to_pin(runbook: Command) -> None:
    """Said on standard error, exit 0; a wrong name is a usage error."""
    told = runbook("pins", "--env", "production")
    assert (0, "", "no MCP servers in the catalogue\n") == (told.returncode, told.stdout, told.stderr)
    assert 2 == runbook("pins", "fly").returncode
