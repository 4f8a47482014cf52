"""A soak that cannot hold before its limit is reached.

The wait would always end at its limit, however well the system is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "give a limit well above what the soak needs"
BEFORE: Final = """
steps:
  hold:
    wait: {until: {tcp: 'db:5432'}, soak: {for: 10m}, limit: 5m}
    then: escalated
"""
AFTER: Final = """
steps:
  hold:
    wait: {until: {tcp: 'db:5432'}, soak: {for: 10m}, limit: 20m}
    then: escalated
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield waits whose soak takes at least as long as their limit."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, WaitStep) or node.step.until is None:
                continue
            soak, limit = node.step.soak, node.step.limit
            needed = Duration(max(soak.lasting, (soak.passes - 1) * soak.every))
            if needed >= limit:
                message = f"the soak needs {needed} and the limit is {limit}: it can never hold"
                place = (*one.place(name), "wait", "limit")
                yield Fault(place, message, f"give a limit well above {needed}")
