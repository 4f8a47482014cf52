"""An escalation that reaches nobody, or that goes on as if somebody had answered.

Nobody hears of the incident, and the run believes that somebody has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import OTHERWISE
from engine.kinds.steps.escalate import EscalateStep
from engine.model.catalogue import Catalogue, Role
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead 'unanswered' and 'undelivered' to the next person, or to 'escalated'"
BEFORE: Final = """
steps:
  call:
    escalate: engineer
    decision: Take over the database
    then: {acknowledged: escalated, unanswered: mitigated, undelivered: escalated}
"""
AFTER: Final = """
steps:
  call:
    escalate: engineer
    decision: Take over the database
    then: {acknowledged: escalated, unanswered: boss, undelivered: boss}
  boss: {escalate: manager, decision: Find somebody for the database, then: {any: escalated}}
"""
FACTS: Final = Facts(
    catalogue=Catalogue(roles={"engineer": Role(channel="page"), "manager": Role(channel="page")})
)

_CLAIMS: Final = ("resolved", "mitigated", "false-alarm", "pass")
_SELDOM: Final = ("limit", "skipped")
"""Outcomes of every step, which nobody writes down."""
_SILENT: Final = ("unanswered", "undelivered")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield pages to roles that nothing reaches, and silence that leads to a good end or back."""
    yield from _handed_over(runbook, graph, facts.catalogue)
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, EscalateStep):
                continue
            role = facts.catalogue.roles.get(node.step.escalate)
            if role is None and facts.catalogue.environments and "${" not in node.step.escalate:
                fix = f"add the role '{node.step.escalate}' to the catalogue, with a channel"
                message = f"the catalogue has no role '{node.step.escalate}': nobody is paged"
                yield Fault((*one.place(name), "escalate"), message, fix, at_key=False)
            if role is not None and not role.channel:
                fix = f"give the role '{node.step.escalate}' a channel in the catalogue, or page another role"
                message = f"the role '{node.step.escalate}' has no channel: nobody is paged"
                yield Fault((*one.place(name), "escalate"), message, fix, at_key=False)
            for edge in one.leaving()[name]:
                if edge.outcome in _SILENT and edge.target in _CLAIMS:
                    message = f"nobody has answered, and '{name}' ends '{edge.target}'"
                    yield Fault((*one.place(name), "then", edge.outcome), message)
                elif edge.outcome in _SILENT and edge.written and edge.target == name:
                    message = f"where nobody answers, '{name}' pages the same role again and nobody else"
                    yield Fault((*one.place(name), "then", edge.outcome), message)


def _handed_over(runbook: Runbook, graph: Graph, catalogue: Catalogue) -> Iterator[Fault]:
    """Yield a built-in `otherwise` that pages nobody: no ladder beside the operator, no owner in reach.

    Who runs the run is not paged, so a ladder of one role leaves the owner, and so does none.
    """
    leading = (one for one in graph.edges if one.target == OTHERWISE and one.outcome not in _SELDOM)
    if not catalogue.environments or next(leading, None) is None:
        return
    ladder = next(
        (
            level.ladder
            for name, level in catalogue.severities.items()
            if runbook.severity in (name, *level.aliases)
        ),
        (),
    )
    owner = runbook.owner or "owner"
    role = catalogue.roles.get(owner)
    if len({rung.role for rung in ladder}) > 1 or (role is not None and role.channel):
        return
    place = "owner" if runbook.owner else "severity" if runbook.severity else "runbook"
    what = "no role of the catalogue" if role is None else "a role that no channel reaches"
    message = f"where the runbook says no way on, '{owner}' is paged: {what}"
    fix = "lead 'otherwise' to a step that pages a role, or name an owner that is a role with a channel"
    yield Fault((place,), message, fix)
