"""Alerts that two runbooks claim."""

from __future__ import annotations

import pytest

from engine.model.lint import Facts
from engine.model.runbook import Runbook, Trigger
from tests.model.lint.files import found, wrong

RULE = "alert-claimed-twice"
FACTS = Facts(
    runbooks={
        "shop-down": Runbook(
            runbook="shop-down",
            title="The shop is down",
            steps={},
            triggers=(Trigger(alert="ShopDown"), Trigger(alert="ShopSlow")),
        )
    }
)
WRONG = [
    (
        """
triggers: [{alert: ▶ShopDown}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "claimed by shop-down too",
    ),
    (
        """
triggers: [{alert: Mine}, {alert: ▶Mine}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "is given twice",
    ),
    (
        """
triggers: [{alert: Mine}, {alert: ▶ShopSlow, expr: 'up == 0'}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
        "claimed by shop-down too",
    ),
]
RIGHT = [
    """
triggers: [{alert: Mine}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    """
runbook: shop-down
triggers: [{alert: ShopDown}]
steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}
""",
    "steps: {a: {check: {tcp: 'db:1'}, then: {any: escalated}}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_an_alert_with_two_runbooks_is_found(text: str, said: str) -> None:
    """Each at its place, with what to do."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_an_alert_of_one_runbook_is_in_order(text: str) -> None:
    """No rule speaks without need."""
    assert () == found(RULE, text, FACTS)
