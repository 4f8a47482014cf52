"""The phase of every step, and how long the runbook gives that phase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import fsum

from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.model.graph import Graph
from engine.model.runbook import Budgets


@dataclass(frozen=True, slots=True)
class Phased:
    """One step with its phase."""

    graph: Graph
    step: str
    node: Node
    phase: str
    budget: Duration | None
    """What the runbook gives the whole phase."""


def phased(graph: Graph, budgets: Budgets, phase: str = "diagnose") -> Iterator[Phased]:
    """Yield every step in the order of the file, a branch's after the step that opens it, in its phase."""
    for name, node in graph.nodes.items():
        phase = node.phase or phase
        yield Phased(graph, name, node, phase, _of_phase(budgets, phase))
        here = graph.place(name)
        for branch in graph.branches:
            if branch.route[: len(here)] == here:
                yield from phased(branch, budgets, phase)


def together(budgets: Budgets) -> Duration | None:
    """Return what the runbook gives all phases, where it gives any."""
    given = [one for one in (budgets.diagnose, budgets.mitigate, budgets.verify) if one is not None]
    return Duration(fsum(given)) if given else None


def _of_phase(budgets: Budgets, phase: str) -> Duration | None:
    return {"diagnose": budgets.diagnose, "mitigate": budgets.mitigate, "verify": budgets.verify}.get(phase)


def one_try(node: Node) -> Duration:
    """Return how long one try of the engine's own part may take; a person's time is not counted."""
    match node.step:
        case CheckStep():
            return node.step.check.timeout
        case ChecksStep():
            return max((one.timeout for one in node.step.checks.values()), default=Duration(0.0))
        case WaitStep():
            soak = node.step.soak
            needed = Duration(max(soak.lasting, (soak.passes - 1) * soak.every))
            return node.step.wait if node.step.wait is not None else needed
        case ActionStep():
            return node.step.action.timeout
    return Duration(0.0)


__all__ = ["Phased", "one_try", "phased", "together"]
