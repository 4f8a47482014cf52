"""Facts that are used before they are there."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "fact-before-its-check"
WRONG = [
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, fail: c, unknown: escalated}}
  b: {check: {http: 'https://x', facts: {id: json.id}}, then: {any: c}}
  c: {▶action: {http: 'https://x/${b.id}', irreversible: sent}, then: escalated}
""",
        "a -> c: 'b' has not run, so ${b.id} has no value",
    ),
    (
        """
steps:
  a: {▶check: {http: 'https://x/${b.json.id}'}, then: {any: b}}
  b: {check: {http: 'https://x'}, then: {any: escalated}}
""",
        "a: 'b' has not run",
    ),
    (
        """
steps:
  a: {decide: [{if: {▶b.seconds: {gt: 1}}, go: b}, {if: {▶b.status: 500}, go: b}], else: b}
  b: {check: {http: 'https://x'}, then: {any: escalated}}
""",
        "'b' never runs before 'a'",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, fail: p, unknown: escalated}}
  b: {check: {http: 'https://x'}, then: {any: p}}
  p:
    parallel: {one: {steps: {x: {▶check: {http: 'https://x/${b.json.id}'}, then: {any: pass}}}}}
    then: escalated
""",
        "a -> p: 'b' has not run",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, fail: c, unknown: escalated}}
  b: {check: {http: 'https://x', facts: {ids: json.ids}}, then: {any: c}}
  c: {action: {http: 'https://x/${each}', irreversible: sent}, ▶for_each: '${b.ids}', then: escalated}
""",
        "${b.ids} has no value",
    ),
]
RIGHT = [
    """
steps:
  b: {check: {http: 'https://x', facts: {id: json.id}}, then: {any: c}}
  c: {action: {http: 'https://x/${b.id}', irreversible: sent}, then: escalated}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, fail: d, unknown: escalated}}
  b: {check: {http: 'https://x', facts: {id: json.id}}, then: {any: d}}
  d: {decide: [{if: {b.id: {exists: true}}, go: c}], else: escalated}
  c: {action: {http: 'https://x/${b.id}', irreversible: sent}, then: escalated}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, visits: 3, then: {any: d}}
  d: {decide: [{if: {b.status: 200}, go: escalated}], else: b}
  b: {check: {http: 'https://x'}, visits: 3, then: {any: a}}
""",
    """
steps:
  a: {decide: [{if: {b.outcome: {exists: false}}, go: b}], else: b}
  b: {check: {http: 'https://x'}, then: {any: escalated}}
""",
    """
steps:
  b: {check: {http: 'https://x'}, then: {any: p}}
  p:
    parallel: {one: {steps: {x: {check: {http: 'https://x/${b.json.id}'}, then: {any: pass}}}}}
    then: escalated
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_fact_that_may_not_be_there_is_found(text: str, said: str) -> None:
    """With a shortest path on which its step has not run."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_fact_that_is_there_on_every_path_is_in_order(text: str) -> None:
    """So is one on which a decide has made sure of it, or asks whether it is there."""
    assert () == found(RULE, text)
