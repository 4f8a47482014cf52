"""Reads that would have to be taken back."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "read-with-way-back"
CATALOGUE = """
actions:
  restart: {http: 'https://x/restart', irreversible: r}
  ask: {http: 'https://x/ask', effect: read}
"""
WRONG = [
    (
        "steps: {a: {action: {http: 'https://x', effect: ▶read, irreversible: sent}, then: escalated}}",
        "'a' is declared a read and says why it cannot be taken back",
    ),
    (
        "steps: {a: {action: {http: 'https://x', effect: ▶read, undo: {http: 'https://y'}}, then: escalated}}",
        "says how it is taken back",
    ),
    (
        """
steps:
  p:
    parallel: {b: {steps: {a: {action: {http: 'https://x', effect: ▶read, irreversible: r}, then: pass}}}}
    then: escalated
""",
        "'a' is declared a read",
    ),
    ("steps: {a: {▶action: {use: ask, irreversible: sent}, then: escalated}}", "'a' is declared a read"),
]
RIGHT = [
    "steps: {a: {action: {http: 'https://x', effect: read}, then: escalated}}",
    "steps: {a: {action: {http: 'https://x', irreversible: sent}, then: escalated}}",
    "steps: {a: {action: {use: ask}, then: escalated}}",
    "steps: {a: {action: {use: restart, effect: read}, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_read_with_a_way_back_is_found(text: str, said: str) -> None:
    """One of its two words is wrong."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_a_read_without_and_a_change_with_one_are_in_order(text: str) -> None:
    """What the catalogue calls a change is another rule's."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
