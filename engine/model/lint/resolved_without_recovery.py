"""A path to `resolved` without proof: a run is resolved when its recovery check has held, not before.

A run that says resolved stops the ladder and the updates. Proof is a `wait` with `recovery: true` that held,
with no change after it. Another runbook that ended resolved has proved it itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import proved
from engine.model.lint._walk import shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead it to a wait with 'recovery: true' first; where nothing was wrong, end 'false-alarm'"
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example/health'}, then: resolved}
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example/health'}, then: hold}
  hold:
    wait: {until: {http: 'https://x.example/health'}, soak: {passes: 3}, limit: 5m, recovery: true}
    then: resolved
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield every step that can end the run resolved unproved, with one path that does."""
    leaving = graph.leaving()
    told: set[str] = set()
    for way in ways(graph, False, proved):
        for edge in leaving.get(way.step, ()):
            good = proved(graph.nodes.get(edge.step), edge, way.memory)
            if edge.target == "resolved" and not good and edge.step not in told:
                told.add(edge.step)
                trace = way.trace("resolved")
                place = (*graph.place(edge.step), "then", edge.outcome)
                yield Fault(place, f"{shown(trace)}: nothing proved the recovery", trace=trace)
