"""A step from which no outcome leads to an end: the run turns in a circle until its bound.

The bound of visits ends such a circle, late, and nobody decided what should happen then.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._walk import shown
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead one outcome out of the circle, or say where it goes at its bound: 'limit: STEP'"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 9, then: {any: pause}}
  pause: {wait: 30s, visits: 9, then: {any: look}}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 9, then: {pass: escalated, fail: pause, unknown: pause}}
  pause: {wait: 30s, visits: 9, then: {held: look, limit: escalated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield the first step of each circle without a way out."""
    for one in graph.every():
        edges = [edge for edge in one.edges if edge.written or edge.outcome != "limit"]
        ending = set(one.ends) | {edge.target for edge in edges if edge.target not in one.nodes}
        grown = True
        while grown:
            more = {edge.step for edge in edges if edge.target in ending} - ending
            ending |= more
            grown = bool(more)
        told: set[str] = set()
        reached = one.reachable()
        for step in one.nodes:
            if step in reached and step not in ending and step not in told:
                circle = [name for name in one.nodes if name in one.reachable(step) - ending]
                told.update(circle)
                trace = tuple(one.place(name) for name in (*one.path(step), *_round(one, step, set(circle))))
                yield Fault(one.place(step), f"{shown(trace)}: no outcome leads to an end", trace=trace)


def _round(graph: Graph, step: str, inside: set[str]) -> tuple[str, ...]:
    """Return the steps after this one on a way that stays in the circle, until one comes again."""
    found: list[str] = []
    here = step
    while here not in found:
        if here != step:
            found.append(here)
        after = next((e.target for e in graph.leaving().get(here, ()) if e.target in inside), None)
        if after is None or after == step:
            return (*found, step) if after == step else tuple(found)
        if after in found:
            return (*found, after)
        here = after
    return tuple(found)
