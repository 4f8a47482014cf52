"""Numbers of visits that no run can use up."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "visits-out-of-reach"
WRONG = [
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, ▶visits: 4, then: {pass: aborted, any: b}}
  b: {wait: 5s, visits: 2, then: a}
""",
        "'a' may be visited 4 times, and no way comes by more than 3 times",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {any: b}}
  b: {ask: Well?, options: {well: Yes}, timeout: 5m, ▶visits: 2, then: aborted}
""",
        "no way comes by more than once",
    ),
    (
        """
steps:
  p:
    parallel:
      one: {steps: {a: {check: {tcp: 'db:1'}, ▶visits: 3, then: {pass: pass, any: b}}, b: {wait: 5s, then: a}}}
    then: escalated
""",
        "'a' may be visited 3 times",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, visits: 3, then: {pass: aborted, fail: b, unknown: c}}
  b: {ask: Well?, options: {well: Yes}, timeout: 5m, visits: 1, then: d}
  c: {ask: Well?, options: {well: Yes}, timeout: 5m, visits: 1, then: d}
  d: {wait: 5s, ▶visits: 3, then: a}
""",
        "'d' may be visited 3 times, and no way comes by more than 2 times",
    ),
]
RIGHT = [
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 3, then: {pass: aborted, any: b}}
  b: {wait: 5s, visits: 2, then: a}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 3, then: {pass: aborted, fail: b, unknown: c}}
  b: {wait: 5s, then: a}
  c: {wait: 9s, then: a}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 9, then: {pass: aborted, fail: b, unknown: aborted}}
  b: {wait: 5s, then: {held: a, limit: a}}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 4, then: {pass: aborted, any: b}}
  b: {wait: {until: {tcp: 'db:1'}, limit: 1m}, then: {held: a, limit: a}}
""",
    "steps: {a: {check: {tcp: 'db:1'}, then: {any: aborted}}, never: {wait: 5s, visits: 3, then: aborted}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_bound_that_another_one_is_before_is_found(text: str, said: str) -> None:
    """With how often it can be at most."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_bound_that_can_be_used_up_is_in_order(text: str) -> None:
    """By one way or by several; a limit leads on as often as it likes, and what is never reached is told elsewhere."""
    assert () == found(RULE, text)
