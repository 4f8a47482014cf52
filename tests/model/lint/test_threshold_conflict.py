"""Numbers that say otherwise than the catalogue."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "threshold-conflict"
CATALOGUE = """
thresholds: {slow: {value: 2s, source: the team}, deep: {value: 25, source: the team}}
checks:
  shop: {http: 'https://x', expect: {status: 200, seconds: {lt: '${thresholds.slow}'}}}
  depth: {http: 'https://x', expect: {json.waiting: '${thresholds.deep}'}}
  paced: {params: {within: '${thresholds.slow}'}, http: 'https://x', expect: {seconds: {lt: '${with.within}'}}}
"""
WRONG = [
    (
        """
steps: {a: {check: {use: shop, expect: {▶seconds: {lt: 5s}}}, then: {any: escalated}}}
""",
        "'seconds' is held against 5s, and the catalogue agreed on 2s (slow)",
    ),
    (
        """
steps: {a: {check: {use: shop, expect: {status: 200, ▶seconds: {lt: 1}}}, then: {any: escalated}}}
""",
        "held against 1",
    ),
    (
        """
steps: {a: {wait: {until: {use: depth, expect: {▶json.waiting: 30}}}, then: escalated}}
""",
        "agreed on 25 (deep)",
    ),
]
RIGHT = [
    """
steps: {a: {check: {use: shop, expect: {seconds: {lt: '${thresholds.slow}'}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {use: shop, expect: {seconds: {lt: 2000ms}}}, then: {any: escalated}}}
""",
    "steps: {a: {check: {use: paced, with: {within: 9s}}, then: {any: escalated}}}",
    """
steps: {a: {check: {http: 'https://x', expect: {seconds: {lt: 9s}}}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_number_beside_the_agreed_one_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_the_agreed_number_in_any_spelling_is_in_order(text: str) -> None:
    """So is what the check leaves to the runbook, and a check of the runbook's own."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
