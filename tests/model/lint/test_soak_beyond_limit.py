"""Soaks that cannot hold before their limit."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "soak-beyond-limit"
WRONG = [
    (
        """
steps: {a: {wait: {until: {tcp: 'db:1'}, soak: {for: 10m}, ▶limit: 5m}, then: aborted}}
""",
        "the soak needs 10m and the limit is 5m",
    ),
    (
        """
steps: {a: {▶wait: {until: {tcp: 'db:1'}, soak: {passes: 5, every: 10m}}, then: aborted}}
""",
        "the soak needs 40m and the limit is 30m",
    ),
    (
        """
steps: {a: {wait: {until: {tcp: 'db:1'}, soak: {passes: 3, every: 1m, for: 1m}, ▶limit: 2m}, then: aborted}}
""",
        "the soak needs 2m and the limit is 2m",
    ),
]
RIGHT = [
    """
steps: {a: {wait: {until: {tcp: 'db:1'}, soak: {for: 10m}, limit: 11m}, then: aborted}}
""",
    """
steps: {a: {wait: {until: {tcp: 'db:1'}, soak: {passes: 5, every: 1m}}, then: aborted}}
""",
    "steps: {a: {wait: 2h, then: aborted}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_soak_that_cannot_hold_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_soak_with_room_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text)
