"""The generated reference: fresh, complete, and written from what the code really does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.command_list import commands
from engine.cli.reference import pages, stale, write
from engine.cli.reference.__main__ import main
from engine.cli.reference.saying import type_text
from engine.estate.faults import fault_kinds
from engine.kinds.discovery import family, names
from engine.kinds.errors import Exit
from engine.kinds.matchers import OPERATORS
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration
from engine.kinds.verdicts import __doc__ as rules_of_verdicts
from engine.model.lint import rules
from engine.model.loading.annotations import keys
from engine.model.loading.attributes import about
from engine.model.loading.names import WORDS

REFERENCE = Path(__file__).parent.parent.parent / "docs" / "reference"
PAGES = pages()


def test_every_page_is_what_the_code_says_now() -> None:
    """`python -m engine.cli.reference` has been run since the code last changed."""
    assert () == stale(REFERENCE)


@pytest.mark.parametrize("of", ["checks", "actions", "steps"])
def test_every_kind_has_a_heading_its_example_and_its_keys(of: str) -> None:
    """No kind and no key of a kind is left out."""
    page = PAGES[f"{of}.md"]
    for name, kind in family(of).items():
        assert f"\n## {name}\n" in page
        assert kind.example in page
        own = page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert [key for key in keys(kind) if f"| `{key}`" not in own] == []


def test_every_fact_of_every_check_is_listed_with_its_meaning() -> None:
    """Authors need not read code to find a fact."""
    for name, kind in family("checks").items():
        own = PAGES["checks.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert [fact for fact in kind.fact_names if f"| `{fact}`" not in own] == []
        assert json.dumps(dict(kind.default_expect)) in own or not kind.default_expect


def test_every_rule_fault_operator_word_and_code_is_listed() -> None:
    """What is found by being there is documented by being there."""
    assert [name for name in rules() if f"| `{name}`" not in PAGES["lint-rules.md"]] == []
    assert [one.name for one in fault_kinds() if f"| `{one.name}`" not in PAGES["faults.md"]] == []
    assert [name for name in (*OPERATORS, "exists") if f"| `{name}`" not in PAGES["matchers.md"]] == []
    assert [name for name in WORDS if f"| `{name}`" not in PAGES["facts-and-references.md"]] == []
    assert [int(one) for one in Exit if f"\n| {int(one)} " not in PAGES["exit-codes.md"]] == []
    assert [one.name for one in commands() if f"\n## {one.name}\n" not in PAGES["commands.md"]] == []


def test_every_finding_that_reading_can_note_is_listed() -> None:
    """The names in the code's own calls are the names on the page."""
    page = PAGES["lint-rules.md"]
    for name in (
        "unknown-key",
        "missing-outcome",
        "yaml-tab",
        "too-many-retries",
        "secret-misplaced",
        "not-utf8",
    ):
        assert f"| `{name}`" in page
    assert "there is no check '…' beside this one" in page


def test_the_rules_of_fail_and_unknown_are_those_of_the_code() -> None:
    """Every numbered rule and every kind stands on the page."""
    page = PAGES["fail-or-unknown.md"]
    assert 5 == page.count("\n- Rule ")
    assert all(f"{number}. " in (rules_of_verdicts or "") for number in range(1, 6))
    assert [name for name in names("checks") if f"| `{name}`" not in page] == []


@pytest.mark.parametrize(
    ("what", "outcomes"),
    [
        ("no answer: refused", ["fail", "unknown", "failed"]),
        ("no answer: timeout", ["fail", "unknown", "unknown"]),
        ("cannot look", ["unknown", "unknown", "failed"]),
        ("a fault of the kind", ["unknown", "unknown", "unknown"]),
    ],
)
def test_the_outcomes_in_the_table_are_those_of_the_performer(what: str, outcomes: list[str]) -> None:
    """The table is computed by performing a check and an action that meet each trouble."""
    row = next(row for row in PAGES["fail-or-unknown.md"].splitlines() if row.startswith(f"| {what} "))
    assert outcomes == [cell.strip() for cell in row.split("|")[3:6]]


def test_a_stale_a_missing_and_a_strange_page_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check says which, and exits 1; writing mends all but what is not ours."""
    assert len(PAGES) == len(write(tmp_path))
    assert () == write(tmp_path)
    assert Exit.RESOLVED == main(["--check", str(tmp_path)])
    (tmp_path / "steps.md").write_text("edited by hand\n", encoding="utf-8")
    (tmp_path / "checks.md").unlink()
    (tmp_path / "odd.md").write_text("not generated\n", encoding="utf-8")
    capsys.readouterr()
    assert Exit.ENDED == main(["--check", str(tmp_path)])
    told = capsys.readouterr().err
    assert [True, True, True] == [f"{name} is stale" in told for name in ("steps.md", "checks.md", "odd.md")]
    assert ("checks.md", "steps.md") == write(tmp_path)
    assert Exit.USAGE == main(["--chekc"])


def test_a_class_says_its_types_and_the_strings_below_its_fields() -> None:
    """The words come from the annotations and the source."""
    assert "duration" == type_text(Duration)
    assert "list of: text" == type_text(tuple[str, ...])
    assert "text or list of: text" == type_text(str | tuple[str, ...] | None)
    assert "Why there is no undo." == about(ActionUse, "irreversible")
    assert "" == about(CheckUse, "kind")
