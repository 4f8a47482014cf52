"""Steps that nothing leads to."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "unreachable-step"
WRONG = [
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: aborted}
  ▶b: {check: {tcp: 'db:1'}, then: aborted}
""",
        "nothing leads to 'b'",
    ),
    (
        """
steps:
  a:
    parallel: {p: {steps: {x: {wait: 1s, then: pass}, ▶y: {wait: 1s, then: pass}}}}
    then: aborted
""",
        "nothing leads to 'y'",
    ),
    (
        """
start: b
steps:
  ▶a: {check: {tcp: 'db:1'}, then: b}
  b: {check: {tcp: 'db:1'}, then: aborted}
""",
        "nothing leads to 'a'",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: aborted}
  ▶b: {wait: 5s, then: c}
  ▶c: {wait: 5s, then: b}
""",
        "nothing leads to 'c'",
    ),
]
RIGHT = [
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: aborted, fail: b, unknown: aborted}}
  b: {wait: 5s, then: aborted}
""",
    """
otherwise: b
steps:
  a: {check: {tcp: 'db:1'}, then: aborted}
  b: {escalate: engineer, decision: Take over, then: {any: escalated}}
""",
    """
steps:
  a: {decide: [{if: {run.severity: SEV-1}, go: b}], else: aborted}
  b: {wait: 5s, then: aborted}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_step_that_never_runs_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_step_that_some_outcome_leads_to_is_in_order(text: str) -> None:
    """An outcome, a decide's row, or `otherwise`."""
    assert () == found(RULE, text)
