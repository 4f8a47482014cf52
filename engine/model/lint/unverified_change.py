"""A change after which a path ends without having looked whether it helped."""

from __future__ import annotations

from collections.abc import Iterator

from engine.kinds.findings import Finding
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.model.graph import Graph
from engine.model.runbook import Runbook

_CLAIMS = ("resolved", "mitigated")


def examine(runbook: Runbook, graph: Graph) -> Iterator[Finding]:
    """Yield changes whose success can end as resolved or mitigated with nothing seen in between."""
    leaving = graph.leaving()
    for name, node in graph.nodes.items():
        if not isinstance(node.step, ActionStep) or node.step.action.effect == "read":
            continue
        seen: set[str] = set()
        left = [edge.target for edge in leaving[name] if edge.outcome == "done"]
        while left:
            here = left.pop()
            if here in seen or (here in graph.nodes and _looks(graph.nodes[here])):
                continue
            seen.add(here)
            left += [edge.target for edge in leaving.get(here, ())]
        for end in _CLAIMS:
            if end in seen:
                message = f"after the change '{name}' a path ends '{end}' without a look at what it did"
                fix = "check it, or wait for the recovery, before the end"
                yield Finding("unverified-change", graph.place(name), message, fix, "warning")


def _looks(node: Node) -> bool:
    """Say whether somebody looks here: the engine, another runbook, or a person who is asked."""
    if isinstance(node.step, WaitStep):
        return node.step.until is not None
    return isinstance(node.step, CheckStep | ChecksStep | ParallelStep | RunbookStep | AskStep)
