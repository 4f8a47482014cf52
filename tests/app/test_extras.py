"""What a plan needs of optional packages is told before the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app import extras
from engine.app.extras import MCP, steps_with_mcp
from engine.app.running import Missing, Options, missing_credentials, plan_run
from engine.app.workspace import Workspace
from engine.core.events import Person

RUNBOOK = """
runbook: notes-gone
title: The notes cannot be read
service: web
steps:
  look:
    check: {mcp: notes/read, read_only_because: it reads, expect: {text: x}}
    then: {pass: resolve, any: machines}
  machines:
    check: {fly_machines: shop, server: notes}
    then: {pass: resolve, any: escalated}
  resolve:
    check: {dns: example.com, server: 192.0.2.1}
    then: {pass: ask, any: escalated}
  ask: {ask: Is it bad?, options: {a: Yes}, then: {a: escalated}}
"""


@pytest.mark.parametrize("reached", ["command: [no-such-program-4711]", "url: 'http://127.0.0.1:1'"])
def test_a_missing_client_costs_the_steps_that_call_a_tool(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch, reached: str
) -> None:
    """A server that is a program needs it as much as one with an address; nothing is started to find out."""
    (root / "runbooks/catalogue/mcp.yaml").write_text(f"mcp: {{notes: {{{reached}, tools: [read]}}}}\n")
    (root / "runbooks/incidents/notes-gone.yaml").write_text(RUNBOOK)
    by = Person(name="ann", role="reliability")
    plan = plan_run(workspace, "notes-gone", Options(environment="production"), by, "INC-1")
    assert ("look", "machines") == steps_with_mcp(plan)
    assert () == missing_credentials(plan, {})
    monkeypatch.setattr(extras, "installed", lambda package: package != "mcp")
    assert (Missing(MCP, "not installed", ("look", "machines")),) == missing_credentials(plan, {})


def test_every_missing_extra_is_told_with_what_it_costs(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Postgres needs a client and SQLite none; mail needs one more package."""
    (root / "runbooks/catalogue/talk.yaml").write_text(
        "channels: {mail: {type: email, url: 'mailto://mail.example'}}\n"
    )
    steps = """
      rows: {check: {sql: select 1, database: 'postgresql://db/x'}, then: {any: notes}}
      notes: {check: {sql: select 1, database: 'sqlite:///x.db'}, then: {any: escalated}}
    """
    (root / "runbooks/incidents/rows-gone.yaml").write_text(
        f"runbook: rows-gone\ntitle: Rows\nservice: web\nsteps:\n{steps}"
    )
    by = Person(name="ann", role="reliability")
    plan = plan_run(workspace, "rows-gone", Options(environment="production"), by, "INC-1")
    monkeypatch.setattr(extras, "installed", lambda package: False)
    assert [(extras.SQL, ("rows",)), (extras.TELL, ("messages by mail",))] == list(
        extras.missing_extras(plan)
    )
