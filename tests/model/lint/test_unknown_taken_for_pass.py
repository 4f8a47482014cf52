"""Unknown that counts as a pass."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "unknown-taken-for-pass"
WRONG = [
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, ▶unknown: false-alarm, fail: escalated}}
  b: {notify: support, text: All is well, then: {any: false-alarm}}
""",
        "a -> false-alarm: 'a' could not look",
    ),
    (
        """
steps: {a: {check: {tcp: 'db:1'}, then: {pass: false-alarm, ▶unknown: false-alarm, fail: escalated}}}
""",
        "a -> false-alarm: 'a' could not look",
    ),
    (
        """
steps:
  a: {checks: {one: {tcp: 'db:1'}}, then: {pass: b, ▶unknown: b, fail: escalated}}
  b: {action: {http: 'https://x', irreversible: sent}, then: escalated}
""",
        "a -> b: 'a' could not look",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, ▶unknown: b, fail: escalated}}
  b: {notify: support, text: All is well, then: {any: mitigated}}
""",
        "a -> b -> mitigated",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {any: b}}
  b: {decide: [{if: {▶a: {ne: fail}}, go: false-alarm}], else: escalated}
""",
        "holds where nobody could look",
    ),
    (
        """
steps:
  a: {checks: {one: {tcp: 'db:1'}}, then: {any: b}}
  b: {decide: [{if: {▶a.one: {not: fail}}, go: false-alarm}], else: escalated}
""",
        "'a.one'",
    ),
    (
        "steps: {a: {check: {tcp: 'db:1'}, then: {pass: escalated, fail: false-alarm, ▶unknown: false-alarm}}}",
        "'a' could not look, and it goes on as if all were well",
    ),
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: escalated, fail: b, ▶unknown: b}}
  b: {notify: support, text: Nothing is left, then: {any: mitigated}}
""",
        "a -> b -> mitigated",
    ),
]
RIGHT = [
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: escalated, fail: b, unknown: b}}
  b: {check: {tcp: 'db:2'}, then: {pass: false-alarm, fail: escalated, unknown: escalated}}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: false-alarm, unknown: b, fail: b}}
  b: {notify: support, text: Look at it tomorrow, then: {any: mitigated}}
""",
    """
steps: {a: {check: {tcp: 'db:1'}, then: {pass: false-alarm, unknown: escalated, fail: escalated}}}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {any: b}}
  b: {decide: [{if: {a: pass}, go: false-alarm}, {if: {a: {in: [fail, unknown]}}, go: escalated}], else: escalated}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, unknown: b, fail: escalated}}
  b: {check: {tcp: 'db:2'}, then: {pass: false-alarm, fail: escalated, unknown: escalated}}
""",
    """
steps:
  a: {wait: {until: {tcp: 'db:1'}, recovery: true}, then: b}
  b: {check: {tcp: 'db:2'}, then: {pass: resolved, unknown: resolved, fail: escalated}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_unknown_that_goes_on_as_a_pass_is_found(text: str, said: str) -> None:
    """To a good end, to a change, or in a condition."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_an_unknown_with_a_way_of_its_own_is_in_order(text: str) -> None:
    """So is one that is looked at again, and one after the proof of recovery."""
    assert () == found(RULE, text)
