"""Changes after which nobody looks."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "unverified-change"
WRONG = [
    (
        """
steps:
  both:
    parallel:
      acts: {steps: {▶a: {action: {http: 'https://x', irreversible: sent}, then: pass}}}
      looks: {steps: {b: {check: {tcp: 'db:1'}, then: pass}}}
    then: {pass: mitigated, any: escalated}
""",
        "after the change 'a' a path ends 'mitigated'",
    ),
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, then: both}
  both:
    parallel:
      one: {steps: {b: {notify: support, text: Done, then: {any: pass}}}}
      two: {steps: {c: {wait: 5s, then: pass}}}
    then: {any: mitigated}
""",
        "a path ends 'mitigated' without a look",
    ),
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, then: b}
  b: {wait: 5s, then: mitigated}
""",
        "a path ends 'mitigated' without a look",
    ),
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, then: resolved}
""",
        "a path ends 'resolved' without a look",
    ),
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, then: b}
  b: {decide: [{if: {a.outcome: done}, go: c}], else: escalated}
  c: {notify: support, text: Done, then: {any: mitigated}}
""",
        "without a look",
    ),
]
RIGHT = [
    """
steps:
  both:
    parallel:
      acts:
        steps:
          a: {action: {http: 'https://x', irreversible: sent}, then: b}
          b: {check: {tcp: 'db:1'}, then: pass}
    then: {pass: mitigated, any: escalated}
""",
    """
steps:
  a: {action: {http: 'https://x', irreversible: sent}, then: b}
  b: {check: {tcp: 'db:1'}, then: {any: mitigated}}
""",
    "steps: {a: {action: {http: 'https://x', effect: read}, then: mitigated}}",
    "steps: {a: {action: {http: 'https://x', irreversible: sent}, then: escalated}}",
    """
steps:
  a: {action: {http: 'https://x', irreversible: sent}, then: b}
  b: {ask: Is it well?, options: {well: It is}, then: mitigated}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_change_that_nobody_looks_at_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_change_that_somebody_looks_at_is_in_order(text: str) -> None:
    """The engine or a person; and a run that hands over claims nothing."""
    assert () == found(RULE, text)
