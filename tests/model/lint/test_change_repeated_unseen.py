"""Changes that are done again without a look."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "change-repeated-unseen"
WRONG = [
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, visits: 2, then: {done: escalated, failed: a}}
""",
        "a -> a: 'a' is done again",
    ),
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, visits: 3, then: {done: b, failed: b}}
  b: {wait: 5s, visits: 3, then: a}
""",
        "a -> b -> a",
    ),
    (
        """
steps:
  ▶a: {action: {http: 'https://x', irreversible: sent}, visits: 2, then: {done: escalated, failed: b}}
  b: {notify: support, text: Once more, visits: 2, then: {any: c}}
  c: {decide: [{if: {run.severity: SEV-1}, go: a}], else: escalated}
""",
        "a -> b -> c -> a",
    ),
    (
        """
steps:
  p:
    parallel:
      one: {steps: {▶a: {action: {http: 'https://x', irreversible: sent}, then: pass}}}
      two: {steps: {b: {check: {tcp: 'db:1'}, then: {any: pass}}}}
    visits: 2
    then: {pass: escalated, any: c}
  c: {wait: 5s, visits: 2, then: p}
""",
        "p -> c -> p: 'a' is done again",
    ),
    (
        """
steps:
  p:
    parallel:
      one:
        steps:
          q:
            parallel: {two: {steps: {▶a: {action: {http: 'https://x', irreversible: sent}, then: {any: fail}}}}}
            visits: 2
            then: {pass: pass, any: q}
    then: {any: escalated}
""",
        "q -> q: 'a' is done again",
    ),
]
RIGHT = [
    """
steps:
  a: {action: {http: 'https://x', irreversible: sent, repeatable: true}, visits: 2, then: {done: escalated, failed: a}}
""",
    """
steps:
  a: {action: {http: 'https://x', irreversible: sent}, visits: 2, then: {done: escalated, failed: b}}
  b: {check: {tcp: 'db:1'}, visits: 2, then: {pass: escalated, fail: a, unknown: escalated}}
""",
    """
steps:
  a: {action: {http: 'https://x', irreversible: sent}, then: {done: escalated, failed: a, limit: escalated}}
""",
    """
steps:
  p:
    parallel:
      one:
        steps:
          b: {check: {tcp: 'db:1'}, then: {any: a}}
          a: {action: {http: 'https://x', irreversible: sent}, then: pass}
    visits: 2
    then: {pass: escalated, any: p}
""",
    """
steps:
  p:
    parallel:
      one:
        steps:
          a: {action: {http: 'https://x', irreversible: sent}, then: {any: b}}
          b: {check: {tcp: 'db:1'}, then: {any: pass}}
    visits: 2
    then: {pass: escalated, any: p}
""",
    """
steps:
  p:
    parallel: {one: {steps: {a: {action: {http: 'https://x', irreversible: sent}, then: pass}}}}
    visits: 2
    then: {pass: escalated, any: c}
  c: {check: {tcp: 'db:1'}, visits: 2, then: {pass: escalated, any: p}}
""",
    """
steps:
  p:
    parallel: {one: {steps: {a: {action: {http: 'https://x', irreversible: sent}, then: pass}}}}
    then: {pass: escalated, any: c}
  c: {wait: 5s, then: p}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_change_that_is_tried_again_blindly_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_change_that_may_be_repeated_or_is_looked_at_is_in_order(text: str) -> None:
    """Nor is one that may be visited once."""
    assert () == found(RULE, text)
