"""An escalation that hangs up before its role's own time to answer is over, and nobody chose that.

Five minutes are for somebody on call. Where nobody thought of another number, and the role was given more,
they are over before: every time, on the best of days. Of a role on a ladder a shorter time may be written,
where somebody else is paged next.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue, Role, Rung, SeverityLevel
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "say 'within' how long, mostly as long as the role has; or page a role that is on call"
FACTS: Final = Facts(
    catalogue=Catalogue(
        roles={"data": Role(channel="room", within=Duration(1800.0)), "engineer": Role(channel="page")},
        severities={
            "SEV-1": SeverityLevel(
                meaning="down", respond=Duration(300.0), ladder=(Rung(role="engineer", after=Duration(0.0)),)
            )
        },
    )
)
BEFORE: Final = """
steps:
  ask: {escalate: data, decision: Mend the rows, then: {acknowledged: escalated, any: engineer}}
  engineer: {escalate: engineer, decision: Find somebody who mends them, then: {any: escalated}}
"""
AFTER: Final = """
steps:
  ask: {escalate: data, decision: Mend the rows, within: 30m, then: {acknowledged: escalated, any: engineer}}
  engineer: {escalate: engineer, decision: Find somebody who mends them, then: {any: escalated}}
"""


_DEFAULT: Final = EscalateStep(escalate="", decision="").within


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield escalations of the usual length to roles that have longer, where any role is on a ladder."""
    ladders = facts.catalogue.severities.values()
    called = {rung.role for level in ladders for rung in level.ladder}
    for one in graph.every():
        for name, node in one.nodes.items():
            if not called or not isinstance(node.step, EscalateStep):
                continue
            on_call = node.step.escalate in called
            written = facts.written is None or (*one.place(name), "within") in facts.written
            if on_call and written:
                continue
            role = facts.catalogue.roles.get(node.step.escalate)
            if role is not None and role.channel and node.step.within == _DEFAULT < role.within:
                which = "" if on_call else "is on no ladder and "
                message = (
                    f"'{name}' waits {node.step.within} for {node.step.escalate}, "
                    f"who {which}has {role.within} to answer"
                )
                yield Fault((*one.place(name), "escalate"), message, at_key=False)
