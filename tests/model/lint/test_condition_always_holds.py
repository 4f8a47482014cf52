"""Expectations that every value meets."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "condition-always-holds"
WRONG = [
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶status: {ge: 100}, json.ok: true}}, then: {any: escalated}}}
""",
        "'status' >= 100 holds whatever is seen",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {status: 200, ▶seconds: {ge: 0}}}, then: {any: escalated}}}
""",
        "holds whatever is seen",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {status: 200, ▶empty: {in: [true, false]}}}, then: {any: escalated}}}
""",
        "'empty'",
    ),
    (
        """
steps:
  a: {wait: {until: {fly_machines: shop, expect: {state: started, ▶count: {gt: -1}}}}, then: escalated}
""",
        "'count'",
    ),
]
RIGHT = [
    """
steps: {a: {check: {http: 'https://x', expect: {status: {lt: 500}, json.ok: true}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {fly_machines: shop, expect: {count: {ge: 0}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', expect: {status: 200, json.n: {ge: 0}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', expect: {status: 200, retry_after: {ge: 0}}}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_bound_that_is_none_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_bound_that_tells_apart_is_in_order(text: str) -> None:
    """So is one on what may be absent, and a check that asks only whether its facts can be read."""
    assert () == found(RULE, text)
