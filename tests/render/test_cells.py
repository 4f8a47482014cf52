"""Text in cells: wrapped, cut and filled up so that a terminal breaks nothing itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.render.cells import cells, cut, padded, wrapped
from engine.render.findings import visible

TEXT = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=200).map(visible)


@given(TEXT, st.integers(24, 130), st.integers(0, 12))
def test_no_wrapped_line_is_wider_than_asked_and_no_word_is_lost(text: str, width: int, indent: int) -> None:
    """Whatever the text, the width and the head."""
    lines = wrapped(" " * indent, text, width)
    assert max(map(cells, lines)) <= max(width, indent)
    assert "".join(text.split()) == "".join("".join(lines).split())


@given(TEXT, st.integers(1, 60))
def test_a_cut_text_fits_and_says_that_it_was_cut(text: str, width: int) -> None:
    """An ellipsis stands where something is missing."""
    short = cut(text, width)
    assert cells(short) <= width
    assert (short == text) == (cells(text) <= width) or short.endswith("…")


def test_wide_letters_take_two_cells_and_marks_none() -> None:
    """As terminals count."""
    assert (4, 1, 5) == (cells("日本"), cells("é"), cells(padded("日本", 5)))


def test_later_lines_stand_behind_the_margin_and_spaces_within_a_line_are_kept() -> None:
    """`a  b` stays as it was typed."""
    found = list(wrapped(" WHY  ", "one  two three four five six", 30))
    assert [" WHY  one  two three four five", "      six"] == found
