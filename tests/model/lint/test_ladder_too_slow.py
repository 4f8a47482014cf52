"""Ladders that page nobody in time."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found_in_catalogue, wrong_catalogue

RULE = "ladder-too-slow"
WRONG = [
    (
        """
severities:
  S1: {meaning: down, respond: 5m, ladder: [▶{role: engineer, after: 10m}]}
""",
        "must be answered within 5m",
    ),
    (
        """
roles: {engineer: {within: 15m}}
severities:
  S1: {meaning: down, respond: 5m, ladder: [▶{role: engineer, after: 0s}]}
""",
        "has 15m to answer",
    ),
    (
        """
severities:
  S1: {meaning: down, respond: 5m, ladder: [{role: engineer, after: 5m}, ▶{role: manager, after: 1m}]}
""",
        "before the rung above it",
    ),
]
RIGHT = [
    """
roles: {engineer: {within: 5m}, manager: {within: 1h}}
severities:
  S1: {meaning: down, respond: 5m, ladder: [{role: engineer, after: 0s}, {role: manager, after: 15m}]}
""",
    """
severities:
  S3: {meaning: slow, respond: 4h}
""",
    """
roles: {engineer: {within: 5m}}
severities:
  S2: {meaning: bad, respond: 15m, ladder: [{role: engineer, after: 10m}]}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_ladder_that_comes_late_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong_catalogue(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_ladder_in_time_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found_in_catalogue(RULE, text)
