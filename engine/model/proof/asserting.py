"""Proofs of what an author asserts: by looking for a walk that contradicts it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace

from engine.kinds.findings import did_you_mean
from engine.kinds.step import Step
from engine.kinds.steps.decide import DecideStep
from engine.model.assertion import Assertion
from engine.model.graph import Graph
from engine.model.proof.calls import Library
from engine.model.proof.changes import changing
from engine.model.proof.proved import Proved
from engine.model.proof.walks import Goal, Point, Ways, walk, ways
from engine.model.runbook import Runbook


def prove(runbook: Runbook, graph: Graph, library: Library) -> tuple[Proved, ...]:
    """Return what becomes of every assertion of a runbook, in the order of the file."""
    if not runbook.asserts:
        return ()
    on = ways(graph)
    return tuple(replace(_prove(one, runbook, on, library), why=one.why) for one in runbook.asserts)


def _prove(one: Assertion, runbook: Runbook, on: Ways, library: Library) -> Proved:
    text = one.text()
    for wrong, fix in _wrong(one, on.graph):
        return Proved(text, False, wrong=wrong, fix=fix)
    found = walk(on, _goal(one, runbook, on.graph, library))
    if found is None:
        return Proved(text, True)
    return Proved(text, False, found.steps, found.certain)


def _goal(one: Assertion, runbook: Runbook, graph: Graph, library: Library) -> Goal:
    """Return what a walk that contradicts an assertion comes to."""
    if one.before is not None:
        before = one.before
        places: Set[str] = {before.step or before.end or ""}
        if before.change:
            places = changing(runbook.steps, before.change, library)
        return Goal(places, around=Point.parse(before.comes))
    if one.never is not None:
        never = one.never
        places = changing(runbook.steps, never.change, library) if never.change else {never.step}
        return Goal(places, after=Point.parse(never.after) if never.after else None)
    if one.always is None:
        return Goal(frozenset())
    always = one.always
    places = {always.on} if always.on else frozenset(graph.ends)
    after = Point.parse(always.after) if always.after else None
    return Goal(places, after, Point.parse(always.step))


def _wrong(one: Assertion, graph: Graph) -> Iterator[tuple[str, str]]:
    """Yield what an assertion speaks of that is not there: it would hold for nothing."""
    for text in _points(one):
        point = Point.parse(text)
        node = graph.nodes.get(point.step)
        if node is None:
            fix = did_you_mean(point.step, graph.nodes) or "name a step of this runbook's own graph"
            yield f"there is no step '{point.step}'", fix
        elif point.outcome and point.outcome not in _outcomes(node.step):
            known = ", ".join(_outcomes(node.step))
            yield f"'{point.step}' never ends '{point.outcome}'", f"known: {known}"
    for text in (one.before.step if one.before else "", one.never.step if one.never else ""):
        if text and text not in graph.nodes:
            fix = did_you_mean(text, graph.nodes) or "name a step of this runbook's own graph"
            yield f"there is no step '{text}'", fix


def _points(one: Assertion) -> Iterator[str]:
    """Yield the steps that must have come."""
    if one.before is not None:
        yield one.before.comes
    if one.never is not None and one.never.after:
        yield one.never.after
    if one.always is not None:
        yield one.always.step
        if one.always.after:
            yield one.always.after


def _outcomes(step: Step) -> tuple[str, ...]:
    """Return the outcomes an assertion may name; of a decide, where it goes is no outcome."""
    return ("decided",) if isinstance(step, DecideStep) else (*step.outcomes(), "limit", "skipped")


__all__ = ["prove"]
