"""Every YAML file on a page is what the page says it is: it loads, or it has the fault that is quoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.drilling import virtual_drill_of
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.core.events import Happened
from engine.model.lint import lint
from engine.model.loading import load_catalogue, load_runbook
from engine.model.scenario import Scenario
from engine.model.source import Document, read
from engine.render.findings import plain
from engine.views.score import score
from tests.docs.snippets import ROOT, WRITTEN, Block, blocks, catalogue_before, commands, missing

RULES = ROOT / "docs" / "reference" / "lint-rules.md"
"""Its examples are cut down to what a rule looks at; tests/model/lint/test_examples.py runs them."""
ALL = [block for page in WRITTEN for block in blocks(page)]
FILES = [block for block in ALL if block.info == "yaml" and block.file.startswith(("runbooks/", "drills/"))]
RUNBOOKS = [block for block in FILES if block.first_key == "runbook"]
SCENARIOS = [block for block in FILES if block.first_key == "scenario"]


def document(text: str, file: str) -> Document:
    """Read YAML that must be readable."""
    found = read(text.encode(), file)
    assert isinstance(found, Document), found
    return found


def test_there_are_snippets_of_every_sort() -> None:
    """The extractor sees what the pages hold."""
    assert len(RUNBOOKS) >= 6
    assert len(SCENARIOS) >= 1
    assert {"bad"} <= {block.mark for block in RUNBOOKS}
    assert [] == [
        str(block)
        for block in ALL
        if block.info == "yaml" and block.first_key == "runbook" and not block.file and block.page != RULES
    ]


@pytest.mark.parametrize("block", RUNBOOKS, ids=str)
def test_a_runbook_on_a_page_loads_and_passes_every_rule_or_has_the_quoted_fault(block: Block) -> None:
    """Beside the catalogue that the page has shown by then."""
    shared = [document(text, file) for file, text in catalogue_before(block).items()]
    mine = document(block.text, block.file)
    loaded = load_runbook(mine, load_catalogue(shared).require())
    found = loaded.findings or (lint(loaded.value, mine) if loaded.value else ())
    if block.mark != "bad":
        assert "" == plain([one for one in found if one.finding.severity == "error"])
        return
    quoted = next(
        one for one in blocks(block.page) if one.line > block.line and one.info in ("console", "text")
    )
    promised = commands(quoted)[0].promised if quoted.info == "console" else quoted.text.splitlines()
    assert "" == missing(promised, plain(found) + "\n")


@pytest.mark.parametrize(
    "block", [one for one in FILES if one.file.startswith("runbooks/catalogue/")], ids=str
)
def test_a_catalogue_on_a_page_loads(block: Block) -> None:
    """On its own, as it is shown."""
    assert "" == plain(load_catalogue([document(block.text, block.file)]).findings)


@pytest.mark.parametrize("block", SCENARIOS, ids=str)
def test_a_scenario_on_a_page_is_drilled_and_holds_what_it_expects(block: Block, tmp_path: Path) -> None:
    """In virtual time, with the runbook and the catalogue of its page; a falsified end does not hold."""
    for one in blocks(block.page):
        if one.file and one.info == "yaml":
            path = tmp_path / one.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(one.text, encoding="utf-8")
    library = Library(Workspace.find(tmp_path, {}))
    name = path_name(block)
    drilled = virtual_drill_of(library, library.scenario(name))
    assert ("", []) == (drilled.stuck, broken(drilled.happened, drilled.scenario))
    (tmp_path / block.file).write_text(
        block.text.replace("end: false-alarm", "end: resolved"), encoding="utf-8"
    )
    wrong = Library(Workspace.find(tmp_path, {})).scenario(name)
    assert ["end"] == broken(drilled.happened, wrong)


def path_name(block: Block) -> str:
    """Return the name of the scenario in a block."""
    return str(document(block.text, block.file).data["scenario"])


def broken(happened: tuple[Happened, ...], scenario: Scenario) -> list[str]:
    """Return what does not hold of what a scenario expects."""
    return [one.what for one in score(happened, scenario, "").expectations if not one.held]


@pytest.mark.parametrize(
    ("promised", "output", "lacks"),
    [
        ([], "", False),
        (["a", "…", "d"], "a\nb\nc\nd\n", False),
        (["INC-…: resolved; …"], "INC-1: resolved; exit 0\n", False),
        (["a"], "a\nb\n", True),
        (["a", "c"], "a\nb\nc\n", True),
        (["…", "d", "c"], "a\nc\nd\n", True),
        (["INC-…: resolved"], "INC-1: escalated\n", True),
        ([], "unexpected\n", True),
    ],
)
def test_a_promised_line_that_does_not_come_is_noticed(promised: list[str], output: str, lacks: bool) -> None:
    """The comparison that the tutorial's test stands on."""
    assert lacks is bool(missing(promised, output))
