"""What `runbook pins` says: each tool beside its pin, for servers that answer and servers that do not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.app.library import Library
from engine.app.pinning import Pin, ServerPins, block, compared, pins_of
from engine.app.workspace import Workspace
from engine.core.plan import Request, make_plan
from engine.io.world.mcp.pins import Listed
from engine.io.world.mcp.server import McpServer
from engine.kinds.errors import UsageError
from engine.model.loading import load_catalogue
from engine.model.source import Document, read

pytest.importorskip("mcp", reason="needs the mcp extra")

OURS = Path(__file__).parent.parent / "parts" / "mcp_server.py"


def _add(root: Path, servers: str) -> None:
    (root / "runbooks/catalogue/mcp.yaml").write_text(f"mcp:\n{servers}")


def _states(found: ServerPins) -> dict[str, str]:
    return {pin.tool: pin.state for pin in found.pins}


def test_every_tool_has_one_of_six_states() -> None:
    """In the server's order, then what is gone; a tool nobody may call does no harm when it is new."""
    server = McpServer(
        "fly",
        tools=("same", "changed", "new", "gone", "twice"),
        pins={"same": "1", "changed": "1", "gone": "1", "lost": "1"},
    )
    tools = [Listed(name, "1") for name in ("new", "other", "twice", "same", "twice")]
    pins = compared(server, [*tools, Listed("changed", "2", "is", "{}")])
    assert [
        Pin("fly", "new", True, "", "1", "new"),
        Pin("fly", "other", False, "", "1", "new"),
        Pin("fly", "twice", True, "", "1", "twice"),
        Pin("fly", "same", True, "1", "1", "same"),
        Pin("fly", "changed", True, "1", "2", "changed", "is", "{}"),
        Pin("fly", "gone", True, "1", "", "gone"),
        Pin("fly", "lost", False, "1", "", "gone"),
    ] == list(pins)
    assert ["other", "same"] == [pin.tool for pin in pins if pin.well]


def test_a_server_is_well_when_no_call_would_be_refused() -> None:
    """New tools are no trouble as long as nothing is pinned."""
    same, new = Pin("a", "x", True, "1", "1", "same"), Pin("a", "y", True, "", "1", "new")
    assert ServerPins("a", "", (new,)).well
    assert ServerPins("a", "", (same,)).well
    assert not ServerPins("a", "", (same, new)).well
    assert not ServerPins("a", "", (Pin("a", "x", True, "", "", "gone"),)).well
    assert not ServerPins("a", "", (), "no answer").well


def test_the_block_to_paste_is_yaml_that_the_catalogue_takes() -> None:
    """Allowed tools only, names as they are, whatever YAML would read in them."""
    names = ("fly-status", "on", "1.5", 'a "b": #c', "off-list")
    pins = tuple(
        Pin("odd server", name, name != "off-list", "", f"{n}" * 64, "new") for n, name in enumerate(names)
    )
    gone = Pin("odd server", "gone", True, "1" * 64, "", "gone")
    text = block(
        [
            ServerPins("odd server", "", (*pins, gone)),
            ServerPins("down", "", (), "no answer: refused\n  pins: {evil: yes}"),
            ServerPins("empty", "", ()),
            ServerPins("sandboxed", "", pins, stand_in=True),
        ]
    )
    document = read(f"{text}\n".replace("    # ", "    url: x\n    # ").encode(), "x.yaml")
    assert isinstance(document, Document)
    loaded = load_catalogue([document]).require().mcp
    assert {name: f"{n}" * 64 for n, name in enumerate(names[:-1])} == loaded["odd server"].pins
    assert [{}, {}, {}] == [loaded[name].pins for name in ("down", "empty", "sandboxed")]
    assert "    # a stand-in: pin the real one" in text.splitlines()


def test_servers_are_asked_as_a_run_would_ask_them(workspace: Workspace, root: Path) -> None:
    """Variables of the environment are written in; one that cannot be asked keeps no other from being told."""
    command = f"[{sys.executable}, {OURS}, stdio]"
    _add(
        root,
        f"  ours: {{command: {command}, tools: [status, nobody]}}\n"
        '  down: {url: "${env.base}/nothing-here/${secrets.NOT_SET}", tools: [a], pins: {b: abc}}\n'
        "  absent: {command: [no-such-program-4711], tools: [a]}\n",
    )
    library = Library(workspace)
    assert [True] == [one.stand_in for one in pins_of(library, "practice", "down")]
    ours, down, absent = pins_of(library, "production")
    assert not down.stand_in
    assert ("ours", "") == (ours.server, ours.why)
    states = _states(ours)
    assert ("new", "gone", "new", 14) == (states["status"], states["nobody"], states["turn"], len(states))
    assert "NOT_SET is not set: export it before you start the run" in down.why
    assert {"a": "unreachable", "b": "unreachable"} == _states(down)
    assert "no-such-program-4711 is not installed" in absent.why
    pinned = next(pin.current for pin in ours.pins if pin.tool == "status")
    _add(root, f"  ours: {{command: {command}, tools: [status], pins: {{status: {pinned}}}}}\n")
    (again,) = pins_of(Library(workspace), "production", "ours")
    assert ("same", True) == (_states(again)["status"], again.well)


def test_a_server_that_nobody_knows_is_an_error_with_a_suggestion(workspace: Workspace, root: Path) -> None:
    """As for any name; without servers there is nothing to say."""
    assert () == pins_of(Library(workspace), "production")
    _add(root, "  fly: {url: 'http://127.0.0.1:1'}\n")
    with pytest.raises(UsageError) as caught:
        pins_of(Library(workspace), "production", "flu")
    assert ("no MCP server is called 'flu'", "did you mean 'fly'?") == (
        caught.value.message,
        caught.value.hint,
    )


def test_what_a_server_says_is_redacted(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last words may hold the credential it was given."""
    script = "import os, sys; sys.exit('Error: bad token ' + os.environ['TOKEN'])"
    _add(
        root,
        f"  ours: {{command: [{sys.executable}, -c, \"{script}\"], env: {{TOKEN: '${{secrets.MINE}}'}}}}\n",
    )
    environ = {**workspace.environ, "MINE": "s3cr3t-Zq81-long"}
    (found,) = pins_of(Library(Workspace(workspace.root, workspace.state, environ)), "production")
    assert "Error: bad token" in found.why
    assert "s3cr3t-Zq81-long" not in found.why


def test_a_server_that_policy_forbids_is_not_started(
    workspace: Workspace, root: Path, tmp_path: Path
) -> None:
    """Nor is one asked whose host is not on the list."""
    trace = tmp_path / "trace"
    _add(
        root,
        f"  program: {{command: [touch, {trace}], tools: [a]}}\n  far: {{url: 'https://mcp.example.com/mcp'}}\n"
        "guards: {access: {hosts: [localhost], commands: [{run: echo}]}}\n",
    )
    program, far = pins_of(Library(workspace), "production")
    assert "refused by policy: program touch is not on the list (guards.access.commands)" == program.why
    assert "refused by policy: host mcp.example.com is not on the list (guards.access.hosts)" == far.why
    assert not trace.exists()


def test_a_server_without_an_address_here_is_told_and_holds_up_only_runs_that_ask_it(
    workspace: Workspace, root: Path
) -> None:
    """An environment may lack a server's address; whoever asks it there is told before the start."""
    _add(root, "  away: {url: '${env.away_mcp}', tools: [go]}\n")
    (away,) = pins_of(Library(workspace), "production")
    assert "${env.away_mcp} has no value in environment production" == away.why
    asking = "check: {mcp: away/go, read_only_because: it lists}\n    then: {pass: resolved, fail: escalated, unknown: escalated}"
    for name, step in (
        ("idle", "ask: Well?\n    options: {done: Done}\n    then: {done: resolved}"),
        ("busy", asking),
    ):
        text = f"runbook: {name}\ntitle: T\nservice: web\nsteps:\n  look:\n    title: Look\n    {step}\n"
        (root / f"runbooks/{name}.yaml").write_text(text)
    library = Library(workspace)
    request = Request(run="INC-1", environment="production")
    assert {} == make_plan(library.runbook("idle"), library.runbook, library.catalogue, request).mcp
    with pytest.raises(UsageError, match=r"mcp away: \$\{env.away_mcp\} has no value"):
        make_plan(library.runbook("busy"), library.runbook, library.catalogue, request)
