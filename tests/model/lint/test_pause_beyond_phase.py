"""Pauses that are longer than anybody promised."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "pause-beyond-phase"
CATALOGUE = """
severities: {SEV-1: {meaning: down, respond: 5m, aliases: [P0]}}
"""
WRONG = [
    (
        "budgets: {diagnose: 5m}\nsteps: {a: {wait: ▶6m, then: escalated}}",
        "all phases together should take 5m",
    ),
    (
        "budgets: {diagnose: 5m, verify: 10m}\nsteps: {a: {wait: ▶6m, then: escalated}}",
        "'a' pauses for 6m, its phase (diagnose) should take 5m, and nobody says why",
    ),
    (
        """
budgets: {diagnose: 5m, mitigate: 1h}
steps:
  a: {wait: 1m, phase: mitigate, then: b}
  b: {wait: ▶1d, why: Nothing to do meanwhile, then: escalated}
""",
        "pauses for 1d, and all phases together should take 1h5m",
    ),
    ("severity: P0\nsteps: {a: {wait: ▶10m, then: escalated}}", "P0 must be answered within 5m"),
    (
        """
budgets: {diagnose: 5m, verify: 1m}
steps:
  p: {phase: verify, parallel: {b: {steps: {a: {wait: ▶2m, then: pass}}}}, then: escalated}
""",
        "its phase (verify) should take 1m",
    ),
]
RIGHT = [
    "budgets: {diagnose: 5m}\nsteps: {a: {wait: 5m, then: escalated}}",
    "budgets: {diagnose: 5m, mitigate: 1h}\nsteps: {a: {wait: 6m, why: The cache lives so long, then: escalated}}",
    "budgets: {diagnose: 5m, mitigate: 1h}\nsteps: {a: {wait: 6m, phase: mitigate, then: escalated}}",
    "budgets: {diagnose: 5m}\nsteps: {a: {wait: {until: {tcp: 'db:1'}, limit: 1h}, then: escalated}}",
    "steps: {a: {wait: 1d, then: escalated}}",
    "severity: P0\nsteps: {a: {wait: 5m, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_pause_that_is_too_long_is_found(text: str, said: str) -> None:
    """With what it is longer than."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_a_pause_that_fits_or_says_why_is_in_order(text: str) -> None:
    """A wait for something has a limit of its own; and without any promise there is nothing to break."""
    assert () == found(RULE, text, catalogue=CATALOGUE)
