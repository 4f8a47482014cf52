"""Changes of the catalogue that are played down."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "effect-below-catalogue"
CATALOGUE = """
actions:
  restart: {http: 'https://x/restart', operation: restart, irreversible: r}
  wipe: {http: 'https://x/wipe', effect: destroy, irreversible: gone}
  ask: {http: 'https://x/ask', effect: read}
"""
WRONG = [
    ("steps: {a: {action: {use: restart, effect: ▶read}, then: escalated}}", "'restart' is a change"),
    ("steps: {a: {action: {use: wipe, effect: ▶change}, then: escalated}}", "declared a change here"),
    (
        """
steps:
  p: {parallel: {b: {steps: {a: {action: {use: wipe, effect: ▶read}, then: pass}}}}, then: escalated}
""",
        "'wipe' is a destroy in the catalogue, and declared a read here",
    ),
]
RIGHT = [
    "steps: {a: {action: {use: restart}, then: escalated}}",
    "steps: {a: {action: {use: restart, effect: destroy}, then: escalated}}",
    "steps: {a: {action: {use: ask, effect: change}, then: escalated}}",
    "steps: {a: {action: {http: 'https://x/restart', effect: read}, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_change_that_is_played_down_is_found(text: str, said: str) -> None:
    """At the word that does it."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_what_says_as_much_or_more_than_the_catalogue_is_in_order(text: str) -> None:
    """And so is what is written in place: there is nothing to compare it with."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
