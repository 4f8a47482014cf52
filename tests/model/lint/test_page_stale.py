"""Pages that do not say what their runbook says."""

from __future__ import annotations

import pytest

from engine.model.lint import Facts
from tests.model.lint.files import found, wrong

RULE = "page-stale"
FACTS = Facts(
    pages={
        "changed": "changed.md: its runbook has changed since",
        "missing": "missing.md: it is not there",
        "edited": "edited.md: somebody wrote in it",
    }
)
WRONG = [
    (
        """
▶runbook: changed
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "changed.md: its runbook has changed since",
    ),
    (
        """
▶runbook: missing
title: Another
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "missing.md: it is not there",
    ),
    (
        """
title: Another
▶runbook: edited
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "edited.md: somebody wrote in it",
    ),
]
RIGHT = [
    """
runbook: fresh
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
runbook: changed-too
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    "steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_page_that_is_not_to_be_trusted_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_a_fresh_page_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text, FACTS)
