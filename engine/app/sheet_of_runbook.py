"""A whole runbook as marks: its head, its steps, who decides its changes, and how long it can take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.app.sheet_of_consents import consents_of
from engine.app.sheet_of_paths import ANY, BAD_TOO, Around, Marks, always, led, only_after, terrain_of
from engine.app.sheet_of_steps import least, marks_of
from engine.kinds import codec
from engine.kinds.errors import UsageError
from engine.kinds.nodes import OTHERWISE, Node
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph, graph_of
from engine.model.proof.bound import Bound
from engine.model.proof.bounds import bounds_of
from engine.model.proof.protections import CLAIMS
from engine.model.runbook import Runbook
from engine.views.weakened import Direction, Judged, Mark, Place, Sheet

HEAD: Final = "head"


@dataclass(frozen=True, slots=True)
class Version:
    """One runbook as it stood at one time, with what it needs to be understood."""

    runbook: Runbook
    catalogue: Catalogue
    library: Callable[[str], Runbook | None]


def sheet_of(version: Version) -> Sheet:
    """Return everything a reviewer of a change must see of one version."""
    runbook = version.runbook
    graph = graph_of(runbook)
    return {
        place: mark
        for marks in (
            _head(version),
            _paths(version, graph),
            marks_of(graph, Around(version.catalogue, version.library)),
            consents_of(version.runbook, version.catalogue, graph),
            _bounds(version),
        )
        for place, mark in marks
    }


def renamed(before: Version, after: Version) -> Version:
    """Return the older version with the new names of steps that only changed their name."""
    old, new = before.runbook.steps, after.runbook.steps
    gone = {name: _shape(node) for name, node in old.items() if name not in new}
    come = {name: _shape(node) for name, node in new.items() if name not in old}
    pairs = {
        was: now
        for was, shape in gone.items()
        for now, other in come.items()
        if shape == other and _only(gone.values(), shape) and _only(come.values(), shape)
    }
    if not pairs:
        return before
    steps = {pairs.get(name, name): _aimed(node, pairs) for name, node in old.items()}
    start = pairs.get(before.runbook.start, before.runbook.start)
    return replace(before, runbook=replace(before.runbook, steps=steps, start=start))


def _shape(node: Node) -> str:
    return codec.canonical(replace(node, title="", why="", then={}))


def _only(shapes: Iterable[str], shape: str) -> bool:
    return sum(one == shape for one in shapes) == 1


def _aimed(node: Node, pairs: Mapping[str, str]) -> Node:
    return replace(node, then={outcome: pairs.get(target, target) for outcome, target in node.then.items()})


def _head(version: Version) -> Marks:
    runbook, catalogue = version.runbook, version.catalogue
    known = list(catalogue.severities)
    named = next(
        (name for name, level in catalogue.severities.items() if runbook.severity in level.aliases),
        runbook.severity,
    )
    rank = (-float(known.index(named)),) if named in known else ()
    yield Place(HEAD, "severity"), Mark(said=named or "none", strict=rank)
    for phase in ("diagnose", "mitigate", "verify"):
        mark = least(getattr(runbook.budgets, phase))
        if mark is not None:
            yield Place(HEAD, f"budget to {phase}"), mark
    for what, every in (("reviewed every", runbook.review_every), ("practised every", runbook.drill_every)):
        yield Place(HEAD, what), Mark(said=str(every), strict=(-float(every),))
    real = len(catalogue.environments) or 1
    wide = len(runbook.environments) or real
    said = ", ".join(runbook.environments) or "everywhere"
    yield Place(HEAD, "environments"), Mark(said=said, strict=(-float(wide),))
    for trigger in runbook.triggers:
        said = f"{trigger.expr or 'raised elsewhere'} for {trigger.lasting or '0s'}"
        yield Place(HEAD, f"trigger {trigger.alert}"), Mark(said=said, gone="weaker")
    for one in runbook.asserts:
        yield Place(HEAD, f"assert {one.text()}"), Mark(said="proved", gone="weaker")
    for waiver in runbook.allow:
        about = f"waiver of {waiver.rule}" + (f" at {waiver.step}" if waiver.step else "")
        yield (
            Place(HEAD, about),
            Mark(said=f"until {waiver.until}", gone="stronger", judge=_later(waiver.until)),
        )
    for name, spec in runbook.inputs.items():
        yield Place(HEAD, f"input {name}"), Mark(said="required" if spec.required else "optional")
        if spec.pattern:
            yield Place(HEAD, f"input {name} must match"), Mark(said=spec.pattern, gone="weaker")
        longest = float(spec.max_length)
        yield Place(HEAD, f"input {name} longest"), Mark(said=str(spec.max_length), strict=(-longest,))


def _later(until: str) -> Callable[[Mark], Judged]:
    def judge(old: Mark) -> Judged:
        return Judged("weaker" if f"until {until}" > old.said else "stronger")

    return judge


def _paths(version: Version, graph: Graph) -> Marks:
    """Yield where it begins, where it ends, what comes before that, and where what nobody mapped goes."""
    runbook = version.runbook
    terrain = terrain_of(graph, Around(version.catalogue, version.library))
    yield Place(HEAD, "start"), led(graph.start, terrain, ANY)
    yield Place(HEAD, "otherwise"), led(runbook.otherwise or OTHERWISE, terrain, BAD_TOO)
    reached = graph.passable().reachable()
    for end in graph.ends:
        if end not in reached:
            continue
        gone: Direction = "weaker" if end in ("escalated", "aborted") else "different"
        yield Place("paths", f"can end {end}"), Mark(said="yes", gone=gone)
        if end in CLAIMS:
            yield Place("paths", f"{end} only after"), only_after(end, terrain)
        if end != "resolved" and end != "false-alarm":
            heard = not terrain.ground.around(graph.start, {end}, "tell", "ask")
            yield Place("paths", f"somebody hears of it before it ends {end}"), always(float(heard))


def _bounds(version: Version) -> Marks:
    try:
        bounds = bounds_of(version.runbook, version.library, version.catalogue)
    except UsageError:
        return  # it calls what is not there: `check` says so
    for what, bound in (("to an end", bounds.resolution), ("to a person", bounds.person)):
        yield from _bound(what, bound)
    for phase, bound in bounds.phases.items():
        yield from _bound(f"to {phase}", bound)


def _bound(what: str, bound: Bound) -> Marks:
    """Each wait that nothing limits is told by itself, and the time beside them in one number."""
    place = "worst case"
    limited = bound.at_most is not None
    yield Place(place, what), Mark(said="limited" if limited else "no limit", strict=(float(limited),))
    said = f"at most {bound.besides}"
    yield Place(place, f"{what}, all that has a limit"), Mark(said=said, data=bound, judge=_shorter(bound))
    for one in bound.open:
        yield Place(place, f"{what}, {one.step}"), Mark(said=one.why, gone="stronger")


def _shorter(now: Bound) -> Callable[[Mark], Judged]:
    """A time that leaves out a wait that nothing limits any more is not shorter; nor longer the other way."""

    def judge(old: Mark) -> Judged:
        was = old.data if isinstance(old.data, Bound) else now
        before, after = ({one.step for one in bound.open} for bound in (was, now))
        less = now.besides < was.besides
        out = sorted(after - before if less else before - after)
        if out:
            counts = "does not count" if less else "counts"
            said = "which nothing limits any more" if less else "which has a limit now"
            return Judged("different", f"it {counts} {', '.join(out)}, {said}")
        return Judged("stronger" if less else "weaker")

    return judge


__all__ = ["HEAD", "Version", "renamed", "sheet_of"]
