"""A step in a loop that may be visited so often that the bound is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Finding
from engine.model.graph import Graph
from engine.model.runbook import Runbook

MOST: Final = 50


def examine(runbook: Runbook, graph: Graph) -> Iterator[Finding]:
    """Yield the steps in loops whose `visits` no incident would ever reach."""
    for one in graph.every():
        if all(node.visits <= MOST for node in one.nodes.values()):
            continue
        cyclic = one.cyclic()
        for step, node in one.nodes.items():
            if step in cyclic and node.visits > MOST:
                message = f"'{step}' is in a loop and may be visited {node.visits} times"
                fix = f"give at most {MOST}, or wait for what the loop waits for"
                yield Finding("cycle-without-bound", (*one.place(step), "visits"), message, fix, "warning")
