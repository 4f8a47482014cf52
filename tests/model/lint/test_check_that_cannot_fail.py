"""Checks that pass whatever is seen."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "check-that-cannot-fail"
WRONG = [
    (
        """
steps: {a: {▶check: {tcp: 'db:1', no_answer: unknown}, then: {pass: false-alarm, fail: escalated, unknown: escalated}}}
""",
        "'a' decides nothing",
    ),
    (
        """
steps:
  a:
    ▶check: {mcp: fly/status, read_only_because: it reads, expect: {seconds: {ge: 0}}}
    then: {pass: false-alarm, fail: escalated, unknown: escalated}
""",
        "passes whatever is seen",
    ),
    (
        """
steps: {a: {wait: {▶until: {tcp: 'db:1', no_answer: unknown}, recovery: true}, then: resolved}}
""",
        "'a' decides nothing",
    ),
    (
        """
steps:
  a:
    action:
      http: https://x
      undo: {http: 'https://y', ▶verify: {tcp: 'db:1', no_answer: unknown}}
    then: escalated
""",
        "'a' decides nothing",
    ),
]
RIGHT = [
    """
steps: {a: {check: {tcp: 'db:1'}, then: {pass: false-alarm, fail: escalated, unknown: escalated}}}
""",
    "steps: {a: {check: {tcp: 'db:1', no_answer: unknown}, then: {any: escalated}}}",
    """
steps:
  a:
    checks: {one: {tcp: 'db:1', no_answer: unknown}, two: {tcp: 'db:2'}}
    then: {pass: false-alarm, fail: escalated, unknown: escalated}
""",
    """
steps:
  a:
    check: {mcp: fly/status, read_only_because: it reads}
    then: {pass: false-alarm, fail: escalated, unknown: escalated}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_proof_that_is_none_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_check_that_can_fail_or_decides_nothing_is_in_order(text: str) -> None:
    """What is looked at for its facts alone need not be able to fail."""
    assert () == found(RULE, text)
