"""Alerts that no rule raises."""

from __future__ import annotations

import pytest

from engine.model.lint import Facts
from tests.model.lint.files import found, wrong

RULE = "trigger-without-rule"
FACTS = Facts(alert_rules=frozenset({"ShopDown"}))
WRONG = [
    (
        """
triggers: [{alert: ▶ShopDwon}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "did you mean 'ShopDown'?",
    ),
    (
        """
triggers: [{alert: ShopDown}, {alert: ▶DatabaseAway}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "no alert rule is called 'DatabaseAway'",
    ),
    (
        """
triggers: [{alert: ▶shopdown}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "no alert rule",
    ),
]
RIGHT = [
    """
triggers: [{alert: ShopDown}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
triggers: [{alert: Mine, expr: 'up == 0'}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
triggers: [{alert: Called, why: a customer phones}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_alert_without_a_rule_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_an_alert_with_a_rule_or_a_reason_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text, FACTS)
