"""A runbook that calls itself, by whatever other runbooks.

Such a run cannot be planned: everything that a run may do is known before it begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.runbook import RunbookStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.proof.calls import circle
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "take one of the calls out, or give what both need a runbook of its own"
BEFORE: Final = """
runbook: example
steps:
  again: {runbook: example, then: {resolved: mitigated}}
"""
AFTER: Final = """
runbook: example
steps:
  database: {runbook: database-connection, then: {resolved: mitigated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every call that leads back to this runbook."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, RunbookStep):
                continue
            called = node.step.runbook
            chain: tuple[str, ...] = ()
            if called == runbook.runbook:
                chain = (called,)
            elif called in facts.runbooks:
                chain = circle(facts.runbooks[called], facts.runbooks.get, runbook.runbook)
            if chain:
                message = f"it calls itself: {' -> '.join((runbook.runbook, *chain))}"
                yield Fault((*one.place(name), "runbook"), message, at_key=False)
