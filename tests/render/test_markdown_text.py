"""Text of others in Markdown: inert, visible, and a fixed point of the formatter."""

from __future__ import annotations

import mdformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from engine.render.markdown_text import cell, cells, clipped, code, code_cell, fence, inline, table

HOSTILE = [
    "PG_URL is set",
    "_x",
    "_",
    " * ",
    "[x]",
    "]",
    "<b>",
    "<!-- x -->",
    "a|b",
    "a\\|b",
    "1. x",
    "- x",
    "#",
    "# x",
    "x #",
    "> q",
    "~~a~~",
    "~a~",
    "&amp;",
    "a & b",
    "`x`",
    "``",
    "```\n# x",
    "see http://a.b/c",
    "www.x.y",
    "me@x.org",
    "@team",
    ":smile:",
    "$x$",
    "a\nb\n\nc",
    "===",
    "---",
    "+ a",
    "\\",
    "|",
    "|-|",
    "![x](http://a.b/c.png)",
    "javascript:alert(1)",
    "\u202eabc",
    "a\u200bb",
    "\x1b[31mred",
    "tab\tx",
    "03:05:22Z",
    "é漢字",
    "a < b",
]
MARKDOWN = MarkdownIt("gfm-like", {"linkify": False, "html": True})


def formatted(markdown: str) -> str:
    """What mdformat makes of a document."""
    return mdformat.text(markdown, extensions={"gfm", "tables"})


def kinds(markdown: str) -> set[str]:
    """The kinds of token a parser sees in a document."""
    tokens = MARKDOWN.parse(markdown)
    return {each.type for token in tokens for each in (token, *(token.children or ()))}


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_read_as_markdown(text: str) -> None:
    """In a paragraph, a list item and a heading, only text and code are left."""
    allowed = {
        "text",
        "code_inline",
        "inline",
        "paragraph_open",
        "paragraph_close",
        "heading_open",
        "heading_close",
    }
    allowed |= {"bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"}
    for frame in ("{}\n", "- {}\n", "# {}\n", "before {} after\n"):
        assert set() == kinds(frame.format(inline(text))) - allowed


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_a_table(text: str) -> None:
    """Two columns stay two, and every row is there."""
    made = table(["A", "B"], [[cell(text), code_cell(text)], ["x", "y"]])
    tokens = [token.type for token in MARKDOWN.parse(made)]
    assert (2, 4) == (tokens.count("th_open"), tokens.count("td_open"))


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_ends_its_fence(text: str) -> None:
    """The fence is longer than any run of backticks inside."""
    assert {"fence"} == kinds(fence(text + "\n`````\n" + text))


@given(st.text(alphabet="ab1_*[]<>|\\`~$@&#:-+=.()! é\n\t{}\u202e/w", max_size=12))
def test_what_comes_out_is_a_fixed_point_of_mdformat(text: str) -> None:
    """Formatting a page that holds any text changes nothing."""
    rows = table(["A", "Wide head"], [[cell(text), cell(text, 7)], ["x", code_cell(text)]])
    for page in (
        f"{inline(text) or 'x'}\n",
        f"- a {inline(text) or 'x'} b\n",
        f"{rows}\n",
        f"{fence(text)}\n",
    ):
        assert page == formatted(page)


def test_plain_words_stay_plain() -> None:
    """Only what could be read as something else becomes code."""
    for text in (
        "PG_URL is set",
        "asked at 03:03:20Z",
        "502 in 38.2s, empty body",
        "a & b",
        "who: mara (L1)",
    ):
        assert text == inline(text)


def test_hidden_characters_are_shown() -> None:
    """Controls, direction marks and zero-width letters are written as their escapes."""
    assert "`a\\u200bb\\u202ec\\x1bd`" == inline("a\u200bb\u202ec\x1bd")


def test_code_keeps_blanks_and_survives_backticks() -> None:
    """A command is copied as it stands."""
    assert "`a  b`" == code(" a  b\n")
    assert "`` a `b` ``" == code("a `b`")
    assert "" == code(" \n")


def test_long_texts_are_cut_with_a_mark() -> None:
    """The cut is seen, and short texts are left alone."""
    assert "abcd…" == clipped("abcdefgh", 5)
    assert "abc" == clipped("a b c".replace(" ", ""), 5)


def test_widths_are_those_of_a_terminal() -> None:
    """Wide letters take two cells, combining ones none."""
    assert [3, 4, 1] == [cells("abc"), cells("漢字"), cells("e\u0301")]
