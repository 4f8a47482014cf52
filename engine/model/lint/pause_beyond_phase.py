"""A pause that is longer than its phase should be, and nobody says why; or longer than all phases.

People sit through it in an incident that has a response time. A `why` tells them what they wait for. A pause
beyond everything that the runbook promises needs more than a sentence: a waiver, with its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._phases import Phased, phased, together
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "wait until something is so, with a limit; or less; or say in 'why' what takes so long"
TOO_LONG: Final = "wait until something is so, with a limit; or let somebody begin anew then"
BEFORE: Final = """
budgets: {diagnose: 5m}
steps:
  look: {check: {tcp: 'db:5432'}, visits: 2, then: {pass: escalated, any: moment}}
  moment: {wait: 10m, then: look}
"""
AFTER: Final = """
budgets: {diagnose: 5m}
steps:
  look: {check: {tcp: 'db:5432'}, visits: 2, then: {pass: escalated, any: moment}}
  moment: {wait: 1m, then: look}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield pauses that are longer than their phase without a reason, and those that no reason can be for."""
    everything = together(runbook.budgets)
    respond = next(
        (
            level.respond
            for name, level in facts.catalogue.severities.items()
            if runbook.severity in (name, *level.aliases)
        ),
        None,
    )
    for one in phased(graph, runbook.budgets):
        if not isinstance(one.node.step, WaitStep) or one.node.step.wait is None:
            continue
        pause, place = one.node.step.wait, (*one.graph.place(one.step), "wait")
        if everything is not None and pause > everything:
            message = f"'{one.step}' pauses for {pause}, and all phases together should take {everything}"
            yield Fault(place, message, TOO_LONG, at_key=False)
            continue
        most, whose = _most(one, respond, runbook.severity)
        if most is not None and pause > most and not one.node.why:
            message = f"'{one.step}' pauses for {pause}, {whose} {most}, and nobody says why"
            yield Fault(place, message, at_key=False)


def _most(one: Phased, respond: Duration | None, severity: str) -> tuple[Duration | None, str]:
    """Return the bound of a pause without a reason; of a phase without a budget, the time to respond."""
    if one.budget is not None:
        return one.budget, f"its phase ({one.phase}) should take"
    return respond, f"{severity} must be answered within"
