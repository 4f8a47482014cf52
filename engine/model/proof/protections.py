"""The protections that hold on every path, in one table: what a run is sure of, from a step on to its ends.

Rules:
1. A protection is a number for a place of a graph, greater is more: 1 it holds on every path from there, 0
   there is a path on which it does not; or how much there is at least. A path that never comes to what it
   guards against breaks nothing.
2. Whoever leads a path elsewhere loses what held on every path from the old place and does not from the new
   one. That is weaker, whatever else was won by it.
3. To change something where nothing could be changed before is weaker; so is to look less often before a
   change, or before it is said that all is well.
4. A bad outcome (silence, failure, what nobody could see) and what a decision finds have one protection more:
   a person hears of it before any end. So has the good end of a change: something looks whether it helped.
5. A person is paged by an `escalate` whose role is reached by a channel; told by a `notify` as well. Where
   nobody answers a question nobody was asked: its `timeout` goes on without.
6. What happens inside of a `parallel` or another runbook counts for the step that opens it. A branch is a
   graph of its own, with ends of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf
from typing import Final, Literal

from engine.kinds.nodes import OTHERWISE, Node
from engine.kinds.step import TIMEOUT, Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.model.graph import Edge, Graph
from engine.model.proof.walks import ways

Sort = Literal["change", "look", "recovery", "page", "tell", "ask", "undo"]
SORTS: Final[Mapping[Sort, str]] = {
    "look": "it looks at nothing any more",
    "recovery": "it proves no recovery any more",
    "page": "it pages nobody any more",
    "tell": "it tells nobody any more",
    "ask": "it asks nobody any more",
    "undo": "it takes nothing back any more",
}
"""What a step is in the eyes of this table, and what it means that it is no more."""
CLAIMS: Final = frozenset({"resolved", "mitigated", "false-alarm", "pass"})
"""Ends that say that something is well, or better."""
_UNWELL: Final = frozenset({"escalated", "mitigated", "aborted"})
"""Ends that somebody has to hear of."""
After = Literal["any", "bad", "done"]
"""Behind what a protection is asked for: any outcome; a bad one, or a decision; the good one of a change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A graph made ready for the table: every edge a run can take, and its steps by what they are."""

    start: str
    ends: frozenset[str]
    leaving: Mapping[str, Sequence[Edge]]
    sorts: Mapping[Sort, frozenset[str]]
    passes: Mapping[str, int]
    """How often in a row the checks of each wait must pass."""

    def around(self, here: str, goals: Set[str], *guards: Sort) -> bool:
        """Say whether a path leads from here to a goal around every guard."""
        steps = frozenset(one for sort in guards for one in self.sorts[sort])
        left, seen = [here], {here}
        while left:
            place = left.pop()
            if place in goals:
                return True
            for edge in self.leaving.get(place, ()):
                heard = place in steps and not (edge.outcome == TIMEOUT and place in self.sorts["ask"])
                if not heard and edge.target not in seen:
                    seen.add(edge.target)
                    left.append(edge.target)
        return False

    def looks_before(self, here: str, goals: Set[str]) -> float:
        """Return how often something is looked at on the way to a goal, at least; infinite without a way."""
        best = {here: 0}
        left = [(0, here)]
        while left:
            looks, place = heappop(left)
            if place in goals:
                return looks
            for edge in self.leaving.get(place, ()):
                there = looks + self._looks(edge)
                if there < best.get(edge.target, inf):
                    best[edge.target] = there
                    heappush(left, (there, edge.target))
        return inf

    def _looks(self, edge: Edge) -> int:
        """Return how often a step looks before it is left so: a wait that has held, at each of its passes."""
        held = self.passes.get(edge.step, 1) if edge.outcome == "held" else 1
        return held if edge.step in self.sorts["look"] else 0

    def needed(self, goal: str) -> frozenset[str]:
        """Return what comes on every path from the start to a goal: steps, and steps with their outcome."""
        if not self._reached(goal, "", ""):
            return frozenset()
        found = set()
        for step, edges in self.leaving.items():
            if step != goal and not self._reached(goal, step, ""):
                found.add(step)
                outcomes = {edge.outcome for edge in edges}
                if len(outcomes) > 1:
                    found |= {f"{step}.{one}" for one in outcomes if not self._reached(goal, step, one)}
        return frozenset(found)

    def _reached(self, goal: str, without: str, outcome: str) -> bool:
        left, seen = [self.start], {self.start}
        while left:
            place = left.pop()
            if place == goal:
                return True
            for edge in self.leaving.get(place, ()):
                if place == without and outcome in ("", edge.outcome):
                    continue
                if edge.target not in seen:
                    seen.add(edge.target)
                    left.append(edge.target)
        return False


def ground_of(graph: Graph, reached: Callable[[str], bool], changing: Set[str]) -> Ground:
    """Return a graph made ready; `reached`: whether a page to a role gets to anybody."""
    found: dict[Sort, set[str]] = {sort: set() for sort in ("change", *SORTS)}
    found["change"] |= changing
    for name, node in graph.nodes.items():
        for sort in sorts_of(node, reached):
            found[sort].add(name)
    found["page"].add(OTHERWISE)
    found["tell"].add(OTHERWISE)
    leaving = ways(graph).leaving
    sorts = {sort: frozenset(steps) for sort, steps in found.items()}
    passes = {
        name: node.step.soak.passes for name, node in graph.nodes.items() if isinstance(node.step, WaitStep)
    }
    ends = frozenset(graph.ends)
    return Ground(start=graph.start, ends=ends, leaving=leaving, sorts=sorts, passes=passes)


def sorts_of(node: Node, reached: Callable[[str], bool]) -> frozenset[Sort]:
    """Return what a step is in the eyes of the table, but for whether it changes anything."""
    step = node.step
    if isinstance(step, ParallelStep):
        inner = (one for branch in step.parallel.values() for one in branch.steps.values())
        return frozenset(sort for one in inner for sort in sorts_of(one, reached))
    return frozenset(_sorts(step, reached))


def _sorts(step: Step, reached: Callable[[str], bool]) -> list[Sort]:
    match step:
        case CheckStep() | ChecksStep():
            return ["look"]
        case RunbookStep():
            return ["look", "recovery"]  # it ends resolved only where it has proved that itself
        case WaitStep():
            looks: list[Sort] = ["look"] if step.until is not None else []
            return [*looks, "recovery"] if step.recovery else looks
        case ActionStep():
            return ["look"] if step.action.effect == "read" else []
        case AskStep():
            return ["look", "ask"]
        case EscalateStep():
            return ["page", "tell"] if reached(step.escalate) else []
        case NotifyStep():
            return ["tell"] if reached(step.notify) else []
        case UndoStep():
            return ["undo"]
    return []


@dataclass(frozen=True, slots=True)
class Protection:
    """One protection: its name, what is said when it is lost, and how much of it there is from a place on."""

    name: str
    lost: str
    measure: Callable[[Ground, str], float]
    after: After = "any"
    anew: bool = True
    """Whether it is asked for too where nothing led to what it guards before."""

    def kept(self, was: float, now: float) -> bool:
        """Say whether nothing of it was lost; where nothing led to what it guards, any of it is enough."""
        return (now > 0 or not self.anew) if was == inf else now >= was


def _all(ends: Set[str], *guards: Sort) -> Callable[[Ground, str], float]:
    """Return a measure: whether a guard stands on every path to these ends; no ends named: to any.

    It is infinite where no path leads there.
    """

    def measure(on: Ground, here: str) -> float:
        if on.around(here, ends or on.ends, *guards):
            return 0.0
        return 1.0 if on.around(here, ends or on.ends) else inf

    return measure


def _heard(on: Ground, here: str) -> float:
    """Return 2 where a person is paged on every path to whatever end, 1 where one is paged or asked."""
    if not on.around(here, on.ends, "page"):
        return 2.0
    return float(not on.around(here, on.ends, "page", "ask"))


PROTECTIONS: Final = (
    Protection(
        "read-only",
        "something may be changed where nothing was",
        lambda on, here: float(not on.around(here, on.sorts["change"])),
    ),
    Protection(
        "consent",
        "no person is asked or paged before a change",
        lambda on, here: float(not on.around(here, on.sorts["change"], "ask", "page")),
    ),
    Protection(
        "evidence",
        "nothing is looked at before it is called well",
        _all(CLAIMS, "look"),
    ),
    Protection(
        "verification",
        "no wait for recovery before it is called resolved or mitigated",
        _all(frozenset({"resolved", "mitigated"}), "recovery"),
    ),
    Protection(
        "page",
        "nobody is paged before it ends",
        _all(frozenset({"escalated", "mitigated"}), "page"),
        anew=False,
    ),
    Protection("told", "nobody hears of it before it ends", _all(_UNWELL, "tell", "ask")),
    Protection("undo", "nothing is taken back", _all(frozenset(), "undo")),
    Protection("silence", "a person was sure to hear of it, and is not now", _heard, "bad"),
    Protection("helped", "nothing looks whether the change helped", _all(frozenset(), "look"), "done"),
)
"""All of them, in the order in which they are told; *diagnosis* is held for each change by itself."""


@dataclass(frozen=True, slots=True)
class Held:
    """How much there is of each protection from a place on."""

    measures: tuple[float, ...]
    """In the order of the table."""
    looks: Mapping[str, float]
    """*Diagnosis*: by each change, how often something is looked at before it, at least."""

    def of(self, name: str) -> float:
        """Return how much there is of one protection."""
        return next(held for one, held in zip(PROTECTIONS, self.measures, strict=True) if one.name == name)


def held_from(on: Ground, here: str) -> Held:
    """Return how much there is of each protection from a place on."""
    looks = {change: on.looks_before(here, {change}) for change in on.sorts["change"]}
    return Held(tuple(one.measure(on, here) for one in PROTECTIONS), looks)


def least_of(several: Sequence[Held]) -> Held:
    """Return what holds whichever of some places a path goes on from."""
    measures = zip(*(one.measures for one in several), strict=True)
    changes = several[0].looks if several else {}
    looks = {change: min(one.looks.get(change, inf) for one in several) for change in changes}
    return Held(tuple(min(each) for each in measures), looks)


def lost(was: Held, now: Held, after: Set[After]) -> tuple[str, ...]:
    """Return what is said of every protection of which there is less now."""
    found = [
        one.lost
        for one, before, behind in zip(PROTECTIONS, was.measures, now.measures, strict=True)
        if one.after in after and not one.kept(before, behind)
    ]
    sooner = [change for change, looks in now.looks.items() if looks < was.looks.get(change, -inf)]
    if sooner:
        found.append(f"less is looked at before {', '.join(sorted(sooner))}")
    return tuple(found)


__all__ = [
    "CLAIMS",
    "PROTECTIONS",
    "SORTS",
    "After",
    "Ground",
    "Held",
    "Protection",
    "Sort",
    "ground_of",
    "held_from",
    "least_of",
    "lost",
    "sorts_of",
]
