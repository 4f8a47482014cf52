"""Circles that no outcome leaves."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "path-without-end"
WRONG = [
    (
        """
steps:
  ▶a: {check: {tcp: 'db:1'}, visits: 5, then: {any: b}}
  b: {wait: 5s, visits: 5, then: a}
""",
        "a -> b -> a: no outcome leads to an end",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: b, unknown: aborted}}
  ▶b: {wait: 5s, visits: 5, then: b}
""",
        "a -> b -> b",
    ),
    (
        """
steps:
  p:
    parallel:
      one:
        steps:
          ▶a: {check: {tcp: 'db:1'}, visits: 3, then: {any: b}}
          b: {wait: 5s, visits: 3, then: a}
    then: escalated
""",
        "no outcome leads to an end",
    ),
    (
        """
otherwise: c
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: aborted}}
  ▶c: {ask: What now?, options: {again: Again}, visits: 4, then: {any: d}}
  d: {wait: 5s, visits: 4, then: c}
""",
        "c -> d -> c",
    ),
]
RIGHT = [
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 5, then: {pass: aborted, fail: b, unknown: b}}
  b: {wait: 5s, visits: 5, then: a}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 5, then: {any: b}}
  b: {wait: 5s, visits: 5, then: {held: a, limit: escalated}}
""",
    "steps: {a: {check: {tcp: 'db:1'}, then: {any: aborted}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_circle_without_a_way_out_is_found(text: str, said: str) -> None:
    """Once, at its first step, with the way round."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_circle_with_one_is_in_order(text: str) -> None:
    """An outcome leads out, or the author says what happens at the bound."""
    assert () == found(RULE, text)
