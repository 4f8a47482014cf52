"""A wait until something holds that does not say how long it waits at most.

It is half an hour then, which nobody chose: in an incident that has to be answered within minutes, people sit
through it. What takes so long is known to whoever writes the wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.wait import WaitStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "say 'limit:' well above what the soak needs, and in 'then' where the outcome limit leads"
BEFORE: Final = """
steps:
  hold: {wait: {until: {tcp: 'db:5432'}, soak: {for: 1m}}, then: {held: mitigated, limit: escalated}}
"""
AFTER: Final = """
steps:
  hold: {wait: {until: {tcp: 'db:1'}, soak: {for: 1m}, limit: 3m}, then: {held: mitigated, limit: escalated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield waits in whose text no limit stands; where the text is not known, nothing."""
    for one in graph.every() if facts.written is not None else ():
        for name, node in one.nodes.items():
            if not isinstance(node.step, WaitStep) or node.step.until is None:
                continue
            place = (*one.place(name), "wait")
            if (*place, "limit") not in (facts.written or ()):
                message = f"'{name}' may wait for {node.step.limit}: nobody said how long at most"
                yield Fault(place, message)
