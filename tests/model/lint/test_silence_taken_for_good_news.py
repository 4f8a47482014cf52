"""Questions that nobody answered, where the run ends as if all were well."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "silence-taken-for-good-news"
ASK = "ask: Is it well?, options: {well: It is, ill: It is not}, timeout: 5m"
CHANGE = "action: {http: 'https://x.example', method: POST, irreversible: sent}, then: {any: escalated}"
WRONG = [
    (
        f"steps: {{a: {{{ASK}, then: {{well: false-alarm, ill: escalated, ▶timeout: false-alarm}}}}}}",
        "a -> false-alarm",
    ),
    (
        f"""
steps:
  a: {{{ASK}, then: {{well: b, ill: escalated, ▶timeout: b}}}}
  b: {{notify: support, text: All is well, then: {{any: mitigated}}}}
""",
        "a -> b -> mitigated: nobody answered 'a'",
    ),
    (
        f"""
steps:
  a: {{{ASK}, then: {{well: mitigated, ill: escalated, ▶timeout: e}}}}
  e: {{escalate: engineer, decision: Look, then: {{acknowledged: escalated, any: mitigated}}}}
""",
        "a -> e -> mitigated",
    ),
    (
        f"""
steps:
  p: {{parallel: {{b: {{steps: {{a: {{{ASK}, then: {{well: pass, ill: fail, ▶timeout: pass}}}}}}}}}}, then: escalated}}
""",
        "a -> pass",
    ),
    (
        f"""
steps:
  a: {{{ASK}, then: {{well: false-alarm, ill: c, ▶timeout: c}}}}
  c: {{{CHANGE}}}
""",
        "a -> c: nobody answered 'a', and 'c' changes the system",
    ),
    (
        f"""
steps:
  a: {{{ASK}, then: {{well: false-alarm, ill: c, ▶timeout: n}}}}
  n: {{notify: support, text: We restart, then: {{any: c}}}}
  c: {{{CHANGE}}}
""",
        "a -> n -> c",
    ),
]
RIGHT = [
    f"""
steps:
  a: {{{ASK}, why: A restart loses nothing, then: {{well: false-alarm, ill: c, timeout: c}}}}
  c: {{{CHANGE}}}
""",
    f"""
steps:
  a: {{{ASK}, then: {{well: false-alarm, ill: c, timeout: b}}}}
  b: {{check: {{tcp: 'db:1'}}, then: {{pass: false-alarm, any: c}}}}
  c: {{{CHANGE}}}
""",
    f"""
steps:
  a: {{{ASK}, then: {{well: false-alarm, ill: c, timeout: e}}}}
  e: {{escalate: engineer, decision: Restart?, then: {{acknowledged: c, any: escalated}}}}
  c: {{{CHANGE}}}
""",
    f"""
steps:
  a: {{{ASK}, then: {{well: false-alarm, ill: c, timeout: c}}}}
  c: {{runbook: other, then: {{any: escalated}}}}
""",
    f"steps: {{a: {{{ASK}, then: {{well: false-alarm, ill: escalated, timeout: escalated}}}}}}",
    f"""
steps:
  a: {{{ASK}, then: {{well: b, ill: escalated, timeout: b}}}}
  b: {{check: {{tcp: 'db:1'}}, then: {{pass: mitigated, any: escalated}}}}
""",
    f"""
steps:
  a: {{{ASK}, then: {{well: mitigated, ill: escalated, timeout: e}}}}
  e: {{escalate: engineer, decision: Look, then: {{acknowledged: mitigated, any: escalated}}}}
""",
    f"""
steps:
  w: {{wait: {{until: {{tcp: 'db:1'}}, limit: 5m, recovery: true}}, then: {{held: a, limit: escalated}}}}
  a: {{{ASK}, then: {{well: resolved, ill: escalated, timeout: resolved}}}}
""",
    "steps: {a: {ask: Is it well?, options: {well: It is}, then: {any: false-alarm}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_timeout_that_ends_well_or_changes_something_is_found(text: str, said: str) -> None:
    """Directly, behind a message, behind a page that nobody took, in a branch."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_timeout_is_in_order_where_somebody_sees_to_it(text: str) -> None:
    """Who took the page, what looks; after a proven recovery, with a reason, and without a time there is none."""
    assert () == found(RULE, text)
