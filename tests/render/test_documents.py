"""The pages beside those of the runbooks as Markdown: whole, hostile, and stable."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import PurePosixPath

import mdformat
import pytest
from markdown_it import MarkdownIt

from engine.render.documents import FOLDER, TEMPLATES
from engine.views.freshness import body_hash, front_matter
from tests.render.written import HOSTILE, hostile, pages, tame, written

TAME = written(tame())
HOSTILES = written(hostile(), HOSTILE)


def test_there_is_a_page_for_every_template() -> None:
    """And the tests below see all of them."""
    assert {*TEMPLATES} == {*TAME} == {*HOSTILES}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_page_is_a_fixed_point_of_the_formatter(name: str) -> None:
    """Of a catalogue that is hostile too; and the same twice."""
    options = {"number": True, "wrap": "keep"}
    for text in (TAME[name], HOSTILES[name]):
        assert text == mdformat.text(text, extensions={"gfm", "frontmatter", "tables"}, options=options)
    assert TAME[name] == written(tame())[name]


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_page_says_the_hash_of_its_body_and_where_it_stands(name: str) -> None:
    """So that an edit by hand is seen."""
    keys, body = front_matter(TAME[name])
    assert {"doc": f"{FOLDER}/{name}", "doc_hash": body_hash(body), "generated_by": "runbook docs"} == keys


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_hostile_text_stays_text(name: str) -> None:
    """No heading, HTML, picture, rule or link that runs code comes of it."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(front_matter(HOSTILES[name])[1])
    inner = [child for token in tokens for child in token.children or []]
    assert [] == [token for token in tokens if token.type in ("html_block", "hr", "code_block")]
    assert [] == [child.content for child in inner if child.type in ("html_inline", "image")]
    assert not any(str(child.attrs.get("href", "")).startswith("javascript") for child in inner)
    assert "\u202e" not in HOSTILES[name]
    headings = [inline.content for opening, inline in pairwise(tokens) if opening.type == "heading_open"]
    assert [] == [one for one in headings if "Broken" in one]


def test_every_link_leads_to_a_page_a_heading_or_a_record() -> None:
    """As seen from the folder they stand in."""
    there = {*TAME, *(page.doc.removeprefix(f"{FOLDER}/") for page in pages(tame()))}
    there |= {"alerts.rules.yaml", "../../drills/history/1.md", "../../drills/history/2.md"}
    for name, text in TAME.items():
        for link in re.findall(r"\]\(([^)]+)\)", text):
            file, _, anchor = link.partition("#")
            if "://" in link:
                continue
            assert not file or str(PurePosixPath(file)) in there, (name, link)
            assert not anchor or anchor in _anchors(TAME[file or name]), (name, link)


def _anchors(text: str) -> set[str]:
    return {one.lower().replace(" ", "-") for one in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def test_an_on_call_finds_a_runbook_by_what_they_have() -> None:
    """The alert, the service or the symptom; incidents and operations in one place."""
    text = TAME["README.md"]
    assert "## By alert\n\n- Complaints: [shop-down](incidents/shop-down.md)\n" in text
    both = "[shop-down](incidents/shop-down.md), [quiet](operations/quiet.md)"
    assert f"- shop: {both}\n" in text
    assert f"- 502 from the edge: {both}\n" in text
    assert "`ProbeUnseen` is about the alerts themselves: see [" in text


def test_people_and_scripts_are_kept_apart() -> None:
    """Only what a person did is practice."""
    people, _, scripts = TAME["drills.md"].partition("## By CI")
    assert "| [shop-down](incidents/shop-down.md) | 2025-10-14      | 2025-11-13 |" in people
    assert "[2025-10-15, shop-down](../../drills/history/2.md)" in scripts
    assert "2.md" not in people


def test_the_page_of_alerts_says_what_no_rule_raises_and_what_may_be_blind() -> None:
    """With the reasons."""
    text = TAME["alerts.md"]
    assert "- `Complaints`, [shop-down](incidents/shop-down.md): people write\n" in text
    assert '- `probe_success{check=""}`: else silent are `Down`\n' in text


def test_the_page_of_coverage_lists_each_branch_no_drill_takes_with_what_does_or_why_nothing_can() -> None:
    """What was not measured has no row."""
    text = TAME["coverage.md"]
    counted = (
        "| [shop-down](incidents/shop-down.md) | 7        | 4         | 2        | 1             | 1       |"
    )
    assert counted in text
    assert "quiet" not in text
    _, _, listed = text.partition("\n### shop-down\n")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in listed.strip().splitlines()[2:]]
    assert [
        ["`look`", "`fail > cause`, `unknown > cause`", "cases"],
        ["`cause`", "`limit > engineer`", "nothing: it is visited once"],
    ] == rows
