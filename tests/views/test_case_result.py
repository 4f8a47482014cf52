"""Where an expected path and a seen one part."""

from __future__ import annotations

import pytest

from engine.views.case_result import first_difference


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ("a b c", "a b c"),
        ("...", ""),
        ("a ...", "a"),
        ("a ... c", "a b b c"),
        ("... c", "c b c"),
        ("... b ... b", "a b a b"),
    ],
)
def test_paths_that_agree_part_nowhere(expected: str, seen: str) -> None:
    """Three dots stand for any steps, or none."""
    assert first_difference(expected.split(), seen.split()) is None


@pytest.mark.parametrize(
    ("expected", "seen", "at"),
    [
        ("a b c", "a x c", (1, 1)),
        ("a b", "a b c", (2, 2)),
        ("a b c", "a b", (2, 2)),
        ("a ... d e", "a b d f", (3, 3)),
    ],
)
def test_the_first_difference_is_after_the_longest_beginning_that_agrees(
    expected: str, seen: str, at: tuple[int, int]
) -> None:
    """In both lists, since three dots are one word for many steps."""
    assert at == first_difference(expected.split(), seen.split())
