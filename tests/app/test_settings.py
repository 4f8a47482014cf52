"""`runbook.toml`: what it may say, what is refused with a way on, and that the reference says all of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from engine.app.settings import TABLES, VARIABLES, Settings, read_settings
from engine.app.workspace import Workspace
from engine.cli.program import run
from engine.cli.reference.settings import settings
from engine.kinds.errors import Exit, UsageError

ROOT = Path(__file__).parent.parent.parent
PAGE = "\n\n".join(settings()) + "\n"


def read(folder: Path, text: str) -> Settings:
    """Read a file of settings."""
    (folder / "runbook.toml").write_text(text, encoding="utf-8")
    return read_settings(folder)


def test_a_workspace_without_the_file_has_the_defaults(tmp_path: Path) -> None:
    """All of it is optional."""
    assert Settings() == read_settings(tmp_path)
    assert ("", "", "drills/history") == (Settings().environment, Settings().role, Settings().history)


def test_the_example_of_the_reference_is_read_whole(tmp_path: Path) -> None:
    """Copied from the page, every setting is taken."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    written = tomllib.loads(example)
    assert {name: {one.name for one in fields(kind)} for name, kind in TABLES.items()} == {
        name: set(table) for name, table in written.items()
    }
    found = read(tmp_path, example)
    assert written["workspace"]["role"] == found.role
    assert written["evidence"]["log"] == found.evidence.log
    assert written["docs"]["url"] == found.docs.url


@pytest.mark.parametrize("name", TABLES)
def test_every_setting_has_its_row_with_a_meaning_and_an_example(name: str) -> None:
    """A field without a docstring would be an empty cell."""
    own = PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    for one in fields(TABLES[name]):
        (row,) = (line for line in own.splitlines() if line.startswith(f"| `{one.name}` "))
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells[1]) > 20
        assert f"`{one.metadata['example']}`" == cells[4]


def test_every_variable_that_the_code_reads_is_on_the_page() -> None:
    """Whatever begins with RUNBOOK_ and is looked up in an environment, but for what a shell itself sets."""
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "engine").rglob("*.py"))
    found = set(re.findall(r"environ(?:\.get\(|\[)\"(RUNBOOK_\w+)\"", source))
    assert {"RUNBOOK_AS", "RUNBOOK_STATE"} <= found
    assert set() == found - set(VARIABLES)
    assert [] == [name for name in VARIABLES if f"| `{name}` " not in PAGE]


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("[workspce]\nrole = 'x'\n", "unknown table 'workspce'", "did you mean 'workspace'?"),
        ("[colours]\n", "unknown table 'colours'", "known: [workspace], [evidence], [docs]"),
        ("role = 'x'\n", "unknown table 'role'", "known:"),
        ("[workspace]\nrol = 'x'\n", "unknown key 'rol' in [workspace]", "did you mean 'role'?"),
        ("[workspace]\nurl = 'x'\n", "unknown key 'url' in [workspace]", "it belongs under [docs]"),
        ("[workspace]\ncolour = 'x'\n", "unknown key", "known: environment, history, role"),
        ("[workspace]\nhistory = '../elsewhere'\n", "leads out of the workspace", "drills/history"),
        ("[workspace]\nhistory = 'x/{role}'\n", "'history' knows no {role}", "drills/history"),
        ("[workspace]\nrole = 3\n", "'role' must be text", 'role = "…"'),
        ("workspace = 3\n", "'workspace' must be a table", "[workspace]"),
        ("[workspace\n", "Expected", "mend the file or remove it"),
    ],
)
def test_what_is_not_known_is_an_error_with_what_was_meant(
    text: str, says: str, hint: str, tmp_path: Path
) -> None:
    """A setting that is not read would mislead."""
    with pytest.raises(UsageError) as refused:
        read(tmp_path, text)
    assert says in refused.value.message
    assert "runbook.toml" in refused.value.message
    assert hint in refused.value.hint


def test_check_finds_a_mistake_in_the_file_before_anybody_is_paged(
    workspace: Workspace, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is read with everything else."""
    monkeypatch.chdir(root)
    (root / "runbook.toml").write_text("[workspace]\nrol = 'x'\n", encoding="utf-8")
    assert Exit.USAGE == run(["check"])
    assert "unknown key 'rol' in [workspace]" in capsys.readouterr().err
