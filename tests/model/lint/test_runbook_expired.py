"""Runbooks that nobody has read for too long."""

from __future__ import annotations

from datetime import date

import pytest

from engine.model.lint import Facts
from tests.model.lint.files import found, wrong

RULE = "runbook-expired"
FACTS = Facts(today=date(2026, 1, 20))
WRONG = [
    (
        """
reviewed: ▶'2026-01-02'
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "expired on 2026-01-09",
    ),
    (
        """
reviewed: ▶'2025-01-20'
review_every: 364d
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "expired on 2026-01-19",
    ),
    (
        """
reviewed: ▶'2026-02-01'
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "still to come",
    ),
]
RIGHT = [
    """
reviewed: '2026-01-13'
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
reviewed: '2025-11-01'
review_every: 90d
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    "steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_review_that_is_too_long_ago_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_a_review_in_time_is_in_order(text: str) -> None:
    """To the day; and a runbook without a date promises nothing."""
    assert () == found(RULE, text, FACTS)
