"""Phases whose budget is over before their steps are, on a good day."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "phase-beyond-budget"
LOOK = "check: {http: 'https://x', timeout: 20s}"
WRONG = [
    (
        f"""
budgets: {{▶diagnose: 30s}}
steps:
  a: {{{LOOK}, then: {{pass: b, any: escalated}}}}
  b: {{{LOOK}, then: {{pass: false-alarm, any: escalated}}}}
""",
        "a -> b: where all goes well this may take 40s, and the budget of diagnose is 30s",
    ),
    (
        f"""
budgets: {{diagnose: 1m, ▶mitigate: 70s}}
steps:
  a: {{{LOOK}, then: {{pass: false-alarm, any: b}}}}
  b: {{phase: mitigate, action: {{http: 'https://x', irreversible: r}}, then: {{done: c, any: escalated}}}}
  c: {{{LOOK}, then: {{pass: mitigated, any: escalated}}}}
""",
        "b -> c",
    ),
    (
        f"""
budgets: {{▶diagnose: 1m}}
steps:
  a: {{{LOOK}, then: {{pass: p, any: escalated}}}}
  p:
    parallel: {{b: {{steps: {{x: {{{LOOK}, then: {{pass: y, any: fail}}}}, y: {{{LOOK}, then: pass}}}}}}}}
    then: {{pass: c, any: escalated}}
  c: {{{LOOK}, then: {{pass: false-alarm, any: escalated}}}}
""",
        "may take 1m20s",
    ),
    (
        f"""
budgets: {{▶diagnose: 30s}}
steps:
  a: {{{LOOK}, visits: 3, then: {{pass: b, any: a}}}}
  b: {{decide: [{{if: {{a: pass}}, go: c}}], else: escalated}}
  c: {{{LOOK}, then: {{pass: false-alarm, any: escalated}}}}
""",
        "may take 40s",
    ),
]
RIGHT = [
    WRONG[0][0].replace("▶diagnose: 30s", "diagnose: 40s"),
    WRONG[0][0].replace("budgets: {▶diagnose: 30s}", "severity: SEV-1"),
    f"""
budgets: {{diagnose: 30s}}
steps:
  a: {{{LOOK}, visits: 5, then: {{pass: a, any: escalated}}}}
""",
    f"""
budgets: {{diagnose: 30s}}
steps:
  a: {{{LOOK}, then: {{pass: false-alarm, any: b}}}}
  b: {{{LOOK}, then: {{pass: false-alarm, any: escalated}}}}
""",
    f"""
budgets: {{diagnose: 30s}}
steps:
  a: {{{LOOK}, then: {{pass: b, any: escalated}}}}
  b: {{wait: 25s, why: The cache lives so long, then: escalated}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_budget_that_a_good_day_exceeds_is_found(text: str, said: str) -> None:
    """At the budget, with the steps on the way; branches count with their steps."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_budget_is_in_order_where_a_good_day_holds_it(text: str) -> None:
    """Bad answers, visits again, and a wait that says what takes so long are not counted."""
    assert () == found(RULE, text)
