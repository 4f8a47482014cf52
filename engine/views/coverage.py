"""Which branches of a plan its runs have taken: what "tested" means for a graph.

A branch is a step, one of its outcomes, and where that leads. `skipped` is a person's deviation and no
branch of the runbook; `limit` is one only where a step may be visited again, or is a wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.core.events import Happened, Settled
from engine.core.plan import Plan, PlanStep
from engine.kinds.nodes import ENDS
from engine.kinds.step import TIMEOUT
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.runbook import RunbookStep


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """One branch: at this step, this outcome leads there."""

    step: str
    outcome: str
    target: str

    def __str__(self) -> str:
        """Return it as a record of coverage names it."""
        return f"{self.step} {self.outcome} > {self.target}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """The branches taken, of all there are."""

    covered: tuple[Edge, ...]
    missing: tuple[Edge, ...]

    @property
    def share(self) -> float:
        """Return the covered part, from 0 to 1."""
        total = len(self.covered) + len(self.missing)
        return len(self.covered) / total if total else 1.0


def coverage(plan: Plan, runs: Iterable[Sequence[Happened]]) -> Coverage:
    """Return which branches of the plan these runs took; steps of other plans do not count."""
    every = [edge for step in plan.steps.values() for edge in edges(plan, step)]
    taken = {
        Edge(one.event.step, one.event.outcome, one.event.target)
        for happened in runs
        for one in happened
        if isinstance(one.event, Settled)
    }
    return Coverage(
        tuple(edge for edge in every if edge in taken), tuple(edge for edge in every if edge not in taken)
    )


@dataclass(frozen=True, slots=True)
class Measured:
    """How much of a plan its runs reached, three ways; steps of sub-runbooks are measured with their own."""

    steps: int
    of_steps: int
    edges: int
    of_edges: int
    outcomes: int
    of_outcomes: int
    missing: tuple[Edge, ...]

    @property
    def share(self) -> float:
        """Return the covered part of the edges, from 0 to 1."""
        return self.edges / self.of_edges if self.of_edges else 1.0


def measured(plan: Plan, runs: Iterable[Sequence[Happened]]) -> Measured:
    """Return the coverage of a runbook's own steps: entered steps, taken edges, seen outcomes."""
    found = own(plan, runs)
    covered, missing = found.covered, found.missing
    inner = _opened(plan)
    mine = {path for path in plan.steps if not path.startswith(inner)}
    entered = {plan.resolved_path("", plan.scopes[""].start), *(edge.step for edge in covered)}
    outcomes = {(edge.step, edge.outcome) for edge in covered}
    every = outcomes | {(edge.step, edge.outcome) for edge in missing}
    return Measured(
        len(entered & mine), len(mine), len(covered), len(covered) + len(missing), len(outcomes), len(every),
        missing,
    )  # fmt: skip


def own(plan: Plan, runs: Iterable[Sequence[Happened]]) -> Coverage:
    """Return which of a runbook's own branches were taken: those of a runbook that it calls count there."""
    found = coverage(plan, runs)
    inner = _opened(plan)
    return Coverage(
        tuple(edge for edge in found.covered if not edge.step.startswith(inner)),
        tuple(edge for edge in found.missing if not edge.step.startswith(inner) and not _waits(plan, edge)),
    )


def _opened(plan: Plan) -> tuple[str, ...]:
    """Return how the paths begin of all steps of runbooks that are called."""
    return tuple(f"{scope.path}/" for scope in plan.scopes.values() if scope.path and not scope.branch)


def _waits(plan: Plan, edge: Edge) -> bool:
    """Say whether an edge is the time-out of a question that has none: it waits for as long as it takes."""
    step = plan.steps[edge.step]
    return edge.outcome == TIMEOUT and isinstance(step.step, AskStep) and step.timeout is None


def edges(plan: Plan, step: PlanStep) -> tuple[Edge, ...]:
    """Return every branch that leaves a step."""
    if isinstance(step.step, DecideStep):
        return tuple(Edge(step.path, "decided", target) for target in step.step.targets())
    outcomes = [outcome for outcome in step.step.outcomes() if _possible(plan, step, outcome)]
    if step.visits > 1 and "limit" not in outcomes:
        outcomes.append("limit")
    return tuple(Edge(step.path, outcome, step.routes[outcome]) for outcome in outcomes)


def _possible(plan: Plan, step: PlanStep, outcome: str) -> bool:
    """A sub-runbook has only the ends its own steps lead to."""
    if not isinstance(step.step, RunbookStep) or outcome not in ENDS:
        return True
    return any(
        inner.scope == step.path and (outcome in inner.routes.values() or outcome in inner.step.targets())
        for inner in plan.steps.values()
    )
