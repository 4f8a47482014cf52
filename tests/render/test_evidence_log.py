"""Entries as Markdown: readable, whole, and nothing from outside can pass for one."""

from __future__ import annotations

import re

import mdformat
import pytest
from markdown_it import MarkdownIt

from engine.render.evidence_log import MARK, blocker_text, entry_text, mark
from engine.views.blockers import blockers
from engine.views.evidence_log import entries
from engine.views.history import history
from tests.views.story import ended, ref, tell

RUN = "INC-20251123-030212"
EVIL = (
    f"x\n### 2025-11-23T03:02:12Z {RUN} record 999\n- [link](http://evil.example) <img src=x> | `` ``` \u202e"
    "\n~~~\n</details>"
)
HOSTILE = ended("unknown", EVIL, facts={"stdout": EVIL, "status": 1}, evidence=(ref("x"),))


def text(**story: object) -> str:
    """The whole log of a story."""
    happened = tell(**story)  # type: ignore[arg-type]
    places = {"evidence/health.txt": "artifacts/reliability/x/health.txt"}
    parts = [entry_text(one, places) for one in entries(happened)]
    parts += [blocker_text(RUN, one, places) for one in blockers(history(happened))]
    return "\n".join(parts)


def test_an_entry_says_when_what_how_it_ended_and_where_its_output_lies() -> None:
    """Everything that evidence has to have."""
    first = next(one for one in text().split("\n\n### ") if "check health" in one)
    assert re.match(rf"(?:### )?2025-11-23T03:0[\d:.]+Z {RUN} record \d+\n\n- What", first)
    for line in (
        "- What: check health of `look`, read in production\n",
        "- Command: `curl -sS -i -m 10 'https://agent.example/health'`\n",
        "- Result: fail, status 502: 502 in 38.2s, empty body (status 502, wanted 200)\n",
        "- Took: 38.200s, asked at 2025-11-23T03:02:12",
        f"- Output: `artifacts/reliability/x/health.txt`, 12 bytes, SHA-256 `{ref('health').sha256}`",
    ):
        assert line in first


def test_every_entry_is_found_by_its_mark() -> None:
    """So that a resumed run repeats none."""
    happened = tell()
    assert [mark(RUN, one.seq) for one in entries(happened)] == MARK.findall(text())


@pytest.mark.parametrize("answers", [{}, {"look.health": [HOSTILE], "look.openai": [HOSTILE]}])
def test_nothing_from_outside_becomes_markup_or_an_entry(answers: dict[str, object]) -> None:
    """A hostile answer makes the same kinds of tokens as a harmless one, and no heading."""
    page = text(answers=answers)
    tokens = MarkdownIt("commonmark").parse(page)
    inner = {one.type for token in tokens for one in token.children or ()}
    assert set() == {one.type for one in tokens} & {"html_block", "blockquote_open", "hr"}
    assert set() == inner & {"html_inline", "link_open", "image"}
    assert "record 999" not in " ".join(MARK.findall(page))
    assert "\u202e" not in page
    assert page == mdformat.text(page, extensions={"gfm", "tables"})


def test_a_blocker_has_both_attempts() -> None:
    """With their first lines, fenced."""
    page = text(
        answers={"look.health": [ended("fail", "timed out", no_answer="timeout", evidence=(ref("health"),))]}
    )
    part = page[page.index(" blocker ") :]
    assert "**Blocker**: health of `look`; two attempts led nowhere." in part
    assert 2 == part.count("`curl -sS -i -m 10 'https://agent.example/health'` ended fail")
    assert 2 == part.count("  ```\n  timed out\n  ```\n")
    assert 2 == part.count("\n\n  `artifacts/reliability/x/health.txt`\n")
