"""The acceptance page: fresh, every link followed, and no row that claims what nothing shows."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import mdformat
import pytest

from engine.app.workspace import Workspace
from engine.cli.reference.acceptance import DATA, PAGE, Section, made, main, page, sections
from engine.cli.reference.acceptance_links import Estate, headings
from engine.kinds.errors import Exit, FileErrors
from engine.model.source import Document, read
from engine.render.findings import plain
from tests.docs.snippets import DOCS, ROOT

REQUIREMENTS = 202
_LINK = re.compile(r"\]\(([^)\s]+)\)")
ROW = "acceptance: a\nsections:\n  - title: Some\n    rows:\n      - {id: 1, asked: It works, "


@cache
def estate() -> Estate:
    """Return what the shipped content has to link to, read once."""
    return Estate.of(Workspace(ROOT, ROOT / ".runbook", {}))


def rows(text: str) -> tuple[Section, ...]:
    """Return what data say of the shipped content; raises FileErrors."""
    document = read(text.encode(), DATA)
    assert isinstance(document, Document), document
    return sections(document, estate())


@cache
def shipped() -> tuple[Section, ...]:
    """Return the rows of this repository: every link of them has been followed."""
    try:
        return rows((ROOT / DATA).read_text(encoding="utf-8"))
    except FileErrors as error:
        pytest.fail(plain(error.findings))


def test_the_page_is_what_the_data_say() -> None:
    """`python -m engine.cli.reference.acceptance` has been run since the data last changed."""
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert text == page(shipped())
    assert text == mdformat.text(text, extensions={"gfm", "tables"})


def test_every_requirement_has_its_row_and_the_counts_are_those_of_the_rows() -> None:
    """None is left out, and the table at the top is added up from them."""
    every = [row for section in shipped() for row in section.rows]
    assert [row.id for row in every] == list(range(1, REQUIREMENTS + 1))
    text = page(shipped())
    for served in ("served", "in part", "not served"):
        count = sum(row.served == served for row in every)
        assert re.search(rf"^\| {served} +\| {count} +\|$", text, re.MULTILINE)
        assert count == text.count(f"** *{served.capitalize()}.*")
    assert re.search(rf"^\| all +\| {REQUIREMENTS} +\|$", text, re.MULTILINE)


def test_every_link_of_the_page_leads_to_a_file_and_a_heading() -> None:
    """What the generator followed in the data is there on disk, generated pages and their anchors too."""
    broken = []
    for link in sorted(set(_LINK.findall((ROOT / PAGE).read_text(encoding="utf-8")))):
        name, _, heading = link.partition("#")
        file = DOCS / name
        if not file.is_file() or (heading and heading not in headings(file.read_text(encoding="utf-8"))):
            broken.append(link)
    assert [] == broken


def test_a_row_says_only_what_something_shows() -> None:
    """Of what is served a test or a drill is named, or a step that some drill goes through."""
    shown = {"test", "drill", "step", "runbook"}
    claims = [row for section in shipped() for row in section.rows if row.served == "served"]
    assert len(claims) > REQUIREMENTS / 2
    assert [] == [row.id for row in claims if not shown & {one.kind for one in row.by}]


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("step agent-sdk-down#restrat", "'agent-sdk-down' has no step 'restrat'"),
        ("step agent-sdk-dwon#restart", "there is no runbook 'agent-sdk-dwon'"),
        ("runbook agent-sdk-dwon", "there is no runbook 'agent-sdk-dwon'"),
        ("check agent-helth", "there is no check 'agent-helth'"),
        ("action fly-restrat", "there is no action 'fly-restrat'"),
        ("threshold page-fast", "there is no threshold 'page-fast'"),
        ("service agent", "there is no service 'agent'"),
        ("alert AgentSad", "no runbook has the alert 'AgentSad'"),
        ("policy juggle", "no rule of the policy is about 'juggle'"),
        ("guard access.doors", "the guards have no 'access.doors'"),
        ("rule no-such-rule", "`check` has no rule 'no-such-rule'"),
        ("drill no-such-drill", "there is no drill 'no-such-drill'"),
        ("command fly", "there is no command 'fly'"),
        ("kind checks/telepathy", "there is no kind 'checks/telepathy'"),
        ("page no-such-page.md", "there is no page 'no-such-page.md'"),
        ("page architecture.md#no-such-heading", "has no heading 'no-such-heading'"),
        ("file no-such-file", "there is no file 'no-such-file'"),
        ("test tests/test_house.py::test_nothing", "there is no test 'tests/test_house.py::test_nothing'"),
        ("test tests/no_such.py::test_nothing", "there is no test 'tests/no_such.py::test_nothing'"),
        ("rumour agent-health", "'rumour agent-health' names nothing"),
    ],
)
def test_a_link_to_nothing_is_told_with_its_line(link: str, says: str) -> None:
    """Each sort of link is followed."""
    with pytest.raises(FileErrors) as told:
        rows(f"{ROW}by: [drill false-alarm, '{link}']}}\n")
    (found,) = told.value.findings
    assert says in found.finding.message
    assert (5, link) == (found.line, found.source[found.column :][: len(link)])


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ("by: [check agent-health]}", "nothing shows that this row is served"),
        ("by: []}", "nothing shows that this row is served"),
        ("missing: a bit}", "what is served in part is served by something"),
        ("why: no need, by: [drill false-alarm]}", "what is not served is served by nothing"),
        ("why: no need, missing: a bit}", "a row is served in part or not at all"),
        ("why: no need, serves: all}", "a row has no 'serves'"),
        ("why: no need}\n      - {id: 3, asked: More, why: no}", "after row 1 comes row 3"),
    ],
)
def test_a_row_that_claims_too_much_or_too_little_is_refused(rest: str, says: str) -> None:
    """With what is wrong about it."""
    with pytest.raises(FileErrors) as told:
        rows(f"{ROW}{rest}\n")
    assert says in [found.finding.message for found in told.value.findings]


def test_a_stale_page_and_broken_data_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check fails and writes nothing; without it the page is written, and then is fresh."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "runbooks").mkdir()
    data = tmp_path / DATA
    data.write_text(f"{ROW}why: Nobody needs it.}}\n", encoding="utf-8")
    assert Exit.ENDED == main(["--check", str(tmp_path)])
    assert not (tmp_path / PAGE).exists()
    assert Exit.RESOLVED == main([str(tmp_path)])
    assert Exit.RESOLVED == main(["--check", str(tmp_path)])
    assert "*Not served.* Nobody needs it." in (tmp_path / PAGE).read_text(encoding="utf-8")
    data.write_text(f"{ROW}by: [drill nothing]}}\n", encoding="utf-8")
    assert Exit.FILE_ERRORS == main([str(tmp_path)])
    assert "there is no drill 'nothing'" in capsys.readouterr().err
    assert Exit.USAGE == main(["--chekc"])


def test_two_workspaces_with_the_same_data_have_the_same_bytes(tmp_path: Path) -> None:
    """Nothing of this machine or this moment is in the page."""
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "docs").mkdir()
    for name in ("a", "b"):
        shutil.copytree(tmp_path, tmp_path.parent / f"{tmp_path.name}-{name}")
        (tmp_path.parent / f"{tmp_path.name}-{name}" / DATA).write_text(
            f"{ROW}why: No.}}\n", encoding="utf-8"
        )
    one, other = (
        made(Workspace(root, root / ".runbook", {}))
        for root in (tmp_path.parent / f"{tmp_path.name}-{name}" for name in ("a", "b"))
    )
    assert one == other
