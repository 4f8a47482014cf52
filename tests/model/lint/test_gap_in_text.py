"""Messages and questions with a gap in them."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "gap-in-text"
WRONG = [
    (
        """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, fail: c, unknown: c}}
  b: {check: {http: 'https://x'}, then: {any: c}}
  c: {escalate: engineer, decision: ▶'It answers ${b.status}', then: {any: escalated}}
""",
        "a -> c: 'b' has not run, so ${b.status} is a gap in the text",
    ),
    (
        """
steps:
  a: {ask: ▶'It took ${b.seconds} s. Go on?', options: {go: Go on}, then: b}
  b: {check: {http: 'https://x'}, then: {any: escalated}}
""",
        "a: 'b' has not run",
    ),
    (
        """
steps:
  a: {notify: support, text: ▶'${b.text}', then: {any: b}}
  b: {check: {http: 'https://x'}, then: {any: escalated}}
""",
        "is a gap in the text",
    ),
    (
        """
steps:
  a: {ask: Go on?, options: {go: ▶'Go on with ${b.text}'}, then: b}
  b: {check: {http: 'https://x'}, then: {any: escalated}}
""",
        "is a gap in the text",
    ),
]
RIGHT = [
    """
steps:
  b: {check: {http: 'https://x'}, then: {any: c}}
  c: {escalate: engineer, decision: 'It answers ${b.status}', then: {any: escalated}}
""",
    """
steps: {c: {escalate: engineer, decision: 'Run ${run.id} needs you', then: {any: escalated}}}
""",
    """
steps:
  a: {check: {tcp: 'db:1'}, then: {pass: b, fail: c, unknown: c}}
  b: {check: {http: 'https://x'}, then: {any: d}}
  c: {escalate: engineer, decision: It is away, then: {any: escalated}}
  d: {escalate: engineer, decision: 'It answers ${b.status}', then: {any: escalated}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_text_that_may_have_a_gap_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_text_whose_facts_are_there_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text)
