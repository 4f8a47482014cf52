"""Ends that say resolved without proof."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "resolved-without-recovery"
WRONG = [
    ("steps: {a: {check: {tcp: 'db:1'}, ▶then: resolved}}", "a -> resolved: nothing proved the recovery"),
    (
        """
steps:
  a: {wait: {until: {tcp: 'db:1'}, recovery: true}, then: b}
  b: {action: {http: 'https://x', irreversible: sent}, then: c}
  c: {check: {tcp: 'db:1'}, then: {▶pass: resolved}}
""",
        "a -> b -> c -> resolved",
    ),
    (
        """
steps:
  a: {wait: {until: {tcp: 'db:1'}, recovery: true}, then: {held: aborted, ▶limit: resolved}}
""",
        "a -> resolved",
    ),
    (
        """
steps:
  a: {runbook: other, then: {resolved: resolved, ▶mitigated: resolved}}
""",
        "nothing proved",
    ),
]
RIGHT = [
    "steps: {a: {wait: {until: {tcp: 'db:1'}, recovery: true}, then: resolved}}",
    "steps: {a: {runbook: other, then: resolved}}",
    """
steps:
  a: {action: {http: 'https://x', irreversible: sent}, then: b}
  b: {wait: {until: {tcp: 'db:1'}, recovery: true}, then: c}
  c: {wait: 5s, then: resolved}
""",
    "steps: {a: {check: {tcp: 'db:1'}, then: false-alarm}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_end_without_proof_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_an_end_with_proof_is_in_order(text: str) -> None:
    """Another runbook that ended resolved has proved it itself."""
    assert () == found(RULE, text)
