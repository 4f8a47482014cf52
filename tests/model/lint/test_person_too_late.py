"""Runbooks in which nobody is asked or paged in time."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "person-too-late"
LEVELS = """
roles: {engineer: {}, manager: {}}
severities:
  SEV-1: {meaning: down, respond: 5m, aliases: [P0]}
  SEV-2: {meaning: bad, respond: 15m, ladder: [{role: engineer, after: 0s}, {role: manager, after: 15m}]}
  SEV-3: {meaning: odd, respond: 30m, ladder: [{role: engineer, after: 0s}]}
"""
LAST = "  engineer: {escalate: engineer, decision: Decide, then: {any: escalated}}\notherwise: engineer\n"
LOOP = """
  look: {check: {tcp: 'db:1', timeout: 20s, retry: {times: 2, after: 5s}}, visits: 3, then: {any: pause}}
  pause: {wait: 60s, visits: 3, then: look}
"""
WRONG = [
    ("severity: ▶SEV-1\nsteps:\n  pause: {wait: 6m, then: engineer}\n", "up to 6m1s (an upper bound)"),
    (f"severity: ▶SEV-1\nsteps:{LOOP}", "up to 6m55s (an upper bound)"),
    (
        "severity: ▶P0\nsteps:\n  a: {notify: manager, text: Hm, then: b}\n  b: {wait: 1s, then: engineer}\n",
        "P0",
    ),
    ("severity: ▶SEV-3\nsteps:\n  pause: {wait: 31m, then: engineer}\n", "within 30m"),
]
RIGHT = [
    "severity: SEV-1\nsteps:\n  pause: {wait: 4m, then: engineer}\n",
    "severity: SEV-2\nsteps:\n  pause: {wait: 3h, then: engineer}\n",
    "severity: SEV-1\nsteps:\n  who: {ask: Who?, options: {me: Me}, then: pause}\n  pause: {wait: 9m, then: engineer}\n",
    "steps:\n  pause: {wait: 9h, then: engineer}\n",
    "severity: SEV-1\nsteps:\n  other: {runbook: other, then: {any: engineer}}\n",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_late_page_is_found(text: str, said: str) -> None:
    """With the upper bound and the promise."""
    wrong(RULE, text + LAST, said, catalogue=LEVELS)


@pytest.mark.parametrize("text", RIGHT)
def test_a_page_in_time_is_no_finding(text: str) -> None:
    """By a step, or by the ladder."""
    assert () == found(RULE, text + LAST, catalogue=LEVELS)
