"""The shipped schemas and the editor's mapping: fresh, and every shipped file has the schema of its kind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.app.library import Library
from engine.app.schemas import SCHEMAS, schema_text, stale_schemas, words, write_schemas
from engine.app.workspace import Workspace
from tests.cli.conftest import ROOT, Command


def test_the_shipped_schemas_are_what_the_engine_says_now() -> None:
    """`runbook schema --write docs/schema` has been run since a kind or a key last changed."""
    assert () == stale_schemas(ROOT / "docs" / "schema", words())
    shipped = sorted(path.name for path in (ROOT / "docs" / "schema").iterdir())
    assert sorted(f"{kind}.schema.json" for kind in SCHEMAS) == shipped


def test_a_stale_and_a_missing_schema_are_named_and_mended(tmp_path: Path) -> None:
    """Only what differs is written."""
    assert len(SCHEMAS) == len(write_schemas(tmp_path / "new", words()))
    assert () == write_schemas(tmp_path / "new", words())
    (tmp_path / "new" / "cases.schema.json").write_text("{}")
    (tmp_path / "new" / "runbook.schema.json").unlink()
    wrong = ["cases.schema.json", "runbook.schema.json"]
    assert wrong == sorted(path.name for path in stale_schemas(tmp_path / "new", words()))
    assert wrong == sorted(path.name for path in write_schemas(tmp_path / "new", words()))


def test_names_of_the_catalogue_are_offered(workspace: Workspace) -> None:
    """Roles, severities and environments of a small workspace; without names none of them."""
    known = words(Library(workspace).catalogue)
    with_names, without = schema_text("runbook", known), schema_text("runbook", words())
    for name in ("manager", "SEV-2", "practice"):
        assert (True, False) == (f'"{name}"' in with_names, f'"{name}"' in without)
    assert '"crash-loop"' in schema_text("scenario", words())


def test_the_command_prints_writes_and_checks(runbook: Command) -> None:
    """Exit 1 and one line for each stale file; a schema is valid JSON on standard output."""
    assert "Cases" == json.loads(runbook("schema", "cases").stdout)["title"]
    assert '"manager"' in runbook("schema", "--names").stdout
    assert 0 == runbook("schema", "--names", "--write", "schemas").returncode
    assert 0 == runbook("schema", "--names", "--check", "schemas").returncode
    (runbook.root / "schemas" / "scenario.schema.json").write_text("{}")
    done = runbook("schema", "--names", "--check", "schemas")
    assert (1, 1) == (done.returncode, done.stderr.count("is stale: run runbook schema --names --write"))
    assert 2 == runbook("schema", "--write", "a", "--check", "b").returncode


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_editors_mapping_names_a_schema_that_is_there(kind: str) -> None:
    """`.vscode/settings.json` is the example of the how-to, too."""
    text = (ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8")
    assert f"./docs/schema/{kind}.schema.json" in json.loads(text)["yaml.schemas"]
    assert text in (ROOT / "docs" / "howto" / "edit-with-help.md").read_text(encoding="utf-8")
