"""Where a runbook leads, as marks: outcomes, answers, rows of a decision, and what comes before a change.

Rules:
1. Where something leads is judged by what holds on every path from there (model/proof/protections.py), each
   side in its own version. A place that keeps its name is not judged: what changed behind it is told there.
2. What comes on every path to a change, or to an end that claims something, is a guard of it by name.
3. Rows of a decision are judged by what they do together: where the same state of things can lead elsewhere
   now (`engine/model/decisions.py`), and that place is less protected, the decision is weaker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.core.outbox import chain
from engine.kinds import codec
from engine.kinds.counted import counted
from engine.kinds.nodes import Node
from engine.kinds.step import TIMEOUT
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.values import Json
from engine.model.assertion import ANY_CHANGE
from engine.model.catalogue import Catalogue
from engine.model.decisions import divergences
from engine.model.graph import Edge, Graph
from engine.model.proof.calls import Library
from engine.model.proof.changes import changing
from engine.model.proof.protections import After, Ground, Held, ground_of, held_from, least_of, lost
from engine.views.flow import flow
from engine.views.looser import looser, together
from engine.views.weakened import Direction, Judged, Mark, Place

BAD: Final = frozenset({"fail", "unknown", "failed", TIMEOUT, "limit", "partly", "undelivered", "unanswered"})
"""Outcomes after which nothing is well."""
_WELL: Final = ("resolved", "false-alarm", "pass")
ANY: Final[frozenset[After]] = frozenset({"any"})
BAD_TOO: Final[frozenset[After]] = frozenset({"any", "bad"})
DONE_TOO: Final[frozenset[After]] = frozenset({"any", "done"})
_ALWAYS: Final = ("not on every path", "on every path")

Marks = Iterator[tuple[Place, Mark]]


@dataclass(frozen=True, slots=True)
class Around:
    """What the steps of one version are understood by: its catalogue, and the runbooks they may run."""

    catalogue: Catalogue
    library: Library

    def contact(self, to: str) -> tuple[float, float]:
        """Return whether a message to a role or channel gets anywhere, and whether it can wake somebody."""
        role = self.catalogue.roles.get(to)
        channels = self.catalogue.channels
        first = role.channel if role is not None and role.channel else to
        known = [channels[name] for name in chain(channels, first) if name in channels]
        return float(bool(known)), float(any(one.type == "pagerduty" for one in known))

    def reached(self, to: str) -> bool:
        """Say whether a message gets anywhere; a catalogue without any channel says nothing of it."""
        return not self.catalogue.channels or bool(self.contact(to)[0])

    def rank(self, severity: str) -> float:
        """Return how grave a severity is, greater is graver; 0 where none is raised."""
        levels = list(self.catalogue.severities.items())
        for number, (name, level) in enumerate(levels):
            if severity and severity in (name, *level.aliases):
                return float(len(levels) - number)
        return float(bool(severity))


@dataclass(frozen=True, slots=True)
class Terrain:
    """One graph with what holds from each of its places on, measured once."""

    graph: Graph
    ground: Ground
    leaving: Mapping[str, tuple[Edge, ...]]
    _held: dict[str, Held] = field(default_factory=dict)

    def held(self, place: str) -> Held:
        """Return what holds from a place on."""
        if place not in self._held:
            self._held[place] = held_from(self.ground, place)
        return self._held[place]


def terrain_of(graph: Graph, around: Around) -> Terrain:
    """Return a graph made ready to be measured; taking back is a way out of a change, and none itself."""
    backs = {name for name, node in graph.nodes.items() if isinstance(node.step, UndoStep)}
    steps = changing(graph.nodes, ANY_CHANGE, around.library) - backs
    return Terrain(graph, ground_of(graph, around.reached, steps), graph.leaving())


def ways_on(where: str, name: str, terrain: Terrain) -> Marks:
    """Yield where each outcome leads; of a change, what comes before it and what looks at it afterwards."""
    node = terrain.graph.nodes[name]
    edges = [edge for edge in terrain.leaving.get(name, ()) if edge.outcome != "decided"]
    good = {edge.target for edge in edges if edge.outcome in node.step.good}
    change = name in terrain.ground.sorts["change"]
    for edge in edges:
        done = change and edge.outcome in node.step.good
        after = BAD_TOO if edge.outcome in BAD else DONE_TOO if done else ANY
        yield Place(where, f"on {edge.outcome}"), _route(edge.outcome, edge.target, good, after, terrain)
    if change:
        yield Place(where, "only after"), only_after(name, terrain)
        if good:
            yield (
                Place(where, "looked at afterwards"),
                always(min(terrain.held(one).of("helped") for one in good)),
            )


def always(held: float) -> Mark:
    """Return a mark of what holds on every path, or does not."""
    return Mark(said=_ALWAYS[int(held > 0)], strict=(held,), gone=None)


def led(target: str, terrain: Terrain, after: frozenset[After]) -> Mark:
    """Return where something leads, judged by what holds on every path from there."""
    held = terrain.held(target)

    def judge(old: Mark) -> Judged:
        return by_protections(old.data, held, after)

    return Mark(said=target, data=held, judge=judge)


def by_protections(was: object, now: Held, after: frozenset[After]) -> Judged:
    """Return what it means that other protections hold now: weaker where one of them is lost."""
    if not isinstance(was, Held):
        return Judged("different")
    gone = lost(was, now, after)
    if gone:
        return Judged("weaker", "; ".join(gone))
    return Judged("stronger" if lost(now, was, after) else "different")


def only_after(goal: str, terrain: Terrain) -> Mark:
    """Return what comes on every path to a change or an end; less of it is weaker.

    A step that is gone or new is told by itself, and is no loss here.
    """
    points = terrain.ground.needed(goal)
    steps = frozenset(terrain.graph.nodes)
    exact = {point.partition(".")[0] for point in points if "." in point}
    order = {name: number for number, name in enumerate(terrain.graph.nodes)}
    told = sorted(points - exact, key=lambda one: (order.get(one.partition(".")[0], -1), one))

    def judge(old: Mark) -> Judged | None:
        was, known = old.data if isinstance(old.data, tuple) else (points, steps)
        missing = sorted(one for one in was - points if one.partition(".")[0] in steps)
        if missing:
            return Judged("weaker", f"a path leads here around {', '.join(missing)}")
        won = any(one.partition(".")[0] in known for one in points - was)
        return Judged("stronger") if won else None

    return Mark(said=", ".join(told) or "nothing", data=(points, steps), judge=judge, gone=None)


def _route(outcome: str, target: str, good: set[str], after: frozenset[After], terrain: Terrain) -> Mark:
    """A bad outcome that now leads where all is well leads past a guard; so does what loses a protection."""
    well = outcome in BAD and (target in good or target in _WELL)
    held = terrain.held(target)

    def judge(old: Mark) -> Judged:
        was = outcome in BAD and bool(old.strict and old.strict[0] == 0)
        judged = by_protections(old.data, held, after)
        if well and not was:
            return Judged("weaker", judged.why or "a bad outcome goes where all is well")
        if judged.direction == "weaker":
            return judged
        return Judged("stronger" if was and not well else judged.direction)

    return Mark(said=target, strict=(0.0 if well else 1.0,), data=held, judge=judge)


def options(name: str, step: AskStep, terrain: Terrain) -> Mark:
    """A new answer is weaker where it loses what every other keeps; a lost one, where it changed nothing."""
    targets = {edge.outcome: edge.target for edge in terrain.leaving[name]}
    held = {option: terrain.held(targets[option]) for option in step.options}

    def judge(old: Mark) -> Judged:
        was = old.data if isinstance(old.data, dict) else held
        kept = least_of(tuple(was.values()))
        for option, now in held.items():
            gone = lost(kept, now, ANY) if option not in was else ()
            if gone:
                return Judged("weaker", f"'{option}': {'; '.join(gone)}")
        safe = [
            one
            for one, each in was.items()
            if one not in held and each.of("read-only") and not kept.of("read-only")
        ]
        if safe:
            return Judged("weaker", f"nobody can answer '{safe[0]}' any more, which changes nothing")
        return Judged("different")

    return Mark(said=", ".join(step.options), data=held, judge=judge)


def rows(where: str, step: DecideStep, terrain: Terrain, around: Around) -> Marks:
    """Rows by where they go, so that one that moves is told as moved; what that means is told beside them."""
    found: dict[str, list[Case]] = {}
    for case in step.decide:
        found.setdefault(case.go, []).append(case)
    for go, cases in found.items():
        risky = go in _WELL or _changes(terrain.graph.nodes.get(go))
        for number, case in enumerate(cases):
            about = f"goes to {go}" + (f" ({number + 1})" if number else "")
            yield Place(where, about), _row(case, risky)
            if case.raises:
                yield Place(where, f"{about} raises"), _raises(case.raises, around)
    yield Place(where, "order of rows"), Mark(said=" > ".join(case.go for case in step.decide))
    yield Place(where, "else"), led(step.otherwise, terrain, BAD_TOO)
    yield Place(where, "decides"), _decides(step, terrain, around)


def _raises(severity: str, around: Around) -> Mark:
    return Mark(said=severity, strict=(around.rank(severity),), gone=None)


@dataclass(frozen=True, slots=True)
class _Decided:
    """The rows of a decide, each with what holds on every path from where it goes."""

    step: DecideStep
    held: Mapping[str, Held]
    rank: Callable[[str], float]

    def going(self, row: int) -> tuple[str, float]:
        """Return where a row goes, and how grave what it raises is; the row after the last is the `else`."""
        if row == len(self.step.decide):
            return self.step.otherwise, 0.0
        return self.step.decide[row].go, self.rank(self.step.decide[row].raises)


def _decides(step: DecideStep, terrain: Terrain, around: Around) -> Mark:
    """The same state of things may lead elsewhere: weaker where it loses a protection, or its severity."""
    mine = _Decided(step, {go: terrain.held(go) for go in step.targets()}, around.rank)
    exact = "; ".join(f"{flow(_plain(case))} to {case.go} {case.raises}" for case in step.decide)

    def judge(old: Mark) -> Judged | None:
        was = old.data
        return _parted(was, mine) if isinstance(was, _Decided) else None

    said = f"{counted(len(step.decide), 'row')}, else {step.otherwise}"
    return Mark(said=said, exact=exact, data=mine, judge=judge, gone=None)


def _parted(was: _Decided, now: _Decided) -> Judged | None:
    def meaning(row: int, other: int) -> tuple[str, ...]:
        (before, grave), (after, graver) = was.going(row), now.going(other)
        told = () if before == after else lost(was.held[before], now.held[after], BAD_TOO)
        return (*told, "it raises a lower severity, or none") if graver < grave else told

    pairs = divergences(was.step.decide, now.step.decide, lambda i, j: bool(meaning(i, j)))
    if not pairs:
        return None
    row, other = pairs[0]
    before, after = was.going(row)[0], now.going(other)[0]
    return Judged("weaker", f"what went to {before} may go to {after} now: {'; '.join(meaning(row, other))}")


def _changes(node: Node | None) -> bool:
    return node is not None and isinstance(node.step, ActionStep) and node.step.action.effect != "read"


def _plain(case: Case) -> Json:
    """Return the conditions of a row, as they are written."""
    return {
        **({"if": codec.plain(case.when)} if case.when else {}),
        **({"any": codec.plain(case.any)} if case.any else {}),
    }


def _row(case: Case, risky: bool) -> Mark:
    """A looser condition is weaker where it lets a change be made, or says that all is well."""

    def judge(old: Mark) -> Judged:
        was = old.data
        if not risky or not isinstance(was, Case) or codec.plain(was.any) != codec.plain(case.any):
            return Judged("different")
        before, after = codec.plain(was.when), codec.plain(case.when)
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            return Judged("different")
        return Judged(conditions(before, after))

    return Mark(said=flow(_plain(case)), data=case, judge=judge)


def conditions(before: Mapping[str, Json], after: Mapping[str, Json]) -> Direction:
    """Return what became of conditions that all must hold: one fewer is looser."""
    found: list[Direction | None] = ["weaker" for subject in before if subject not in after]
    found += ["stronger" for subject in after if subject not in before]
    found += [
        looser(before[subject], after[subject])
        for subject in before
        if subject in after and before[subject] != after[subject]
    ]
    return together(found)


__all__ = [
    "ANY",
    "BAD_TOO",
    "Around",
    "Marks",
    "Terrain",
    "always",
    "led",
    "only_after",
    "options",
    "rows",
    "terrain_of",
    "ways_on",
]
