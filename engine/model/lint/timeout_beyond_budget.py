"""A step that waits longer for one answer than its whole budget, or a budget that is longer than its phase's.

The budget is what people read on the page and what the screen counts down. Where a single try may take
longer, or the step only waits, it cannot be kept even on a day on which all goes well. Retries are for other
days.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.wait import WaitStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._phases import one_try, phased, together
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "give a budget that holds, or shorter time limits"
BEFORE: Final = """
steps:
  look:
    check: {http: 'https://x.example', timeout: 60s}
    budget: 30s
    then: {any: escalated}
"""
AFTER: Final = """
steps:
  look:
    check: {http: 'https://x.example', timeout: 25s}
    budget: 30s
    then: {any: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield budgets that the step's own limits exceed, and steps' budgets above their phase's.

    A wait without a budget is as long as its author wants it, whatever the phase.
    """
    everything = together(runbook.budgets)
    for one in phased(graph, runbook.budgets):
        name, node, phase, whole = one.step, one.node, one.phase, one.budget
        here, most = one.graph.place(name), one_try(node)
        if node.budget is None:
            pause = isinstance(node.step, WaitStep)
            if whole is not None and most > whole and not pause:
                message = f"one try of '{name}' may take {most}, and its phase ({phase}) {whole}"
                yield Fault(here, message)
            elif whole is None and everything is not None and everything < most and not pause:
                message = f"one try of '{name}' may take {most}, and all phases together {everything}"
                yield Fault(here, message)
            continue
        place = (*here, "budget")
        if most > node.budget:
            message = f"one try of '{name}' may take {most}, and its budget is {node.budget}"
            yield Fault(place, message, at_key=False)
        if whole is not None and node.budget > whole:
            message = f"the budget of '{name}' is {node.budget}, and that of its phase ({phase}) {whole}"
            yield Fault(place, message, "give it less, or the phase more", at_key=False)
