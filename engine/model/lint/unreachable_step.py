"""A step that nothing leads to: mostly a target that was spelled as another step.

It never runs, and the page shows it as if it did. Mostly a target was spelled as another step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead an outcome here, or take it out"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
  restart: {wait: 5s, then: look}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: escalated, fail: restart, unknown: escalated}}
  restart: {wait: 5s, then: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every step that cannot be reached from the start of its graph."""
    for one in graph.every():
        reached = one.reachable()
        for step in one.nodes:
            if step not in reached:
                message = f"nothing leads to '{step}'"
                yield Fault(one.place(step), message)
