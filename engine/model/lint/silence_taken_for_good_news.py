"""A question whose timeout leads to a good end or straight to a change, as if somebody had said so.

Whoever sleeps through a page has said nothing. An end that nobody saw the need of is an incident that goes on
without anybody, and a change that nobody chose is none that was asked for, whoever consents to it later.
Where silence is to lead to a change, the question says so in its `why`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.runbook import RunbookStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import changes, looks, proved
from engine.model.lint._walk import shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead the timeout to somebody else who is asked or paged, to another look, or to escalated"
BEFORE: Final = """
steps:
  users:
    ask: Do users complain?
    options: {complain: They do, quiet: They do not}
    timeout: 5m
    then: {complain: escalated, quiet: false-alarm, timeout: false-alarm}
"""
AFTER: Final = """
steps:
  users:
    ask: Do users complain?
    options: {complain: They do, quiet: They do not}
    timeout: 5m
    then: {complain: escalated, quiet: false-alarm, timeout: escalated}
"""

_GOOD: Final = ("resolved", "mitigated", "false-alarm", "pass")
_PROVED: Final = ("resolved", "mitigated")
"""Ends that claim no more than what is known, where the recovery is proved before."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield questions from whose timeout a good end or a change is reached with nothing seen in between."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, AskStep) and node.timeout is not None:
                yield from _unanswered(one, name)


def _unanswered(graph: Graph, name: str) -> Iterator[Fault]:
    known = all(way.memory for way in ways(graph, False, proved) if way.step == name)
    for way in ways(graph, name, _unseen, start=name):
        if way.step in _GOOD and not (known and way.step in _PROVED):
            message = f"{shown(way.trace())}: nobody answered '{name}', and it ends as if all were well"
            yield Fault((*graph.place(name), "then", "timeout"), message, trace=way.trace())
            return
        if way.step in graph.nodes and not graph.nodes[name].why and _straight(graph.nodes[way.step]):
            message = f"{shown(way.trace())}: nobody answered '{name}', and '{way.step}' changes the system"
            fix = (
                "lead the timeout to somebody else or another look, or say in the question's 'why' why it may"
            )
            yield Fault((*graph.place(name), "then", "timeout"), message, fix, trace=way.trace())
            return


def _straight(node: Node) -> bool:
    """Say whether a step changes something before it looks; another runbook looks for itself."""
    return changes(node) and not looks(node) and not isinstance(node.step, RunbookStep)


def _unseen(node: Node | None, edge: Edge, start: str) -> str | None:
    """Follow the timeout of a question up to the next look, or to a person who took it."""
    if edge.step == start:
        return start if edge.outcome == "timeout" else None
    if edge.outcome == "limit" and not edge.written:
        return None
    taken = node is not None and isinstance(node.step, EscalateStep) and edge.outcome == "acknowledged"
    return None if taken or (node is not None and looks(node)) else start
