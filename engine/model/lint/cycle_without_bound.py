"""A loop whose bound is none: one that no incident reaches, or one that nobody wrote.

People watch a loop turn while nobody is called. And where no step of a loop says how often, the way back
leads to a limit at once: the loop never turns, and nobody meant that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from engine.kinds.counted import counted
from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._walk import shown
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "give at most 50, or wait for what the loop waits for"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 500, then: {pass: escalated, fail: look, unknown: look}}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 5, then: {pass: escalated, fail: look, unknown: look}}
"""

MOST: Final = 50
UNSAID: Final = "give 'visits' to the steps of the loop, or say in 'then' where its 'limit' leads"


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield the steps in loops whose `visits` no incident would reach, and loops that give no step any."""
    for one in graph.every():
        yield from _unsaid(one)
        if all(node.visits <= MOST for node in one.nodes.values()):
            continue
        cyclic = one.cyclic()
        for step, node in one.nodes.items():
            if step in cyclic and node.visits > MOST:
                message = f"'{step}' is in a loop and may be visited {counted(node.visits, 'time')}"
                yield Fault((*one.place(step), "visits"), message)


def _unsaid(graph: Graph) -> Iterator[Fault]:
    """Yield one step of each loop of which no step says how often, or what comes then."""
    silent = {step for step, node in graph.nodes.items() if node.visits == 1}
    said = {edge.step for edge in graph.edges if edge.written and edge.outcome == "limit"}
    inside = silent - said
    edges = [edge for edge in graph.edges if edge.step in inside and not graph.counts(edge)]
    loops = replace(graph, edges=tuple(edge for edge in edges if edge.target in inside))
    told: set[str] = set()
    turning = loops.cyclic()
    for step in graph.nodes:
        if step not in turning or step in told:
            continue
        ways = (loops.path(step, edge.target) for edge in loops.edges if edge.step == step)
        way = min(filter(None, ways), key=len)
        told |= loops.reachable(step)
        trace = tuple(graph.place(name) for name in (step, *way))
        message = f"{shown(trace)}: no step of this loop says how often, so its second turn ends at a limit"
        yield Fault(graph.place(step), message, UNSAID, trace=trace)
