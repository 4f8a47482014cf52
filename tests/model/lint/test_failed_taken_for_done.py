"""Changes that failed, where the run goes on as if they had been done."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "failed-taken-for-done"
ACT = "action: {http: 'https://x', irreversible: sent}"
WRONG = [
    (
        f"""
steps:
  a: {{{ACT}, then: {{done: b, ▶failed: mitigated}}}}
  b: {{check: {{tcp: 'db:1'}}, then: {{pass: mitigated, any: escalated}}}}
""",
        "a -> mitigated: 'a' ended failed",
    ),
    (
        f"""
steps:
  a: {{{ACT}, then: {{done: b, ▶failed: b}}}}
  b: {{check: {{tcp: 'db:1'}}, then: {{pass: mitigated, any: mitigated}}}}
""",
        "a -> b -> mitigated",
    ),
    (
        f"""
steps:
  a: {{{ACT}, then: {{done: b, ▶failed: b}}}}
  b: {{wait: {{until: {{tcp: 'db:1'}}, limit: 5m, recovery: true}}, then: {{held: resolved, limit: resolved}}}}
""",
        "a -> b -> resolved",
    ),
    (
        f"""
steps:
  a: {{{ACT}, then: {{done: b, ▶failed: t}}}}
  t: {{notify: support, text: It did not work, then: {{any: false-alarm}}}}
  b: {{check: {{tcp: 'db:1'}}, then: {{pass: mitigated, any: escalated}}}}
""",
        "a -> t -> false-alarm",
    ),
    (
        f"""
steps:
  p: {{parallel: {{b: {{steps: {{a: {{{ACT}, then: {{done: pass, ▶failed: pass}}}}}}}}}}, then: escalated}}
""",
        "a -> pass",
    ),
]
RIGHT = [
    f"steps: {{a: {{{ACT}, then: {{done: mitigated, failed: escalated}}}}}}",
    f"""
steps:
  a: {{{ACT}, then: {{done: b, failed: b}}}}
  b: {{wait: {{until: {{tcp: 'db:1'}}, limit: 5m, recovery: true}}, then: {{held: resolved, limit: escalated}}}}
""",
    f"""
steps:
  a: {{{ACT}, then: {{done: b, failed: b}}}}
  b: {{check: {{tcp: 'db:1'}}, then: {{pass: mitigated, any: escalated}}}}
""",
    f"""
steps:
  a: {{{ACT}, then: {{done: mitigated, failed: q}}}}
  q: {{ask: Is it well?, options: {{well: It is, ill: It is not}}, then: {{well: mitigated, any: escalated}}}}
""",
    "steps: {a: {action: {http: 'https://x', method: GET, effect: read}, then: {done: mitigated, failed: mitigated}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_failed_change_that_ends_well_is_found(text: str, said: str) -> None:
    """Directly, behind a look that cannot fail, behind a message, in a branch."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_failed_change_is_in_order_where_somebody_looks(text: str) -> None:
    """What looks can fail, or is a person; and a read changes nothing that could be half done."""
    assert () == found(RULE, text)
