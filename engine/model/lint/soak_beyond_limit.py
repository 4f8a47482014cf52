"""A soak that cannot hold before its limit is reached."""

from __future__ import annotations

from collections.abc import Iterator

from engine.kinds.findings import Finding
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.model.graph import Graph
from engine.model.runbook import Runbook


def examine(runbook: Runbook, graph: Graph) -> Iterator[Finding]:
    """Yield waits whose soak takes at least as long as their limit."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, WaitStep) or node.step.until is None:
                continue
            soak, limit = node.step.soak, node.step.limit
            needed = Duration(max(soak.lasting, (soak.passes - 1) * soak.every))
            if needed >= limit:
                message = f"the soak needs {needed} and the limit is {limit}: it can never hold"
                place = (*one.place(name), "wait", "limit")
                yield Finding("soak-beyond-limit", place, message, f"give a limit well above {needed}")
