"""An alert that two runbooks claim.

Whoever is paged must choose between them, before they know anything. One runbook looks and decides, and runs
the other as a step where it is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.notify import NotifyStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook, Trigger

SEVERITY: Final[Severity] = "error"
FIX: Final = "let one of them have the alert; it runs the other as a step"
BEFORE: Final = """
runbook: shop-slow
triggers: [{alert: ShopDown}]
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
AFTER: Final = """
runbook: shop-slow
triggers: [{alert: ShopSlow}]
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
FACTS: Final = Facts(
    runbooks={
        "shop-down": Runbook(
            runbook="shop-down",
            title="The shop is down",
            steps={"tell": Node(step=NotifyStep(notify="engineer", text="It is down"))},
            triggers=(Trigger(alert="ShopDown"),),
        )
    }
)


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield alerts that another runbook has too, and those given twice."""
    seen: set[str] = set()
    for number, one in enumerate(runbook.triggers):
        place = ("triggers", number, "alert")
        others = [
            other.runbook
            for other in facts.runbooks.values()
            if other.runbook != runbook.runbook and any(one.alert == its.alert for its in other.triggers)
        ]
        if others:
            message = f"the alert '{one.alert}' is claimed by {' and '.join(sorted(others))} too"
            yield Fault(place, message, at_key=False)
        if one.alert in seen:
            yield Fault(place, f"the alert '{one.alert}' is given twice", "keep one", at_key=False)
        seen.add(one.alert)
