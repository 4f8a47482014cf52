"""Escalations that reach nobody."""

from __future__ import annotations

import pytest

from engine.model.catalogue import Catalogue, Role
from engine.model.lint import Facts
from tests.model.lint.files import found, wrong

RULE = "escalation-dead-end"
FACTS = Facts(
    catalogue=Catalogue(
        roles={"engineer": Role(channel="page"), "manager": Role(channel="page"), "data": Role()}
    )
)
WRONG = [
    (
        """
steps:
  a: {escalate: engineer, decision: Take over, then: {acknowledged: escalated, ▶unanswered: resolved, undelivered: escalated}}
""",
        "nobody has answered, and 'a' ends 'resolved'",
    ),
    (
        """
steps:
  a: {escalate: ▶data, decision: Take over, then: {any: escalated}}
""",
        "the role 'data' has no channel",
    ),
    (
        """
steps:
  a: {escalate: engineer, decision: Take over, visits: 3, then: {acknowledged: escalated, ▶unanswered: a, undelivered: escalated}}
""",
        "pages the same role again",
    ),
    (
        """
steps:
  a:
    escalate: engineer
    decision: Take over
    then: {acknowledged: escalated, unanswered: escalated, ▶undelivered: false-alarm}
""",
        "ends 'false-alarm'",
    ),
]
RIGHT = [
    """
steps:
  a: {escalate: engineer, decision: Take over, then: {any: escalated}}
""",
    """
steps:
  a: {escalate: engineer, decision: Take over, then: {acknowledged: mitigated, unanswered: b, undelivered: b}}
  b: {escalate: manager, decision: Take over, then: {any: escalated}}
""",
    """
steps:
  a: {escalate: engineer, decision: Take over, then: escalated}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_escalation_that_reaches_nobody_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_an_escalation_that_goes_on_to_somebody_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text, FACTS)
