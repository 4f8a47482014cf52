"""A step in a loop that may be visited so often that the bound is none.

A bound that no incident reaches is none: people watch a loop turn while nobody is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "give at most 50, or wait for what the loop waits for"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 500, then: {pass: escalated, fail: pause, unknown: pause}}
  pause: {wait: 5s, visits: 50, then: look}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 5, then: {pass: escalated, fail: pause, unknown: pause}}
  pause: {wait: 5s, visits: 5, then: look}
"""

MOST: Final = 50


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield the steps in loops whose `visits` no incident would ever reach."""
    for one in graph.every():
        if all(node.visits <= MOST for node in one.nodes.values()):
            continue
        cyclic = one.cyclic()
        for step, node in one.nodes.items():
            if step in cyclic and node.visits > MOST:
                message = f"'{step}' is in a loop and may be visited {node.visits} times"
                yield Fault((*one.place(step), "visits"), message)
