"""Runbooks and ways back that nobody has tried."""

from __future__ import annotations

from datetime import date

import pytest

from engine.model.lint import Facts, Practice
from tests.model.lint.files import found, wrong

RULE = "never-exercised"
FACTS = Facts(
    today=date(2026, 1, 20),
    practice={
        "forgotten": Practice(),
        "drilled": Practice(taken=frozenset({"a", "back"}), scenarios=1),
        "by-people": Practice(on=date(2026, 1, 10)),
        "long-ago": Practice(on=date(2025, 6, 1)),
    },
)
WRONG = [
    (
        """
▶runbook: forgotten
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "nobody has ever exercised 'forgotten'",
    ),
    (
        """
runbook: drilled
steps:
  a: {check: {tcp: 'db:1'}, then: {any: b}}
  ▶b: {undo: all, then: {any: escalated}}
""",
        "the way back 'b' was never exercised",
    ),
    (
        """
runbook: drilled
steps:
  a: {check: {tcp: 'db:1'}, then: {any: c}}
  ▶c: {action: {http: 'https://x', operation: roll-back, irreversible: sent}, then: escalated}
""",
        "the way back 'c'",
    ),
    (
        """
▶runbook: long-ago
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "people last exercised it on 2025-06-01",
    ),
]
RIGHT = [
    """
runbook: drilled
steps:
  a: {check: {tcp: 'db:1'}, then: {any: back}}
  back: {undo: all, then: {any: escalated}}
""",
    """
runbook: of-another-workspace
steps: {a: {undo: all, then: {any: escalated}}}
""",
    """
runbook: by-people
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_nobody_has_tried_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_what_was_tried_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text, FACTS)
