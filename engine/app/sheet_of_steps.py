"""What the steps of a runbook do and demand, as marks: the part of a version that a reviewer must see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from engine.app.sheet_of_paths import Around, Marks, Terrain, options, rows, terrain_of, ways_on
from engine.kinds import codec
from engine.kinds.counted import counted
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import Soak, WaitStep
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration
from engine.model.graph import Graph
from engine.model.proof.protections import SORTS, Sort, sorts_of
from engine.views.flow import flow
from engine.views.looser import looser
from engine.views.weakened import STEP, Direction, Judged, Mark, Place, by_strictness

EFFECTS: Final = ("read", "change", "destroy")


def marks_of(graph: Graph, around: Around, prefix: str = "") -> Marks:
    """Yield the marks of every step of a graph and of its branches."""
    for one in graph.every():
        inside = "/".join(str(part) for part in one.route[1:-1] if part not in ("parallel", "steps"))
        terrain = terrain_of(one, around)
        for name, node in one.nodes.items():
            where = "/".join(part for part in (prefix, inside, name) if part)
            yield from ways_on(where, name, terrain)
            yield from _node(where, name, node, terrain, around)


def least(value: Duration | None, *, gone: Direction = "weaker") -> Mark | None:
    """Return a bound of time: the longer, the weaker."""
    return None if value is None else Mark(said=str(value), strict=(-float(value),), gone=gone)


def _sorted(node: Node, change: bool, around: Around) -> frozenset[Sort]:
    found = sorts_of(node, around.reached)
    return found | {"change"} if change else found


def _kind(node: Node, change: bool, around: Around) -> Mark:
    """Another kind of step under the same name is weaker where it no longer does what the old one did."""
    step = node.step
    sorts = _sorted(node, change, around)
    held = bool(sorts & SORTS.keys()) or isinstance(step, (EscalateStep, NotifyStep, WaitStep))

    def judge(old: Mark) -> Judged:
        was = old.data if isinstance(old.data, frozenset) else sorts
        why = [text for sort, text in SORTS.items() if sort in was and sort not in sorts]
        if "change" in sorts and "change" not in was:
            why.append("it changes something now")
        return Judged("weaker", "; ".join(why)) if why else Judged("different")

    return Mark(said=step.kind, gone="weaker" if held else "different", data=sorts, judge=judge)


def _node(where: str, name: str, node: Node, terrain: Terrain, around: Around) -> Marks:
    step = node.step
    yield Place(where, STEP), _kind(node, name in terrain.ground.sorts["change"], around)
    yield Place(where, "visits"), Mark(said=str(node.visits), strict=(-float(node.visits),))
    for what, bound in (("timeout", node.timeout), ("budget", node.budget)):
        mark = least(bound)
        if mark is not None:
            yield Place(where, what), mark
    match step:
        case CheckStep():
            yield from _check(where, "", step.check)
        case ChecksStep():
            for inner, check in step.checks.items():
                yield from _check(where, inner, check)
        case ActionStep():
            yield from _action(where, step)
        case AskStep():
            yield from _ask(where, name, step, terrain, around)
        case DecideStep():
            yield from rows(where, step, terrain, around)
        case WaitStep():
            yield from _wait(where, step)
        case EscalateStep():
            yield Place(where, "pages"), _told(step.escalate, around)
            yield Place(where, "within"), Mark(said=str(step.within), strict=(-float(step.within),))
        case NotifyStep():
            yield Place(where, "tells"), _told(step.notify, around)
        case ParallelStep():
            yield Place(where, "until"), Mark(said=step.until, strict=(float(step.until == "all"),))
        case RunbookStep():
            inputs = f" with {flow(codec.plain(step.inputs))}" if step.inputs else ""
            yield Place(where, "runs"), Mark(said=f"{step.runbook}{inputs}")
        case UndoStep():
            yield Place(where, "undoes"), _undoes(step)


def _told(to: str, around: Around, *, gone: Direction = "different") -> Mark:
    """Somebody else is different; nobody, or nobody who is woken where somebody was, is weaker."""
    contact = around.contact(to)

    def judge(old: Mark) -> Judged:
        if by_strictness(old.strict, contact) == "weaker":
            why = "its channel wakes nobody" if contact[0] else f"'{to}' is reached by no channel"
            return Judged("weaker", why)
        return Judged("different" if not old.strict or old.strict[0] else "stronger")

    return Mark(said=to, strict=contact, judge=judge, gone=gone)


def _undoes(step: UndoStep) -> Mark:
    """Fewer steps whose changes are taken back are weaker."""
    whole = step.undo == "all"
    names = frozenset((step.undo,) if isinstance(step.undo, str) else step.undo)

    def judge(old: Mark) -> Judged:
        was = old.data if isinstance(old.data, frozenset) else names
        if whole:
            return Judged("stronger")
        if "all" in was or not was <= names:
            return Judged("weaker", "less is taken back")
        return Judged("stronger")

    return Mark(said=", ".join(sorted(names)), data=names, judge=judge)


def check_marks(where: str, name: str, check: CheckUse) -> Marks:
    """Yield what a check looks at, expects and does without an answer."""
    yield from _check(where, name, check)


def _check(where: str, name: str, check: CheckUse, *, prefix: str = "check") -> Marks:
    """A check of its own has no name; its expectations are held one by one."""
    about = f"{prefix} {name}".strip()
    yield Place(where, about), Mark(said=_behaviour(check.kind), gone="weaker")
    for subject, matcher in check.expected().items():
        yield Place(where, f"{about} expects {subject}"), _expects(matcher)
    yield Place(where, f"{about} timeout"), Mark(said=str(check.timeout), strict=(-float(check.timeout),))
    yield Place(where, f"{about} no answer"), Mark(said=check.no_answer or check.kind.no_answer)
    yield Place(where, f"{about} retries"), Mark(said=f"{check.retry.times} after {check.retry.after}")
    if check.facts:
        said = {key: codec.plain(selector) for key, selector in check.facts.items()}
        yield Place(where, f"{about} facts"), Mark(said=flow(said))
    if check.look is not None:
        yield Place(where, f"{about} by eye"), Mark(said="a person is asked to look", gone="weaker")
    for what, value in (("sensitive", "yes" if check.sensitive else ""), ("after", check.after)):
        if value:
            yield Place(where, f"{about} {what}"), Mark(said=value, gone="weaker")
    if check.exclusive:
        yield Place(where, f"{about} exclusive"), Mark(said=check.exclusive, gone="weaker")


def _expects(matcher: Matcher) -> Mark:
    def judge(old: Mark) -> Judged:
        return Judged(looser(old.data.data, matcher.data) if isinstance(old.data, Matcher) else "different")

    return Mark(said=flow(matcher.data), gone="weaker", data=matcher, judge=judge)


def _action(where: str, step: ActionStep) -> Marks:
    use = step.action
    said = _behaviour(use.kind)
    yield Place(where, "action"), Mark(said=said)
    yield Place(where, "effect"), _effect(use, said)
    yield Place(where, "operation"), Mark(said=use.operation or "none")
    yield Place(where, "action timeout"), Mark(said=str(use.timeout), strict=(-float(use.timeout),))
    if use.repeatable:
        yield Place(where, "repeatable"), Mark(said="yes", gone="stronger")
    yield from _back(where, use)
    if use.reconcile is not None:
        yield from _check(where, "", use.reconcile, prefix="reconcile")
    if step.for_each is not None:
        yield Place(where, "for each"), Mark(said=flow(codec.plain(step.for_each)))
    if step.watch is not None:
        yield from _check(where, "", step.watch, prefix="watch")
        every = step.watch_every
        yield Place(where, "watch every"), Mark(said=str(every), strict=(-float(every),), gone="weaker")


def _effect(use: ActionUse, behaviour: str) -> Mark:
    """The same deed under a graver name needs more consent; another deed that does more is weaker."""
    effect = EFFECTS.index(use.effect)

    def judge(old: Mark) -> Judged:
        if effect > old.strict[0] and old.data != behaviour:
            return Judged("weaker", f"what it does now is to {use.effect}")
        return Judged(by_strictness(old.strict, (float(effect),)))

    return Mark(said=use.effect, strict=(float(effect),), data=behaviour, judge=judge)


def _back(where: str, use: ActionUse) -> Marks:
    if use.undo is None:
        if use.irreversible:
            yield Place(where, "no way back"), Mark(said="said to be irreversible", strict=(1.0,), gone=None)
        else:
            yield Place(where, "no way back"), Mark(said="nobody is told", strict=(0.0,), gone=None)
        return
    yield Place(where, "undo"), Mark(said=_behaviour(use.undo.kind), gone="weaker")
    if use.undo.verify is not None:
        yield from _check(where, "", use.undo.verify, prefix="undo verified by")


def _ask(where: str, name: str, step: AskStep, terrain: Terrain, around: Around) -> Marks:
    yield Place(where, "options"), options(name, step, terrain)
    if step.default:
        yield Place(where, "answered by --yes"), Mark(said=step.default, gone="stronger")
    if step.role:
        yield Place(where, "asks"), _told(step.role, around, gone="weaker")


def _wait(where: str, step: WaitStep) -> Marks:
    if step.wait is not None:
        yield Place(where, "pause"), Mark(said=str(step.wait))
        return
    soak = step.soak
    said = f"{counted(soak.passes, 'pass')}, {soak.every} apart, for {soak.lasting}"
    yield Place(where, "soak"), Mark(said=said, gone="weaker", data=step, judge=_soaks(step))
    yield Place(where, "limit"), Mark(said=str(step.limit), strict=(-float(step.limit),))
    if step.recovery:
        yield Place(where, "proves recovery"), Mark(said="yes", gone="weaker")
    for name, check in (step.until or {}).items():
        yield from _check(where, name, check, prefix="until")


def _soaks(now: WaitStep) -> Callable[[Mark], Judged]:
    """A shorter proof is weaker; so are more looks within the limit: one of them is sooner good by chance."""

    def judge(old: Mark) -> Judged:
        was = old.data if isinstance(old.data, WaitStep) else now
        before, after = was.soak, now.soak
        why = [
            text
            for text, less in (
                ("fewer passes are enough", after.passes < before.passes),
                ("it has to hold for less long", after.lasting < before.lasting),
                (f"its passes span {_span(after)}, not {_span(before)}", _span(after) < _span(before)),
                (
                    "it looks more often within its limit",
                    after.every < before.every and now.limit / after.every > was.limit / before.every,
                ),
            )
            if less
        ]
        return Judged("weaker", "; ".join(why)) if why else Judged("stronger")

    return judge


def _span(soak: Soak) -> Duration:
    """Return how long the passes of a soak take at least, from the first to the last."""
    return Duration(max(soak.lasting, (soak.passes - 1) * soak.every))


def _behaviour(kind: object) -> str:
    """Return what a kind is told to do, as it is written."""
    data = codec.plain(kind)
    if isinstance(data, Mapping):
        data = {key: value for key, value in data.items() if key != "kind"}
    return flow(data)


__all__ = ["check_marks", "least", "marks_of"]
