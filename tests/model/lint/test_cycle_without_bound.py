"""Loops whose bound no incident would reach, and loops without any that was written."""

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


UNSAID = [
    (
        """
steps:
  ▶a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: b, unknown: b}}
  b: {wait: 5s, then: a}
""",
        "a -> b -> a: no step of this loop says how often",
    ),
    (
        "steps: {▶a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: a, unknown: aborted}}}",
        "a -> a: no step",
    ),
    (
        """
steps:
  p:
    parallel:
      one: {steps: {▶a: {wait: 5s, then: b}, b: {check: {tcp: 'db:1'}, then: {pass: pass, fail: a}}}}
    then: escalated
""",
        "say in 'then' where its 'limit' leads",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, visits: 3, then: {pass: aborted, fail: b, unknown: c}}
  b: {wait: 5s, visits: 3, then: a}
  ▶c: {check: {tcp: 'db:2'}, then: {pass: a, fail: d, unknown: a}}
  d: {wait: 5s, then: c}
""",
        "c -> d -> c: no step",
    ),
]
SAID = [
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 2, then: {pass: aborted, fail: b, unknown: b}}
  b: {wait: 5s, then: a}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: b, unknown: b}}
  b: {wait: 5s, then: {held: a, limit: escalated}}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: b, unknown: b, limit: aborted}}
  b: {wait: 5s, then: a}
""",
    "steps: {a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: b, unknown: b}}, b: {wait: 5s, then: aborted}}",
]


@pytest.mark.parametrize(("text", "said"), UNSAID)
def test_a_loop_of_which_no_step_says_how_often_is_found(text: str, said: str) -> None:
    """At its first step, with the loop."""
    wrong(RULE, text, said)
    trace = found(RULE, text.replace("▶", ""))[0].trace
    assert trace[0].name == trace[-1].name


@pytest.mark.parametrize("text", SAID)
def test_a_loop_with_one_bound_or_one_written_limit_is_in_order(text: str) -> None:
    """Somebody thought of its end."""
    assert () == found(RULE, text)
