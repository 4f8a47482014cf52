"""Loops whose bound no incident would reach."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "cycle-without-bound"
WRONG = [
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, ▶visits: 51, then: {pass: aborted, fail: b, unknown: b}}
  b: {wait: 5s, then: a}
""",
        "51 times",
    ),
    (
        """
steps:
  a: {wait: 5s, ▶visits: 1000, then: a}
""",
        "'a' is in a loop",
    ),
    (
        """
steps:
  p:
    parallel:
      one: {steps: {a: {wait: 5s, then: b}, b: {check: {tcp: 'db:1'}, ▶visits: 99, then: {pass: pass, fail: a}}}}
    then: escalated
""",
        "99 times",
    ),
]
RIGHT = [
    "steps: {a: {check: {tcp: 'db:1'}, visits: 60, then: aborted}}",
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 50, then: {pass: aborted, fail: b, unknown: b}}
  b: {wait: 5s, visits: 50, then: a}
""",
    "steps: {a: {wait: 5s, then: {held: a, limit: aborted}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_bound_that_is_none_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_bound_that_can_be_reached_is_in_order(text: str) -> None:
    """Nor is a step that is in no loop looked at."""
    assert () == found(RULE, text)
