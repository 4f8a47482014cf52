"""A change in a branch that may be dropped: only reads can be cancelled when another branch wins.

Nobody waits for a branch that lost. A change in it may have been made or not, and no step asks which.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "wait for all branches, or move it behind them"
BEFORE: Final = """
steps:
  first: {check: {tcp: 'db:5431'}, then: {any: look}}
  look:
    parallel:
      reads: {steps: {one: {check: {tcp: 'db:5432'}, then: pass}}}
      acts: {steps: {two: {action: {http: 'https://x.example', irreversible: sent}, then: pass}}}
    until: first
    then: {any: escalated}
"""
AFTER: Final = """
steps:
  first: {check: {tcp: 'db:5431'}, then: {any: look}}
  look:
    parallel:
      reads: {steps: {one: {check: {tcp: 'db:5432'}, then: pass}}}
      more: {steps: {two: {check: {tcp: 'db:5433'}, then: pass}}}
    until: first
    then: {any: act}
  act: {action: {http: 'https://x.example', irreversible: sent}, then: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield what may change something inside `parallel` with `until: any` or `until: first`."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, ParallelStep) and node.step.until != "all":
                here = (*one.place(name), "parallel")
                inside = [branch for branch in one.branches if branch.route[: len(here)] == here]
                yield from (finding for branch in inside for finding in _changes(branch, node.step.until))


def _changes(graph: Graph, until: str) -> Iterator[Fault]:
    for one in graph.every():
        for name, node in one.nodes.items():
            reads = isinstance(node.step, ActionStep) and node.step.action.effect == "read"
            if isinstance(node.step, ActionStep | UndoStep | RunbookStep) and not reads:
                message = (
                    f"'{name}' may change something in a branch of 'until: {until}', which may be dropped"
                )
                yield Fault(
                    one.place(name),
                    message,
                )
