"""Changes before anybody has looked."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "change-before-diagnosis"
WRONG = [
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, then: b}
  b: {check: {tcp: 'db:1'}, then: {any: escalated}}
""",
        "a: this changes something before anybody has looked",
    ),
    (
        """
steps:
  a: {wait: 5s, then: b}
  b: {notify: support, text: We restart it, then: {any: c}}
  ▶c: {action: {http: 'https://x', irreversible: sent}, then: escalated}
""",
        "a -> b -> c",
    ),
    (
        """
steps:
  a: {decide: [{if: {run.severity: SEV-1}, go: c}], else: b}
  b: {check: {tcp: 'db:1'}, then: {any: c}}
  ▶c: {action: {http: 'https://x', irreversible: sent}, then: escalated}
""",
        "a -> c",
    ),
    (
        """
steps:
  p: {parallel: {b: {steps: {▶a: {action: {http: 'https://x', irreversible: sent}, then: pass}}}}, then: escalated}
""",
        "this changes something",
    ),
]
RIGHT = [
    """
steps:
  outer:
    parallel:
      one:
        steps:
          look: {check: {tcp: 'db:1'}, then: inner}
          inner:
            parallel: {deep: {steps: {a: {action: {http: 'https://x', irreversible: sent}, then: pass}}}}
            then: {any: pass}
    then: {any: escalated}
""",
    """
steps:
  b: {check: {tcp: 'db:1'}, then: {any: a}}
  a: {action: {http: 'https://x', irreversible: sent}, then: escalated}
""",
    """
steps:
  b: {ask: Shall it be done?, options: {yes-please: Yes}, then: a}
  a: {action: {http: 'https://x', irreversible: sent}, then: escalated}
""",
    """
steps:
  b: {check: {tcp: 'db:1'}, then: {any: p}}
  p: {parallel: {b: {steps: {a: {action: {http: 'https://x', irreversible: sent}, then: pass}}}}, then: escalated}
""",
    "steps: {a: {action: {http: 'https://x', effect: read}, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_change_that_comes_first_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_change_behind_a_look_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text)
