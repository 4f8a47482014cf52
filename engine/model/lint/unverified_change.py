"""A change after which a path ends without having looked whether it helped.

A system may say that it did what was asked, and be as broken as before. Somebody has to look: the engine, or
a person who is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.parallel import ParallelStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import looks
from engine.model.lint._walk import After, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "check it, or wait for the recovery, before the end"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act: {action: {http: 'https://x.example', method: POST, irreversible: sent}, then: mitigated}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act: {action: {http: 'https://x.example', method: POST, irreversible: sent}, then: seen}
  seen: {check: {tcp: 'db:5432'}, then: {pass: mitigated, fail: escalated, unknown: escalated}}
"""

_CLAIMS = ("resolved", "mitigated")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield changes whose success can end as resolved or mitigated with nothing seen in between."""
    for name, node in graph.nodes.items():
        if isinstance(node.step, ActionStep) and node.step.action.effect != "read":
            yield from _after(graph, name, "done", graph.place(name), name)
        elif isinstance(node.step, ParallelStep):
            for branch in _within(graph, name):
                for change in _unseen_in(branch):
                    yield from _after(graph, name, "pass", branch.place(change), change)


def _after(graph: Graph, start: str, outcome: str, place: Route, change: str) -> Iterator[Fault]:
    """Yield the ends that claim something, reached from an outcome of a step with nothing seen in between."""
    for way in ways(graph, start, _following(start, outcome), start=start):
        if way.step in _CLAIMS:
            message = f"after the change '{change}' a path ends '{way.step}' without a look at what it did"
            yield Fault(place, message, trace=way.trace())


def _within(graph: Graph, step: str) -> Iterator[Graph]:
    """Yield the branches that a step opens."""
    here = (*graph.place(step), "parallel")
    yield from (one for one in graph.branches if one.route[: len(here)] == here)


def _unseen_in(branch: Graph) -> Iterator[str]:
    """Yield the changes of a branch after which it can pass with nothing seen in between."""
    for name, node in branch.nodes.items():
        if not isinstance(node.step, ActionStep) or node.step.action.effect == "read":
            continue
        if any(way.step == "pass" for way in ways(branch, name, _following(name, "done"), start=name)):
            yield name


def _following(start: str, outcome: str) -> After[str]:
    """Follow one outcome of a step, up to the first look."""

    def after(node: Node | None, edge: Edge, memory: str) -> str | None:
        if edge.step == start:
            return memory if edge.outcome == outcome else None
        return None if node is not None and looks(node) else memory

    return after
