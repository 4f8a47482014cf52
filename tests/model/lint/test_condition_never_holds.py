"""Conditions that no value can meet."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "condition-never-holds"
WRONG = [
    (
        """
steps:
  a: {ask: Well?, options: {loud: They do}, then: b}
  b: {decide: [{if: {▶a.answer: louder}, go: escalated}], else: aborted}
""",
        "did you mean 'loud'?",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {any: b}}
  b: {decide: [{if: {▶a: passed}, go: escalated}], else: aborted}
""",
        "it is one of pass, fail, unknown",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶seconds: {gt: 5, lt: 2}}}, then: {any: escalated}}}
""",
        "can never hold",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶status: 20}}, then: {any: escalated}}}
""",
        "'status'",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶stauts: 200}}, then: {any: escalated}}}
""",
        "did you mean 'status'?",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶seconds: {lt: fast}}}, then: {any: escalated}}}
""",
        "can never hold",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶edge: 'true'}}, then: {any: escalated}}}
""",
        "it is one of true, false",
    ),
    (
        """
steps:
  a: {action: {http: 'https://x', irreversible: sent}, then: b}
  b: {decide: [{if: {▶a.outcome: success}, go: escalated}], else: aborted}
""",
        "it is one of done, failed",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶json.n: {in: []}}}, then: {any: escalated}}}
""",
        "can never hold",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶json.n: {between: [9, 1]}}}, then: {any: escalated}}}
""",
        "can never hold",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶json.n: {eq: 5, lt: 5}}}, then: {any: escalated}}}
""",
        "can never hold",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶json.n: {len: {lt: 0}}}}, then: {any: escalated}}}
""",
        "can never hold",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶json.n: {exists: false, lt: 5}}}, then: {any: escalated}}}
""",
        "can never hold",
    ),
]
RIGHT = [
    """
steps: {a: {check: {http: 'https://x', expect: {seconds: {lt: 500ms}, status: {in: [200, 204]}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', expect: {json.n: {ge: 5, lt: 10, le: 5}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', expect: {json.n: {eq: 5, in: [4, 5]}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', expect: {json.n: {exists: false}, edge: true}}, then: {any: escalated}}}
""",
    """
steps:
  a: {ask: Well?, options: {loud: They do}, timeout: 5m, then: {loud: b, timeout: b}}
  b: {decide: [{if: {a.answer: timeout}, go: escalated}, {if: {a.outcome: loud}, go: aborted}], else: aborted}
""",
    """
inputs: {most: {title: Most, default: 5}}
steps: {a: {check: {http: 'https://x', expect: {json.n: {lt: '${inputs.most}'}}}, then: {any: escalated}}}
""",
    """
steps:
  a: {action: {http: 'https://x', irreversible: sent}, then: {done: b, failed: b, skipped: b}}
  b: {decide: [{if: {a.outcome: skipped}, go: escalated}], else: aborted}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_no_value_meets_is_found(text: str, said: str) -> None:
    """An answer that is none, bounds the wrong way round, a fact that is not there."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_what_some_value_meets_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text)
