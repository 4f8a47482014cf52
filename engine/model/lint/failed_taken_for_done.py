"""A change that failed, and a way from there to a good end that nothing could have stopped.

The run goes on as if it had been done. Somebody has to see that it is well all the same: a check or a wait
after it whose bad answer leads elsewhere than its good one, or a person who is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import changes, looks
from engine.model.lint._walk import After, shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead it to a person, or to a check or wait whose bad answer leads to one"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm, any: act}}
  act:
    action: {http: 'https://x.example', method: POST, irreversible: sent}
    then: {done: seen, failed: mitigated, skipped: escalated}
  seen: {check: {tcp: 'db:5432'}, then: {pass: mitigated, fail: escalated, unknown: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm, any: act}}
  act:
    action: {http: 'https://x.example', method: POST, irreversible: sent}
    then: {done: seen, failed: escalated, skipped: escalated}
  seen: {check: {tcp: 'db:5432'}, then: {pass: mitigated, fail: escalated, unknown: escalated}}
"""

_GOOD: Final = ("resolved", "mitigated", "false-alarm", "pass")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield changes from whose failure a good end is reached with no look that can fail in between."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, ActionStep | UndoStep) and changes(node):
                yield from _after(one, name, node)


def _after(graph: Graph, name: str, node: Node) -> Iterator[Fault]:
    for outcome in node.step.bad:
        for way in ways(graph, name, _following(graph, outcome), start=name):
            if way.step in _GOOD:
                message = f"{shown(way.trace())}: '{name}' ended {outcome}, and it goes on as if it were done"
                yield Fault((*graph.place(name), "then", outcome), message, trace=way.trace())
                break


def _following(graph: Graph, outcome: str) -> After[str]:
    """Follow one outcome of a step up to what can tell a failure, or to another change."""

    def after(node: Node | None, edge: Edge, start: str) -> str | None:
        if edge.step == start:
            return start if edge.outcome == outcome and edge.written else None
        if node is None or (edge.outcome == "limit" and not edge.written):
            return None
        return None if changes(node) or _tells(graph, edge.step, node) else start

    return after


def _tells(graph: Graph, name: str, node: Node) -> bool:
    """Say whether a step looks, and goes another way where it does not like what it sees."""
    if not looks(node) or isinstance(node.step, RunbookStep):
        return False
    if node.step.kind == "ask":
        return True
    targets = {edge.outcome: edge.target for edge in graph.leaving()[name]}
    good = {targets[outcome] for outcome in node.step.good if outcome in targets}
    bad = {targets[outcome] for outcome in node.step.bad if outcome in targets}
    return bool(bad - good)
