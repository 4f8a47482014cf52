"""An alert that leads to this runbook, and that no rule raises.

Nobody is paged by it. The page says "alert: X" while the only way here is somebody who happens to look.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity, did_you_mean
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "give it an 'expr', add its rule to alerts/, or say in 'why' who raises it"
BEFORE: Final = """
triggers: [{alert: ShopDwon}]
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
AFTER: Final = """
triggers: [{alert: ShopDown}]
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
FACTS: Final = Facts(alert_rules=frozenset({"ShopDown"}))


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield triggers without an expression of their own whose rule is nowhere."""
    if facts.alert_rules is None:
        return
    for number, one in enumerate(runbook.triggers):
        if not one.expr and not one.why and one.alert not in facts.alert_rules:
            fix = did_you_mean(one.alert, facts.alert_rules)
            message = f"no alert rule is called '{one.alert}'"
            yield Fault(("triggers", number, "alert"), message, fix, at_key=False)
