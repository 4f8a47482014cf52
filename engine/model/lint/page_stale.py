"""A page that does not say what its runbook says, or is not there.

The page is what people have when the engine is off. A stale one sends them down a path that the team has
left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "run 'runbook docs', and commit the page"
BEFORE: Final = """
runbook: shop-down
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
AFTER: Final = """
runbook: shop-slow
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
FACTS: Final = Facts(
    pages={"shop-down": "docs/runbooks/incidents/shop-down.md: its runbook has changed since"}
)


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield the runbook whose page is not to be trusted."""
    why = facts.pages.get(runbook.runbook)
    if why:
        yield Fault(("runbook",), why)
