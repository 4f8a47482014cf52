"""The variables of a running sandbox, as a shell takes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from engine.app.library import Library
from engine.app.sandbox import SandboxInfo
from engine.app.sandbox_exports import exports
from engine.app.workspace import Workspace
from engine.kinds.errors import UsageError

CATALOGUE = """
environments:
  production: {variables: {api: "https://api.example", data: "${secrets.PG_URL}"}}
  sandbox: {drills: true, real: false, variables: {api: "${sandbox.api}/v1", data: "${sandbox.postgres}"}}
"""
ONE = """
runbook: one
title: One
steps:
  look:
    check: {http: "${env.api}/x y", headers: {authorization: "Bearer ${secrets.API_TOKEN}"}}
    then: {pass: false-alarm, any: data}
  data: {check: {sql: SELECT 1, database: "${env.data}"}, then: {any: escalated}}
"""
REAL = """
runbook: real
title: Real
environments: [production]
steps: {look: {check: {http: "${env.api}"}, then: {any: escalated}}}
"""
INFO = SandboxInfo(1, {"api": "http://127.0.0.1:4711/$HOME's"}, Path("effects.jsonl"))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A workspace of two runbooks, one of which is in no sandbox."""
    (tmp_path / "runbooks" / "catalogue").mkdir(parents=True)
    (tmp_path / "runbooks" / "incidents").mkdir()
    (tmp_path / "runbooks" / "catalogue" / "all.yaml").write_text(CATALOGUE)
    (tmp_path / "runbooks" / "incidents" / "one.yaml").write_text(ONE.lstrip())
    (tmp_path / "runbooks" / "incidents" / "real.yaml").write_text(REAL.lstrip())
    return Library(Workspace(tmp_path, tmp_path / "state", {}))


@pytest.mark.parametrize("name", ["one", ""])
def test_a_shell_that_reads_the_block_has_what_the_page_types(library: Library, name: str) -> None:
    """Addresses of the sandbox, literally, and made-up credentials; no database where none is up."""
    typed = f'{exports(library, INFO, name)}\nprintf \'%s|\' "$API" "$API_TOKEN" "${{DATA-none}}"'
    seen = subprocess.run(["bash", "-eu", "-c", typed], capture_output=True, text=True, check=True, env={})
    assert "http://127.0.0.1:4711/$HOME's/v1|sandbox-value-of-api_token|none|" == seen.stdout


def test_a_runbook_of_no_sandbox_says_so(library: Library) -> None:
    """Instead of an empty block, which would be read as success."""
    with pytest.raises(UsageError, match="real"):
        exports(library, INFO, "real")
