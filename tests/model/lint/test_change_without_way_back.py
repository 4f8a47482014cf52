"""Changes that nobody can take back, or that say both."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "change-without-way-back"
WRONG = [
    ("steps: {a: {▶action: {http: 'https://x', method: POST}, then: aborted}}", "has no way back"),
    (
        """
steps:
  a: {▶action: {http: 'https://x', undo: {http: 'https://y'}, irreversible: sent}, then: aborted}
""",
        "keep one of undo and irreversible",
    ),
    ("steps: {a: {▶action: {http: 'https://x', effect: destroy}, then: aborted}}", "has no way back"),
    (
        """
steps:
  p: {parallel: {b: {steps: {a: {▶action: {http: 'https://x'}, then: pass}}}}, then: aborted}
""",
        "'a' has no way back",
    ),
]
RIGHT = [
    "steps: {a: {action: {http: 'https://x', irreversible: sent}, then: aborted}}",
    """
steps: {a: {action: {http: 'https://x', undo: {http: 'https://y'}}, then: aborted}}
""",
    "steps: {a: {action: {http: 'https://x', effect: read}, then: aborted}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_change_without_its_way_back_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_change_that_says_how_or_why_not_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text)
