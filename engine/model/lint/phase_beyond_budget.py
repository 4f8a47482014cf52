"""A phase that takes longer than its budget even where all goes well: the steps on one good way through it.

Each is counted once, with one try that answers just in time; retries, people and bad answers are for other
days. The upper bound over all paths, which counts those too, is what `explain` prints. A wait whose `why`
says what takes so long is left out: people know what they wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration
from engine.model.graph import Edge, Graph, Longest
from engine.model.lint import Facts, Fault
from engine.model.lint._phases import Phased, one_try, phased
from engine.model.lint._walk import shown
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = (
    "give the phase a budget that holds, or its steps less time; say in a wait's 'why' what takes so long"
)
BEFORE: Final = """
budgets: {diagnose: 30s}
steps:
  look: {check: {http: 'https://x.example', timeout: 20s}, then: {pass: again, any: escalated}}
  again: {check: {http: 'https://y.example', timeout: 20s}, then: {pass: false-alarm, any: escalated}}
"""
AFTER: Final = """
budgets: {diagnose: 1m}
steps:
  look: {check: {http: 'https://x.example', timeout: 20s}, then: {pass: again, any: escalated}}
  again: {check: {http: 'https://y.example', timeout: 20s}, then: {pass: false-alarm, any: escalated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield budgets of phases that the longest good way through them exceeds by more than a single step."""
    steps = {one.step: one for one in phased(graph, runbook.budgets) if one.graph is graph}
    for phase in dict.fromkeys(one.phase for one in steps.values()):
        mine = {name: one for name, one in steps.items() if one.phase == phase}
        budget = next(one.budget for one in mine.values())
        if budget is None or any(_alone(graph, one) > budget for one in mine.values()):
            continue  # what a single step exceeds is told at the step
        way = max((_way(graph, start, mine) for start in _entries(graph, mine)), key=lambda one: one.length)
        if way.length > budget:
            trace = tuple(graph.place(name) for name in way.steps if name in mine)
            took = f"where all goes well this may take {Duration(way.length)}"
            message = f"{shown(trace)}: {took}, and the budget of {phase} is {budget}"
            yield Fault(("budgets", phase), message, trace=trace)


def _entries(graph: Graph, mine: dict[str, Phased]) -> Iterator[str]:
    """Yield the steps at which a phase begins."""
    if graph.start in mine:
        yield graph.start
    yield from dict.fromkeys(
        edge.target for edge in graph.edges if edge.target in mine and edge.step not in mine
    )


def _way(graph: Graph, start: str, mine: dict[str, Phased]) -> Longest:
    """Return the longest good way through a phase; a step that may be visited again counts once."""
    edges = tuple(edge for edge in graph.edges if edge.step in mine and _good(graph, edge))
    weights = {name: _alone(graph, one) for name, one in mine.items()}
    return replace(graph, start=start, edges=edges, nodes=_once(graph)).longest(weights)


def _once(graph: Graph) -> Mapping[str, Node]:
    return {name: replace(node, visits=1) for name, node in graph.nodes.items()}


def _good(graph: Graph, edge: Edge) -> bool:
    step = graph.nodes[edge.step].step
    if isinstance(step, DecideStep):
        return edge.outcome == "decided"
    if isinstance(step, AskStep):
        return edge.outcome in step.options
    return edge.outcome in step.good


def _alone(graph: Graph, one: Phased) -> float:
    """Return how long one try of a step may take, and of what it opens."""
    if isinstance(one.node.step, ParallelStep):
        here = (*graph.place(one.step), "parallel")
        inner = (branch for branch in graph.branches if branch.route[: len(here)] == here)
        return max((_branch(branch) for branch in inner), default=0.0)
    return _seconds(one.node)


def _branch(branch: Graph) -> float:
    edges = tuple(edge for edge in branch.edges if edge.step in branch.nodes and _good(branch, edge))
    weights = {name: _seconds(node) for name, node in branch.nodes.items()}
    return replace(branch, edges=edges, nodes=_once(branch)).longest(weights).length


def _seconds(node: Node) -> float:
    if isinstance(node.step, WaitStep) and node.why:
        return 0.0
    return float(one_try(node))
