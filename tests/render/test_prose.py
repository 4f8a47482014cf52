"""Authors' Markdown is kept where it is harmless and shown where it is not."""

from __future__ import annotations

import mdformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from engine.render.prose import link, prose, prose_line, sentence

PIECES = st.sampled_from(
    ["a", "word ", "*", "_", "**", "`", "```", "~~", "<b>", "</b>", "[",
     "]", "(", ")", "!", "#", "- ", "1. ", "> ", "|", "--",
     "=", "\\",
     "&amp;", "&", "\n", "\n\n", "  ", "https://x.y/a_b*c", "www.x.y", "javascript:x",
     "\t", "$", ":", "é", "\u202e", "+ ", "~~~", "---\n"]
)  # fmt: skip
SETTLED = settings(max_examples=300, derandomize=True, deadline=None)
MARKDOWN = st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=40))


def formatted(text: str) -> str:
    """Format as the repository's Markdown is formatted."""
    options = {"number": True, "wrap": "keep"}
    return mdformat.text(text, extensions={"gfm", "frontmatter", "tables"}, options=options)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("plain *em* and **strong**, `code`", "plain *em* and **strong**, `code`"),
        ("two\nlines", "two\nlines"),
        ("# Not a heading", "Not a heading"),
        ("- a\n- b\n  - c", "- a\n- b\n  - c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("see https://x.example/a_b.", "see [https://x.example/a_b](https://x.example/a_b)."),
        ("[page](other.md)", "[page](other.md)"),
        ("![pixel](https://x.example/p.png)", "[pixel](https://x.example/p.png)"),
        ("raw <script>alert(1)</script> html", "raw `<script>alert(1)</script>` html"),
        ("[x](javascript:alert(1))", "`[x](javascript:alert(1`))"),
        ("wait \u202eevil", "wait `\\u202eevil`"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "- a; b\n- 1; 2"),
        ("> quoted\n> more", "> quoted\n> more"),
        ("it took 10. seconds", "it took 10. seconds"),
        ("one * two", "one `*` two"),
        ("```sh\nls ``` x\n```", "````sh\nls ``` x\n````"),
    ],
)
def test_markdown_is_kept_or_shown(written: str, expected: str) -> None:
    """Harmless forms stay; what could act, or break out, is text or code."""
    assert expected == prose(written)


@SETTLED
@given(MARKDOWN)
@example("*[")
@example("~\n=")
def test_what_comes_out_is_a_fixed_point_of_the_formatter(written: str) -> None:
    """Whatever an author writes, no formatter makes the page look edited by hand."""
    text = f"before\n\n{prose(written) or 'x'}\n\nafter\n"
    assert text == formatted(text)


@SETTLED
@given(MARKDOWN)
def test_nothing_an_author_writes_reaches_beyond_its_place(written: str) -> None:
    """No heading, HTML, picture or unclosed fence comes out, and what follows is still a heading."""
    tokens = MarkdownIt("commonmark").enable("table").parse(f"{prose(written)}\n\n# after\n")
    inner = [child.type for token in tokens for child in token.children or []]
    kinds = [token.type for token in tokens]
    assert ["heading_open", "inline", "heading_close"] == kinds[-3:]
    assert 1 == kinds.count("heading_open")
    assert set() == {"html_block", "table_open", "hr"} & set(kinds) | {"html_inline", "image"} & set(inner)


@SETTLED
@given(MARKDOWN)
def test_a_line_stays_one_line(written: str) -> None:
    """In a list item there is no line break."""
    assert "\n" not in prose_line(written)


@SETTLED
@given(MARKDOWN, MARKDOWN)
@example("a#", "X")
def test_plain_text_is_a_fixed_point_wherever_a_template_puts_it(one: str, other: str) -> None:
    """In a heading, in bold, in brackets, as the label of a link."""
    first, second = sentence(one) or "x", sentence(other) or "x"
    text = f"# {first}\n\n- **{first}** ({second}), go to [b](#b)\n- {link(one, 'https://x.y/' + other)}\n"
    assert text == formatted(text)


def test_in_plain_text_only_the_words_that_would_be_read_are_code() -> None:
    """The rest of a sentence reads as it was written."""
    assert "see run `<run.id>`, now; `1.` is `*` not" == sentence(
        "see run <run.id>, now; `1.` is * not"
    ).replace("`` `1.` ``", "`1.`")


def test_a_link_leads_only_where_a_page_may_lead() -> None:
    """An address that runs code is no link; brackets and blanks stay inside the link."""
    assert ["a page", "[b](<https://x.example/(1)>)"] == [
        link("a page", "javascript:alert(1)"),
        link("b", "https://x.example/(1)"),
    ]
