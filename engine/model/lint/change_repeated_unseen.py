"""A change that may not be repeated, and is, without a look in between.

A request that failed may have been carried out all the same. Whether it was is seen, not guessed: two
restarts are one outage more, two payments are two payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import looks
from engine.model.lint._walk import After, shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "look in between, or say 'repeatable: true' where doing it twice is doing it once"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act:
    action: {http: 'https://x.example/restart', irreversible: a restart}
    visits: 3
    then: {done: escalated, failed: pause}
  pause: {wait: 30s, visits: 3, then: act}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 3, then: {pass: escalated, fail: act, unknown: escalated}}
  act:
    action: {http: 'https://x.example/restart', irreversible: a restart}
    visits: 3
    then: {done: escalated, failed: pause}
  pause: {wait: 30s, visits: 3, then: look}
"""


_UNSEEN: Final = "unseen"
Chain = tuple[tuple[Graph, str], ...]
"""A step, the innermost last, with the steps that open the branches in which it stands."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield each change that leads back to itself unseen, by itself or with its branch."""
    yield from _of_graph(graph, ())


def _of_graph(graph: Graph, around: Chain) -> Iterator[Fault]:
    """Yield those of a graph and of its branches; `around` are the steps that opened it, innermost last."""
    for name, node in graph.nodes.items():
        if not isinstance(node.step, ActionStep):
            continue
        if node.step.action.repeatable or node.step.action.effect == "read":
            continue
        trace = next(filter(None, (_again(level) for level in _levels((*around, (graph, name))))), ())
        if trace:
            message = f"{shown(trace)}: '{name}' is done again, and nobody has looked whether it happened"
            yield Fault(graph.place(name), message, trace=trace)
    for branch in graph.branches:
        opener = str(branch.route[len(graph.route)])
        yield from _of_graph(branch, (*around, (graph, opener)))


def _levels(chain: Chain) -> Iterator[tuple[Graph, str]]:
    """Yield where a change may come again: at its own step, then at each that opens its branch.

    Going out ends where something is looked at in the branch, before the change or after it.
    """
    for graph, step in reversed(chain):
        yield graph, step
        before = any(way.step == step for way in ways(graph, _UNSEEN, _past(step)))
        after = any(way.step in graph.ends for way in ways(graph, _UNSEEN, _past(step), start=step))
        if not before or not after:
            return


def _again(level: tuple[Graph, str]) -> tuple[Route, ...]:
    """Return a shortest way from a step back to it on which nobody looks; empty where there is none."""
    graph, step = level
    if graph.nodes[step].visits < 2:
        return ()
    after = _past(step)
    for way in ways(graph, _UNSEEN, after, start=step):
        for edge in graph.leaving().get(way.step, ()):
            if (
                edge.target == step
                and edge.outcome != "limit"
                and after(graph.nodes.get(edge.step), edge, _UNSEEN)
            ):
                return way.trace(step)
    return ()


def _past(own: str) -> After[str]:
    """Return what follows ways on which nobody looks; the step itself is the change, or opens its branch."""

    def after(node: Node | None, edge: Edge, memory: str) -> str | None:
        if edge.outcome == "limit" and not edge.written:
            return None
        return None if node is not None and edge.step != own and looks(node) else _UNSEEN

    return after
