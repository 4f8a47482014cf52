"""Budgets that cannot be kept."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "timeout-beyond-budget"
WRONG = [
    (
        """
budgets: {diagnose: 20s}
steps:
  ▶a: {check: {tcp: 'db:1', timeout: 30s}, then: {any: escalated}}
""",
        "its phase (diagnose) 20s",
    ),
    (
        """
budgets: {diagnose: 60s, verify: 10s}
steps:
  a:
    phase: verify
    parallel: {one: {steps: {▶b: {check: {tcp: 'db:1', timeout: 30s}, then: pass}}}}
    then: {any: escalated}
""",
        "its phase (verify) 10s",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', timeout: 60s}, budget: ▶30s, then: {any: escalated}}}
""",
        "one try of 'a' may take 1m, and its budget is 30s",
    ),
    (
        """
steps:
  a: {checks: {one: {tcp: 'db:1'}, two: {tcp: 'db:2', timeout: 40s}}, budget: ▶20s, then: {any: escalated}}
""",
        "40s",
    ),
    ("steps: {a: {wait: 5m, budget: ▶1m, then: escalated}}", "5m"),
    (
        """
budgets: {diagnose: 2m}
steps: {a: {check: {tcp: 'db:1'}, budget: ▶3m, then: {any: escalated}}}
""",
        "that of its phase (diagnose) 2m",
    ),
    (
        """
steps: {a: {wait: {until: {tcp: 'db:1'}, soak: {for: 10m}}, budget: ▶5m, then: escalated}}
""",
        "10m",
    ),
]
WRONG += [
    (
        """
budgets: {diagnose: 5m}
steps: {▶a: {phase: close, check: {tcp: 'db:1', timeout: 2h}, then: {any: escalated}}}
""",
        "one try of 'a' may take 2h, and all phases together 5m",
    ),
]
RIGHT = [
    """
budgets: {diagnose: 5m}
steps: {a: {phase: close, check: {tcp: 'db:1', timeout: 1m}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', timeout: 30s}, budget: 30s, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', timeout: 20s, retry: {times: 2}}, budget: 30s, then: {any: escalated}}}
""",
    """
budgets: {diagnose: 1m, mitigate: 5m}
steps:
  a: {check: {tcp: 'db:1'}, budget: 30s, then: {any: b}}
  b: {action: {http: 'https://x', irreversible: sent}, phase: mitigate, budget: 4m, then: escalated}
""",
    "steps: {a: {ask: Well?, options: {well: Yes}, budget: 1s, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_budget_that_cannot_be_kept_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_budget_that_can_is_in_order(text: str) -> None:
    """Retries are for other days, and a person's time is theirs."""
    assert () == found(RULE, text)
