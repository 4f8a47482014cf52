"""Changes in branches that may be dropped."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "change-in-race"
WRONG = [
    (
        """
steps:
  a:
    parallel: {p: {steps: {▶x: {action: {http: 'https://x', irreversible: sent}, then: pass}}}}
    until: first
    then: {any: escalated}
""",
        "may be dropped",
    ),
    (
        """
steps:
  a: {parallel: {p: {steps: {▶x: {undo: all, then: pass}}}}, until: any, then: escalated}
""",
        "until: any",
    ),
    (
        """
steps:
  a:
    parallel: {p: {steps: {▶x: {runbook: other, then: {any: pass}}}}}
    until: first
    then: {any: escalated}
""",
        "'x' may change",
    ),
    (
        """
steps:
  a:
    parallel:
      p:
        steps:
          y: {parallel: {q: {steps: {▶x: {undo: all, then: pass}}}}, then: pass}
    until: first
    then: {any: escalated}
""",
        "'x' may change",
    ),
]
RIGHT = [
    """
steps:
  a:
    parallel: {p: {steps: {x: {action: {http: 'https://x', irreversible: sent}, then: pass}}}}
    then: escalated
""",
    """
steps:
  a: {parallel: {p: {steps: {x: {check: {tcp: 'db:1'}, then: pass}}}}, until: first, then: {any: escalated}}
""",
    """
steps:
  a:
    parallel: {p: {steps: {x: {action: {http: 'https://x', effect: read}, then: pass}}}}
    until: any
    then: {any: escalated}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_change_that_may_be_dropped_is_found(text: str, said: str) -> None:
    """However deep it stands, and whatever step makes it."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_branch_that_is_waited_for_or_only_reads_is_in_order(text: str) -> None:
    """Reads can be cancelled; all branches are waited for."""
    assert () == found(RULE, text)
