"""Lengths of time on the screen."""

from __future__ import annotations

import pytest

from engine.render.durations import length, rounded


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0s"),
        (2.014, "2s"),
        (2.44, "2.4s"),
        (9.96, "10s"),
        (10.373, "10s"),
        (65.4, "1m5s"),
        (-3.0, "-3s"),
    ],
)
def test_tenths_below_ten_seconds_and_whole_ones_from_there(seconds: float, text: str) -> None:
    """A person reads no milliseconds."""
    assert text == length(seconds)


@pytest.mark.parametrize(
    ("exact", "read"),
    [
        ("3 passes in a row over 2s14ms", "3 passes in a row over 2s"),
        ("over 10s373ms, then 1m0s250ms", "over 10s, then 1m"),
        ("10s999ms", "11s"),
        ("200 in 212ms", "200 in 212ms"),
        ("at most 10m", "at most 10m"),
        ("version v1.2s14ms, id:2s14ms", "version v1.2s14ms, id:2s14ms"),
    ],
)
def test_the_engines_own_words_are_rounded_and_nothing_else(exact: str, read: str) -> None:
    """What only looks like a duration, and milliseconds alone, stay."""
    assert read == rounded(exact)
