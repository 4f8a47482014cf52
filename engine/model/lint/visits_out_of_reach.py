"""A step that may be visited more often than any way leads to it.

The number is read as a bound, and is none: another step on the way back ends the loop sooner, by a bound that
was perhaps never written down. Who plans with three tries gets one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.returns import most_visits
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "give as many to every step on the way back, or fewer here"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 3, then: {pass: escalated, any: pause}}
  pause: {wait: 5s, then: look}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 3, then: {pass: escalated, any: pause}}
  pause: {wait: 5s, visits: 2, then: look}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield steps whose `visits` no run can use up, as long as nobody jumps."""
    for one in graph.every():
        for step, node in one.nodes.items():
            if node.visits < 2:
                continue
            most = most_visits(one, step, node.visits)
            if 0 < most < node.visits:
                times = "once" if most == 1 else f"{most} times"
                message = (
                    f"'{step}' may be visited {node.visits} times, and no way comes by more than {times}"
                )
                yield Fault((*one.place(step), "visits"), message)
