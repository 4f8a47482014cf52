"""`runbook.toml`: what it may say, what is refused with a way on, and that the reference says all of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from engine.app.checking import checked
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
    """It is read with everything else, whatever is asked for; a run refuses it in one line."""
    monkeypatch.chdir(root)
    (root / "runbook.toml").write_text("[workspace]\nrol = 'x'\n", encoding="utf-8")
    for line in (["check"], ["check", "web-down"], ["check", "runbook.toml"]):
        assert Exit.FILE_ERRORS == run(line)
        told = capsys.readouterr()
        assert "runbook.toml:2:1" in told.out
        assert "unknown key 'rol' in [workspace]" in told.out
    assert Exit.USAGE == run(["run", "web-down"])
    assert "runbook.toml: unknown key 'rol' in [workspace]" in capsys.readouterr().err


WRONG = """
# Settings.
[workspace]
environment = "practise"   # in British English
role = 'enginer'
history = "drills/{rol}"

[evidence]
log = "feedback/{rol}.md"
artefacts = "x"
[colours]
"""


def test_check_finds_all_that_is_wrong_in_the_file_at_once(workspace: Workspace, root: Path) -> None:
    """Each at its line, with what was meant: what the catalogue does not have, and a place that is none."""
    (root / "runbook.toml").write_text(WRONG, encoding="utf-8")
    found = [one for one in checked(workspace, ()).findings if one.file == "runbook.toml"]
    assert [
        ("wrong-value", 6, 11, "'history' knows no {rol}"),
        ("wrong-value", 9, 7, "'log' knows no {rol}: there are {role}, {utc}, {date}, {run}"),
        ("unknown-key", 10, 1, "unknown key 'artefacts' in [evidence]"),
        ("unknown-key", 11, 2, "unknown table 'colours'"),
        ("unknown-environment", 4, 15, "the catalogue has no environment 'practise'"),
        ("unknown-role", 5, 8, "the catalogue has no role 'enginer'"),
    ] == [(one.finding.rule, one.line, one.column, one.finding.message) for one in found]
    fixes = [one.finding.fix for one in found]
    assert ["did you mean 'artifacts'?", "did you mean 'practice'?"] == [fixes[2], fixes[4]]
    assert all(fixes)
    assert 'log = "feedback/{rol}.md"' == found[1].source


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("[workspace]\nrole = x\n", 2, 8, "Invalid value (at line 2, column 8)"),
        ("[workspace]\nrole = 'x", 2, 1, "(at end of document)"),
    ],
)
def test_a_file_that_is_no_toml_is_a_finding_beside_the_others(
    text: str, line: int, column: int, said: str, workspace: Workspace, root: Path
) -> None:
    """It hides nothing of the runbooks."""
    (root / "runbook.toml").write_text(text, encoding="utf-8")
    broken = root / "runbooks" / "broken.yaml"
    broken.write_text("runbook: broken\ntitle: Broken\nstepps: {}\n", encoding="utf-8")
    found = checked(workspace, ()).findings
    (mine,) = (one for one in found if one.file == "runbook.toml")
    assert ("not-toml", line, column) == (mine.finding.rule, mine.line, mine.column)
    assert said in mine.finding.message
    assert "runbooks/broken.yaml" in {one.file for one in found}


def test_a_name_cut_short_is_told_whole(workspace: Workspace, root: Path) -> None:
    """By its letters it is not like the one that is meant."""
    (root / "runbook.toml").write_text('[workspace]\nenvironment = "prac"\nrole = "reli"\n', encoding="utf-8")
    fixes = [one.finding.fix for one in checked(workspace, ()).findings if one.file == "runbook.toml"]
    assert ["did you mean 'practice'?", "did you mean 'reliability'?"] == fixes


def test_settings_that_the_catalogue_knows_are_in_order(workspace: Workspace, root: Path) -> None:
    """And so is a file that says nothing."""
    for text in ('[workspace]\nenvironment = "practice"\nrole = "reliability"\n', "", "# nothing\n"):
        (root / "runbook.toml").write_text(text, encoding="utf-8")
        assert [] == [one for one in checked(workspace, ()).findings if one.file == "runbook.toml"]
