"""Waits whose limit ends the run as if what they waited for had come."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "limit-taken-for-good-news"
WAIT = "wait: {until: {tcp: 'db:1'}, limit: 5m}"
RECOVERED = "r: {wait: {until: {tcp: 'db:1'}, limit: 5m, recovery: true}, then: {held: w, limit: escalated}}"
WRONG = [
    (f"steps: {{w: {{{WAIT}, then: {{held: mitigated, ▶limit: mitigated}}}}}}", "w -> mitigated"),
    (
        f"""
steps:
  w: {{{WAIT}, then: {{held: mitigated, ▶limit: n}}}}
  n: {{notify: support, text: It is over, then: {{any: false-alarm}}}}
""",
        "w -> n -> false-alarm: what 'w' waited for did not come",
    ),
    (
        f"""
steps:
  w: {{{WAIT}, then: {{held: mitigated, ▶limit: n}}}}
  n: {{notify: support, text: It is uneven, then: {{any: mitigated}}}}
""",
        "w -> n -> mitigated",
    ),
    (
        f"""
steps:
  w: {{{WAIT}, then: {{held: mitigated, ▶limit: e}}}}
  e: {{escalate: engineer, decision: Look, then: {{acknowledged: escalated, any: resolved}}}}
""",
        "w -> e -> resolved",
    ),
    (
        f"steps: {{{RECOVERED}, w: {{{WAIT}, then: {{held: resolved, ▶limit: false-alarm}}}}}}",
        "w -> false-alarm",
    ),
    (
        f"""
steps:
  p: {{parallel: {{b: {{steps: {{w: {{{WAIT}, then: {{held: pass, ▶limit: pass}}}}}}}}}}, then: escalated}}
""",
        "w -> pass",
    ),
]
RIGHT = [
    f"steps: {{w: {{{WAIT}, then: {{held: mitigated, limit: escalated}}}}}}",
    f"""
steps:
  w: {{{WAIT}, then: {{held: mitigated, limit: b}}}}
  b: {{check: {{tcp: 'db:1'}}, then: {{pass: mitigated, any: escalated}}}}
""",
    f"""
steps:
  w: {{{WAIT}, then: {{held: mitigated, limit: again}}}}
  again: {{{WAIT}, then: {{held: mitigated, limit: escalated}}}}
""",
    f"""
steps:
  w: {{{WAIT}, then: {{held: mitigated, limit: n}}}}
  n: {{notify: support, text: It is uneven, then: {{sent: mitigated, undelivered: escalated}}}}
""",
    f"""
steps:
  w: {{{WAIT}, then: {{held: mitigated, limit: e}}}}
  e: {{escalate: engineer, decision: Look, then: {{acknowledged: mitigated, any: escalated}}}}
""",
    f"steps: {{{RECOVERED}, w: {{{WAIT}, then: {{held: resolved, limit: resolved}}}}}}",
    "steps: {w: {wait: 5m, then: {held: false-alarm, limit: escalated}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_limit_that_ends_well_is_found(text: str, said: str) -> None:
    """Directly, behind a message that may not get through, behind a page that nobody took, in a branch."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_limit_is_in_order_where_nobody_takes_it_for_good(text: str) -> None:
    """Another look, a person who knows, a recovery that was proved before; a pause has nothing to miss."""
    assert () == found(RULE, text)
