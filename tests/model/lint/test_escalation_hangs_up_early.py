"""Escalations that wait for somebody in their own time as for somebody on call."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "escalation-hangs-up-early"
CATALOGUE = """
roles:
  engineer: {channel: page}
  manager: {channel: page, within: 15m}
  data: {channel: room, within: 30m}
  support: {channel: room, within: 5m}
  nobody: {within: 1h}
channels: {page: {type: webhook, url: 'https://x'}, room: {type: webhook, url: 'https://y'}}
severities:
  SEV-1: {meaning: down, respond: 5m, ladder: [{role: engineer, after: 0s}, {role: manager, after: 15m}]}
"""
WRONG = [
    (
        "steps: {a: {escalate: ▶data, decision: D, then: {any: escalated}}}",
        "'a' waits 5m for data, who is on no ladder and has 30m to answer",
    ),
    (
        "steps: {a: {escalate: ▶data, decision: D, within: 300s, then: {any: escalated}}}",
        "say 'within' how long",
    ),
    (
        """
steps:
  a: {escalate: engineer, decision: D, then: {acknowledged: escalated, any: b}}
  b: {escalate: ▶data, decision: D, then: {any: escalated}}
""",
        "'b' waits 5m for data",
    ),
    (
        "steps: {a: {escalate: ▶manager, decision: D, then: {any: escalated}}}",
        "'a' waits 5m for manager, who has 15m to answer",
    ),
]
RIGHT = [
    "steps: {a: {escalate: data, decision: D, within: 30m, then: {any: escalated}}}",
    "steps: {a: {escalate: data, decision: D, within: 10m, then: {any: escalated}}}",
    "steps: {a: {escalate: manager, decision: D, within: 5m, then: {any: escalated}}}",
    "steps: {a: {escalate: engineer, decision: D, then: {any: escalated}}}",
    "steps: {a: {escalate: support, decision: D, then: {any: escalated}}}",
    "steps: {a: {notify: data, text: T, then: escalated}}",
    "steps: {a: {escalate: nobody, decision: D, then: {any: escalated}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_escalation_that_gives_up_before_the_role_must_answer_is_found(text: str, said: str) -> None:
    """With how long the role has."""
    wrong(RULE, text, said, catalogue=CATALOGUE)


@pytest.mark.parametrize("text", RIGHT)
def test_a_time_that_somebody_chose_or_a_role_on_call_is_in_order(text: str) -> None:
    """And a role without a channel is another rule's."""
    assert () == found(RULE, text, catalogue=CATALOGUE)


def test_where_nobody_is_on_a_ladder_nobody_is_known_to_be_on_call() -> None:
    """A workspace without ladders is not told of them."""
    without = CATALOGUE.partition("severities")[0]
    assert () == found(RULE, WRONG[0][0].replace("▶", ""), catalogue=without)
