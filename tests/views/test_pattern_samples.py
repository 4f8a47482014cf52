"""Texts that a pattern finds, one for each alternative."""

from __future__ import annotations

import pytest

from engine.kinds.patterns import found
from engine.views.pattern_samples import MOST, samples

PATTERNS = {
    "quota|bill": 2,
    "(?i)econnrefused|too many (clients|connections)": 3,
    r"\[PC01\]": 1,
    "^v[0-9]+$": 1,
    r"(?i:missing) \d{3}": 1,
    r"optional\(\).*without.*nullable|strict mode": 2,
    r"\b[A-Z]+(_[A-Z]+)*_(KEY|URL)\b.{0,60}(missing|not set)": 4,
    "[^a-z]x": 1,
    "colou?r": 2,
    r"a\.b\tc": 1,
    "x{2,3}": 1,
    "(?P<name>a|b)": 2,
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_pattern_finds_a_text_for_each_of_its_alternatives(pattern: str) -> None:
    """As the engine searches, not as this module reads."""
    fitting = [text for text in samples(pattern) if found(pattern, text)]
    assert len(fitting) >= PATTERNS[pattern]


@pytest.mark.parametrize("pattern", ["(", "[a", "a\\", "(?<!x)y"])
def test_what_is_not_understood_does_no_harm(pattern: str) -> None:
    """There is a text or none, and never an error."""
    assert all(isinstance(text, str) for text in samples(pattern))


def test_there_are_never_too_many() -> None:
    """However many alternatives there are."""
    assert MOST == len(samples("|".join(f"a{number}" for number in range(100))))
