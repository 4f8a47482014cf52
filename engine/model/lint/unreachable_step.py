"""A step that nothing leads to: mostly a target that was spelled as another step."""

from __future__ import annotations

from collections.abc import Iterator

from engine.kinds.findings import Finding
from engine.model.graph import Graph
from engine.model.runbook import Runbook


def examine(runbook: Runbook, graph: Graph) -> Iterator[Finding]:
    """Yield every step that cannot be reached from the start of its graph."""
    for one in graph.every():
        reached = one.reachable()
        for step in one.nodes:
            if step not in reached:
                message = f"nothing leads to '{step}'"
                yield Finding(
                    "unreachable-step", one.place(step), message, "lead an outcome here, or take it out"
                )
