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

LEFT_OPEN = """
severity: SEV-2
▶owner: shop-team
steps:
  look: {check: {tcp: 'shop:443'}, then: {pass: false-alarm}}
"""
ONE = "severities: {SEV-2: {meaning: hurt, respond: 5m, ladder: [{role: oncall, after: 0s}]}}"
TWO = ONE.replace("0s}]", "0s}, {role: lead, after: 5m}]")
NOBODY = [
    (LEFT_OPEN, "", "'shop-team' is paged: no role of the catalogue"),
    (LEFT_OPEN, "roles: {shop-team: {}}", "'shop-team' is paged: a role that no channel reaches"),
    (
        LEFT_OPEN,
        f"roles: {{oncall: {{channel: page}}, shop-team: {{}}}}\n{ONE}",
        "'shop-team' is paged: a role that no channel reaches",
    ),
    (
        LEFT_OPEN.replace("▶owner: shop-team\n", "").replace("severity", "▶severity"),
        "",
        "'owner' is paged: no role",
    ),
    (
        """
steps:
  a: {escalate: ▶engineer, decision: Take over, then: {any: escalated}}
""",
        "",
        "the catalogue has no role 'engineer'",
    ),
]
SOMEBODY = [
    (LEFT_OPEN, "roles: {shop-team: {channel: page}}"),
    (
        LEFT_OPEN,
        f"roles: {{oncall: {{channel: page}}, lead: {{channel: page}}, shop-team: {{}}}}\n{TWO}",
    ),
    (LEFT_OPEN.replace("then: {pass: false-alarm}", "then: {pass: false-alarm, any: escalated}"), ""),
    (LEFT_OPEN.replace("steps:", "otherwise: escalated\nsteps:"), ""),
]


def shared(text: str) -> str:
    """Return a catalogue that a workspace could run with."""
    pages = "channels: {page: {type: webhook, url: 'https://desk.example/page'}}"
    return f"environments: {{production: {{title: Production}}}}\n{pages}\n{text}\n"


@pytest.mark.parametrize(("text", "catalogue", "said"), NOBODY)
def test_what_is_paged_by_default_and_is_nobody_is_found(text: str, catalogue: str, said: str) -> None:
    """The built-in `otherwise` pages the ladder but for the operator, else the owner, else the word itself."""
    wrong(RULE, text, said, catalogue=shared(catalogue))


@pytest.mark.parametrize(("text", "catalogue"), SOMEBODY)
def test_what_is_paged_by_default_and_is_somebody_is_in_order(text: str, catalogue: str) -> None:
    """A ladder with somebody beside the operator, an owner with a channel, or nothing left open."""
    assert () == found(RULE, text.replace("▶", ""), catalogue=shared(catalogue))


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_escalation_that_reaches_nobody_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_an_escalation_that_goes_on_to_somebody_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text, FACTS)
