"""Mutants that cannot be noticed: they do the same as the original, whatever happens, and that is proved.

Rules:
1. A mutant is equivalent only where every difference is: none is counted on a guess, and none by trying.
2. The file may be written another way: what the model reads is compared (a default that is spelled out).
3. Rows of a decide that lead to the same step with the same severity, whatever is seen
   (`engine/model/decisions.py`): two that exclude each other, one that another covers, a condition that the
   others imply.
4. Bounds of visits that no run can use up, even one in which a person jumps (`engine/model/returns.py`).
5. What people are told of a decision (its `why`) is not compared with rows that decide the same: which row was
   taken, of two that lead the same way, is told in other words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from engine.kinds import codec
from engine.kinds.nodes import Node
from engine.kinds.steps.decide import DecideStep
from engine.model.decisions import same
from engine.model.graph import Graph, graph_of
from engine.model.returns import most_visits
from engine.model.runbook import Runbook
from tests.mutation.operators import Mutant


@dataclass(frozen=True, slots=True)
class Equivalent:
    """A mutant that is none, and why."""

    mutant: Mutant
    why: str


def why_equivalent(original: Runbook, mutant: Runbook) -> str:
    """Return why a mutant does the same as the original; empty: it may not."""
    if codec.canonical(mutant) == codec.canonical(original):
        return "it is read the same"
    if mutant.steps.keys() != original.steps.keys():
        return ""
    whys: dict[str, None] = {}
    steps: dict[str, Node] = {}
    graphs = (graph_of(original), graph_of(mutant))
    for name, node in mutant.steps.items():
        was = original.steps[name]
        node, why = _as_before(name, was, node, graphs)
        whys |= dict.fromkeys(why)
        steps[name] = node
    alike = codec.canonical(replace(mutant, steps=steps)) == codec.canonical(original)
    return "; ".join(whys) if alike else ""


def _as_before(name: str, was: Node, now: Node, graphs: tuple[Graph, Graph]) -> tuple[Node, list[str]]:
    """Return a step with what makes no difference put back, and why it makes none."""
    whys: list[str] = []
    if was.visits != now.visits:
        least = min(was.visits, now.visits)
        if all(most_visits(graph, name, least + 1, anywhere=True) <= least for graph in graphs):
            now = replace(now, visits=was.visits)
            whys.append(f"no run comes by '{name}' more than {least} time(s)")
    if isinstance(was.step, DecideStep) and isinstance(now.step, DecideStep):
        before, after = was.step, now.step
        if before.decide != after.decide and same(
            before.decide, before.otherwise, after.decide, after.otherwise
        ):
            now = replace(now, step=replace(after, decide=before.decide))
            whys.append(f"the rows of '{name}' decide the same")
    return now, whys


def counted(found: Iterable[Equivalent]) -> Mapping[str, int]:
    """Return how many mutants of each operator are none."""
    return Counter(one.mutant.operator for one in found)


__all__ = ["Equivalent", "counted", "why_equivalent"]
