"""A whole runbook as marks: its head, its steps, who decides its changes, and how long it can take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.app.sheet_of_steps import Marks, least, marks_of
from engine.core.events import Person
from engine.core.plan import Plan
from engine.core.policy import Decision, decision_for, ruling
from engine.core.state import RunState
from engine.kinds import codec
from engine.kinds.errors import UsageError
from engine.kinds.nodes import OTHERWISE, Node
from engine.kinds.steps.action import ActionStep
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph, graph_of
from engine.model.guards import IDENTITIES
from engine.model.proof.bound import Bound
from engine.model.proof.bounds import bounds_of
from engine.model.runbook import Runbook
from engine.views.weakened import Direction, Mark, Place, Sheet

HEAD: Final = "head"
_MODES: Final = ("none", "confirm", "approve", "refused")


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
            _ends(graph),
            marks_of(graph),
            _decisions(version, graph),
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
    yield Place(HEAD, "start"), Mark(said=runbook.start or next(iter(runbook.steps), ""))
    yield Place(HEAD, "otherwise"), Mark(said=runbook.otherwise or OTHERWISE)
    for trigger in runbook.triggers:
        said = f"{trigger.expr or 'raised elsewhere'} for {trigger.lasting or '0s'}"
        yield Place(HEAD, f"trigger {trigger.alert}"), Mark(said=said, gone="weaker")
    for one in runbook.asserts:
        yield (
            Place(HEAD, f"assert {codec.canonical(replace(one, why=''))}"),
            Mark(said="proved", gone="weaker"),
        )
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


def _later(until: str) -> Callable[[Mark], Direction]:
    def judge(old: Mark) -> Direction:
        return "weaker" if f"until {until}" > old.said else "stronger"

    return judge


def _ends(graph: Graph) -> Marks:
    reached = graph.reachable()
    for end in graph.ends:
        if end in reached:
            gone: Direction = "weaker" if end == "escalated" else "different"
            yield Place("paths", f"can end {end}"), Mark(said="yes", gone=gone)


def _decisions(version: Version, graph: Graph) -> Marks:
    """Yield who decides each change, in every environment it may run in, by the role at the terminal."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, ActionStep):
                yield from _decided(version, name, node.step)


def _decided(version: Version, where: str, step: ActionStep) -> Marks:
    runbook, catalogue = version.runbook, version.catalogue
    for environment in runbook.environments or tuple(catalogue.environments):
        plan = Plan(
            run="",
            runbook=runbook.runbook,
            title="",
            environment=environment,
            steps={},
            scopes={},
            policy=catalogue.policy,
            roles=catalogue.roles,
            severities=catalogue.severities,
            guards=catalogue.guards,
            windows=catalogue.windows,
        )
        rule = ruling(plan, step.action)
        window = rule.window if rule is not None else ""
        for role in catalogue.roles or ("",):
            state = RunState(plan=plan, operator=Person(name="somebody", role=role, identity="claimed"))
            about = f"decided in {environment}" + (f" at the hand of {role}" if role else "")
            yield Place(where, about), _consent(decision_for(state, step.action), window)


def _consent(decision: Decision, window: str) -> Mark:
    """Everything the policy asks for; where it refuses or asks nothing there is nothing else to say."""
    mode = float(_MODES.index(decision.mode))
    if decision.mode in ("none", "refused"):
        return Mark(said=decision.mode, strict=(mode, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), judge=_by_mode(mode))
    said: list[str] = [decision.mode]
    if decision.mode == "approve":
        said.append(f"by {decision.quorum} of {decision.role}, {decision.identity}")
        said.append(f"within {decision.approve_within}, begun within {decision.start_within}")
        if decision.break_glass:
            said.append(f"or break-glass, which pages {decision.break_glass}")
    if window:
        said.append(f"inside the window {window}")
    strict = (
        mode,
        float(decision.quorum),
        float(IDENTITIES.index(decision.identity)),
        -float(decision.approve_within),
        -float(decision.start_within),
        -float(bool(decision.break_glass)),
        float(bool(window)),
    )
    return Mark(said=", ".join(said), strict=strict, judge=_by_mode(mode, strict))


def _by_mode(mode: float, strict: tuple[float, ...] = ()) -> Callable[[Mark], Direction]:
    """Who must consent counts first; within one kind of consent each of its words does."""

    def judge(old: Mark) -> Direction:
        if old.strict[0] != mode:
            return "weaker" if mode < old.strict[0] else "stronger"
        if old.strict == strict:
            return "different"
        return "weaker" if any(a < b for a, b in zip(strict, old.strict, strict=True)) else "stronger"

    return judge


def _bounds(version: Version) -> Marks:
    try:
        bounds = bounds_of(version.runbook, version.library, version.catalogue)
    except UsageError:
        return  # it calls what is not there: `check` says so
    for what, bound in (("to an end", bounds.resolution), ("to a person", bounds.person)):
        yield Place("worst case", what), _bound(bound)
    for phase, bound in bounds.phases.items():
        yield Place("worst case", f"to {phase}"), _bound(bound)


def _bound(bound: Bound) -> Mark:
    said = "no limit" if bound.at_most is None else f"at most {bound.at_most}"
    if bound.at_most is None:
        said += f" (at most {bound.besides} besides {', '.join(sorted({one.step for one in bound.open}))})"
    return Mark(said=said, strict=(-float(len(bound.open)), -float(bound.besides)))


__all__ = ["Version", "renamed", "sheet_of"]
