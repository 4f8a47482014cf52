"""Pages as Markdown files: whole, hostile, and stable."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import mdformat
import pytest
from markdown_it import MarkdownIt

from engine.kinds.checks.http import HttpCheck
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.uses import CheckUse
from engine.model.catalogue import Catalogue, Role
from engine.model.runbook import Runbook, Trigger
from engine.render.markdown import index, render
from engine.views.docs_page import Branches, Exercised, Practice
from engine.views.freshness import body_hash, front_matter
from engine.views.outline import outline
from tests.views.documented import NEVER, catalogue, database, large, library, small

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = ROOT / "templates"
SNAPSHOT = ROOT / "tests" / "snapshots" / "shop-down.md"
HOSTILE = (
    "</p><script>x</script> `` ``` | ---\n# Broken [a](javascript:b) ![p](https://evil.example) \u202e*_${x}"
)


def written(runbook: Runbook, shared: Catalogue | None = None, practice: Practice | None = None) -> str:
    """Return the file of a runbook's page."""
    return render(outline(runbook, library, shared or catalogue(), practice), TEMPLATES)


def formatted(text: str) -> str:
    """Format as the repository's Markdown is formatted."""
    options = {"number": True, "wrap": "keep"}
    return mdformat.text(text, extensions={"gfm", "frontmatter", "tables"}, options=options)


def hostile() -> Runbook:
    """Return a runbook in which every text tries to break out of its place."""
    kind = HttpCheck(http="https://x.example/'`\"|", headers={"X": "```"})
    check = CheckUse(
        kind=kind, title=HOSTILE, hint=HOSTILE, weak=HOSTILE, link=f"https://x.example/ {HOSTILE}"
    )
    ask = AskStep(ask=HOSTILE, options={"yes": HOSTILE, "no": "-"})
    return small(
        title=HOSTILE, meaning=HOSTILE, impact=HOSTILE, owner=HOSTILE, epoch=HOSTILE,
        symptoms=(HOSTILE, "- x", "1. x"),
        references=(HOSTILE,), triggers=(Trigger(alert=HOSTILE, expr=HOSTILE),),
        steps={
            "look": Node(step=CheckStep(check=check), title=HOSTILE, why=HOSTILE, then={"pass": "ask"}),
            "ask": Node(step=ask, title=HOSTILE, then={"yes": "resolved", "no": "look"}),
        },
    )  # fmt: skip


def test_the_whole_page_of_a_small_runbook_is_this_file() -> None:
    """Read as a page, reviewed as a diff; written anew when the test is run with the file deleted."""
    practice = Practice(
        exercised=Exercised(on=date(2025, 10, 14), by="reliability", report="../../../drills/history/one.md"),
        branches=Branches(covered=9, total=12),
    )
    text = written(small(), practice=practice)
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(text, encoding="utf-8")
        pytest.fail(f"there was no {SNAPSHOT.name}: read the one just written, then run again")
    assert SNAPSHOT.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("runbook", [small(), large(), hostile(), database(), small(reviewed="")])
def test_a_page_is_a_fixed_point_of_the_formatter(runbook: Runbook) -> None:
    """No formatter makes a page look edited by hand."""
    text = written(runbook, catalogue(policy=(NEVER,)))
    assert text == formatted(text)


def test_the_same_runbook_gives_the_same_bytes() -> None:
    """There is no time and no order of a set in a page."""
    assert written(large()) == written(large())


def test_the_front_matter_has_its_keys_in_order_and_the_hash_of_the_body() -> None:
    """Document review reads these; the hash is over the exact bytes below the front matter."""
    keys, body = front_matter(written(small()))
    assert [
        "epoch", "doc", "owner", "last_reviewed", "doc_hash", "expires",
        "runbook", "last_exercised", "generated_by",
    ] == list(keys)  # fmt: skip
    assert body_hash(body) == keys["doc_hash"]
    assert ("2025.10.E1", "2025-10-13", "2025-10-20", "never") == (
        keys["epoch"], keys["last_reviewed"], keys["expires"], keys["last_exercised"],
    )  # fmt: skip


def test_what_the_author_did_not_say_about_the_epoch_is_left_out() -> None:
    """A line that says none says nothing."""
    keys, body = front_matter(written(small(epoch="")))
    assert "doc" == next(iter(keys))
    assert "epoch" not in keys
    assert body_hash(body) == keys["doc_hash"]


def test_who_is_asked_because_nobody_is_named_is_told_with_what_it_approves() -> None:
    """What the change says of the manager and what the manager's own lines say agree."""
    named = {"manager": Role(approves=("restart-service",))}
    assert "\n- Approves for others: restart-service, and what no role is named for\n" in written(
        small(), catalogue(roles=named)
    )


def test_every_link_inside_a_page_leads_to_one_of_its_headings() -> None:
    """Anchors are those that GitHub makes of the headings as they are rendered."""
    text = written(large())
    seen: dict[str, int] = {}
    anchors = set()
    tokens = MarkdownIt("js-default", {"html": False}).parse(front_matter(text)[1])
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            slug = re.sub(r"[^\w\- ]", "", inline.content.lower()).replace(" ", "-")
            seen[slug] = seen.get(slug, -1) + 1
            anchors.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links
    assert set() == links - anchors


def test_a_hostile_runbook_has_the_headings_and_links_of_a_tame_one() -> None:
    """Nothing in a text becomes a heading, HTML, a picture, a table or a link that runs code."""
    text = written(hostile())
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(front_matter(text)[1])
    inner = [child for token in tokens for child in token.children or []]
    headings = [token.level for token in tokens if token.type == "heading_open"]
    tame = written(
        replace(
            small(), steps={name: replace(node, title="", why="") for name, node in hostile().steps.items()}
        )
    )
    assert len(re.findall(r"^#+ ", front_matter(tame)[1], re.MULTILINE)) == len(headings) - 1  # its reference
    assert [] == [token for token in tokens if token.type in ("html_block", "hr", "code_block")]
    assert [] == [child.content for child in inner if child.type in ("html_inline", "image")]
    assert not any(str(child.attrs.get("href", "")).startswith("javascript") for child in inner)
    assert "\u202e" not in text


def test_a_page_says_how_an_answer_is_read_and_whom_to_reach() -> None:
    """One line where one is enough, else a list below it; what is typed is code; nothing breaks out."""
    text = written(large())
    assert (
        "- How to read `colour`; the first of these that holds:\n"
        "  - green, if it says so\n"
        "  - red, if it says `<b>anything</b>` else\n"
        "- How to read `age`: its date\n"
    ) in text
    assert "- Or type: `curl ''\"$SHOP_URL\"''/status`\n" in text
    assert "- To reach it without the engine: service `<pager>`, or # incidents\n" in text


def test_every_step_says_its_budget_its_way_on_and_a_command_where_there_is_one() -> None:
    """A person can follow the page without the engine."""
    for part in written(large()).split("\n### ")[1:-2]:
        assert "\nBudget: " in part, part
        assert "\nThen:\n" in part, part
        assert ", end: **" in part or ", go to [" in part, part
    assert 1 == written(large()).count("RUNBOOK_ENV=production")


def test_alternatives_stand_on_lines_of_their_own() -> None:
    """Nobody has to know whether `and` or `or` binds closer."""
    look = CheckStep(check=CheckUse(kind=HttpCheck(http="https://x.example")))
    rows = (
        Case(
            when={"look.a": Matcher.parse(1), "look.b": Matcher.parse(2)},
            any=({"look.c": Matcher.parse(3), "look.d": Matcher.parse(4)}, {"look.e": Matcher.parse(5)}),
            go="escalated",
        ),
    )
    choose = DecideStep(decide=rows, otherwise="aborted")
    steps = {
        "look": Node(step=look, then={"pass": "choose", "fail": "choose", "unknown": "choose"}),
        "choose": Node(step=choose),
    }
    page = written(Runbook(runbook="two", title="Two", steps=steps))
    assert (
        "- If you see `look.a` is `1` and `look.b` is `2` and one of these, end: **escalated**\n"
        "  - `look.c` is `3` and `look.d` is `4`\n"
        "  - `look.e` is `5`\n"
    ) in page
    assert page == formatted(page)


def test_no_table_is_wider_than_three_columns() -> None:
    """A page is read on a phone."""
    rows = [row for row in written(large()).splitlines() if row.startswith("| ")]
    assert rows
    assert {4} == {row.count("|") for row in rows}


def test_the_index_lists_pages_by_symptom_service_and_alert_and_how_fresh_they_are() -> None:
    """What an on-call knows is what they look under."""
    pages = [
        outline(runbook, library, catalogue())
        for runbook in (small(), replace(database(), symptoms=("slow | *",)))
    ]
    text = index(pages, TEMPLATES)
    assert text == formatted(text)
    assert "- 502 from the edge: [shop-down](shop-down.md)\n- slow | `*`: [database](database.md)\n" in text
    assert "- shop: [shop-down](shop-down.md)\n" in text
    assert "- ShopDown: [database](database.md), [shop-down](shop-down.md)\n" in text
    assert "| shop-down | 2025-10-13 | 2025-10-20 |\n" in text
    assert text == index(list(reversed(pages)), TEMPLATES)
