"""The command by hand of a tool on a stdio server: its program beside the inspector, wherever the tool is used."""

from __future__ import annotations

from engine.core.by_stdio import by_stdio, with_servers
from engine.core.plan import Request, make_plan
from engine.kinds.checks.mcp import McpCheck
from engine.kinds.uses import CheckUse
from engine.model.catalogue import Catalogue, McpServer
from engine.model.lint import lint
from engine.model.loading import load_catalogue, load_runbook
from engine.model.runbook import Runbook
from engine.model.source import Document, read
from engine.views.hand_plans import export_block, hand_plans

CATALOGUE = """
environments: {production: {title: Production, variables: {node: /opt/node}}}
mcp:
  files:
    command: ["${env.node}", "my server.js", --root, "it's"]
    env: {TOKEN: "${secrets.FILES_TOKEN}", MODE: read only}
    tools: [read, write]
  fly: {url: "http://127.0.0.1:8080/mcp", tools: [status]}
controls: {first: {mcp: files/read, read_only_because: it reads}}
"""
RUNBOOK = """
runbook: files-down
title: Files cannot be read
steps:
  look:
    checks:
      near: {mcp: files/read, args: {path: a}, read_only_because: it reads}
      far: {mcp: fly/status, read_only_because: it reads}
      own: {mcp: files/read, read_only_because: it reads, by_hand: look into the cupboard}
    then: {any: change}
  change:
    action:
      mcp: files/write
      args: {path: "${inputs.path}"}
      operation: write-file
      undo: {mcp: files/write, args: {path: old}}
    then: mitigated
inputs: {path: {default: "x' y"}}
"""
BEFORE = "npx -y @modelcontextprotocol/inspector --cli"
PROGRAM = "/opt/node 'my server.js' '--root' 'it'\\''s' -- -e \"TOKEN=$FILES_TOKEN\" -e 'MODE=read only'"


def _document(text: str, name: str) -> Document:
    document = read(text.encode(), name)
    assert isinstance(document, Document)
    return document


def _loaded() -> tuple[Runbook, Catalogue]:
    catalogue = load_catalogue([_document(CATALOGUE, "runbooks/catalogue/x.yaml")]).require()
    document = _document(RUNBOOK, "runbooks/incidents/files-down.yaml")
    runbook = load_runbook(document, catalogue).require()
    assert [] == [one for one in lint(runbook, document) if one.finding.severity == "error"]
    return runbook, catalogue


def test_each_tool_of_a_stdio_server_is_called_beside_its_program() -> None:
    """Checks, changes, their undo and control probes; a server with an address and an author's words stay."""
    runbook, catalogue = _loaded()
    plan = make_plan(runbook, lambda name: runbook, catalogue, Request(run="R", environment="production"))
    checks = getattr(plan.steps["look"].step, "checks")
    action = getattr(plan.steps["change"].step, "action")
    assert f"{BEFORE} {PROGRAM} --method tools/call --tool-name read --tool-arg path=a" == (
        checks["near"].command()
    )
    assert checks["far"].command().startswith('npx -y @modelcontextprotocol/inspector --cli "$FLY_MCP_URL" ')
    assert "look into the cupboard" == checks["own"].command()
    assert f"{BEFORE} {PROGRAM} --method tools/call --tool-name write --tool-arg 'path=x'\\'' y'" == (
        action.command()
    )
    assert f"{BEFORE} {PROGRAM} --method tools/call --tool-name write --tool-arg path=old" == (
        action.undo.by_hand
    )
    assert plan.controls["first"].command().startswith(BEFORE)


def test_the_page_asks_for_the_secret_and_for_no_address() -> None:
    """Where the engine is off, the block names what the command needs."""
    runbook, catalogue = _loaded()
    hand = hand_plans(runbook, lambda name: runbook, catalogue)
    checks = getattr(hand.plans["production"].steps["look"].step, "checks")
    typed = checks["near"].command()
    assert '--cli "$NODE" ' in typed
    script = export_block(hand, catalogue, {"look": typed}).script
    assert ["export NODE=/opt/node", ': "${FILES_TOKEN:?is not set: needed for look}"'] == script.splitlines()


def test_without_a_stdio_server_nothing_is_touched() -> None:
    """The very same object."""
    steps = {"a": CheckUse(kind=McpCheck(mcp="fly/status", read_only_because="it reads"))}
    assert steps is with_servers(steps, {"fly": McpServer(url="http://x")})
    assert steps is with_servers(steps, {"files": McpServer(command=("x",))})
    assert "curl x" == by_stdio("curl x", McpServer(command=("x",)))
