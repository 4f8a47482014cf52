"""Words that are no operators."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "unknown-operator"
WRONG = [
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶seconds: {lessthan: 5}}}, then: {any: escalated}}}
""",
        "write 'lt'",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶status: {equals: 200}}}, then: {any: escalated}}}
""",
        "'equals' is no operator",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶text: {regex: ok}}}, then: {any: escalated}}}
""",
        "write 'matches'",
    ),
    (
        """
steps: {a: {check: {http: 'https://x', expect: {▶json.n: {gte: 5}}}, then: {any: escalated}}}
""",
        "write 'ge'",
    ),
    (
        """
steps:
  a: {check: {http: 'https://x'}, then: {any: b}}
  b: {decide: [{if: {▶a.seconds: {above: 5}}, go: escalated}], else: aborted}
""",
        "write 'gt'",
    ),
    (
        """
steps:
  a: {check: {http: 'https://x'}, then: {any: b}}
  b: {decide: [{if: {▶a: {is: pass}}, go: escalated}], else: aborted}
""",
        "write 'eq'",
    ),
]
RIGHT = [
    """
steps: {a: {check: {http: 'https://x', expect: {seconds: {lt: 5}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', expect: {json.limits: {max: 5, min: 1}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', expect: {headers: {content-type: text/html}}}, then: {any: escalated}}}
""",
    """
steps: {a: {check: {http: 'https://x', facts: {made: json.made}, expect: {made: {by: us}}}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_word_of_another_tool_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_fields_of_what_has_fields_are_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text)
