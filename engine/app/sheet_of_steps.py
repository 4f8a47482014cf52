"""What the steps of a runbook do and demand, as marks: the part of a version that a reviewer must see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.kinds import codec
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
from engine.kinds.step import TIMEOUT
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Duration, Json
from engine.model.graph import Graph
from engine.views.looser import looser, together
from engine.views.weakened import STEP, Direction, Mark, Place

EFFECTS: Final = ("read", "change", "destroy")
_BAD: Final = frozenset(
    {"fail", "unknown", "failed", TIMEOUT, "limit", "partly", "undelivered", "unanswered"}
)
"""Outcomes after which nothing is well."""
_WELL: Final = ("resolved", "false-alarm", "pass")

Marks = Iterator[tuple[Place, Mark]]


def marks_of(graph: Graph, prefix: str = "") -> Marks:
    """Yield the marks of every step of a graph and of its branches."""
    for one in graph.every():
        inside = "/".join(str(part) for part in one.route[1:-1] if part not in ("parallel", "steps"))
        leaving = one.leaving()
        for name, node in one.nodes.items():
            where = "/".join(part for part in (prefix, inside, name) if part)
            good = {edge.target for edge in leaving[name] if edge.outcome in node.step.good}
            for edge in leaving[name]:
                if edge.outcome != "decided":
                    yield Place(where, f"on {edge.outcome}"), _route(edge.outcome, edge.target, good)
            yield from _node(where, node, one)


def least(value: Duration | None, *, gone: Direction = "weaker") -> Mark | None:
    """Return a bound of time: the longer, the weaker."""
    return None if value is None else Mark(said=str(value), strict=(-float(value),), gone=gone)


def _route(outcome: str, target: str, good: set[str]) -> Mark:
    """A bad outcome that now leads where all is well leads past a guard."""
    well = outcome in _BAD and (target in good or target in _WELL)

    def judge(old: Mark) -> Direction:
        was = outcome in _BAD and bool(old.strict and old.strict[0] == 0)
        return "weaker" if well and not was else "stronger" if was and not well else "different"

    return Mark(said=target, strict=(0.0 if well else 1.0,), judge=judge)


def _node(where: str, node: Node, graph: Graph) -> Marks:
    step = node.step
    held = isinstance(step, (CheckStep, ChecksStep, AskStep, EscalateStep, NotifyStep, WaitStep, UndoStep))
    yield Place(where, STEP), Mark(said=step.kind, gone="weaker" if held else "different")
    yield Place(where, "visits"), Mark(said=str(node.visits), strict=(-float(node.visits),))
    for what, bound in (("timeout", node.timeout), ("budget", node.budget)):
        mark = least(bound)
        if mark is not None:
            yield Place(where, what), mark
    match step:
        case CheckStep():
            yield from _check(where, "", step.check)
        case ChecksStep():
            for name, check in step.checks.items():
                yield from _check(where, name, check)
        case ActionStep():
            yield from _action(where, step)
        case AskStep():
            yield from _ask(where, step)
        case DecideStep():
            yield from _decide(where, step, graph)
        case WaitStep():
            yield from _wait(where, step)
        case EscalateStep():
            yield Place(where, "pages"), Mark(said=step.escalate)
            yield Place(where, "within"), Mark(said=str(step.within), strict=(-float(step.within),))
        case NotifyStep():
            yield Place(where, "tells"), Mark(said=step.notify)
        case ParallelStep():
            yield Place(where, "until"), Mark(said=step.until)
        case RunbookStep():
            yield Place(where, "runs"), Mark(said=f"{step.runbook} {codec.canonical(step.inputs)}")
        case UndoStep():
            yield Place(where, "undoes"), Mark(said=codec.canonical(step.undo))


def check_marks(where: str, name: str, check: CheckUse) -> Marks:
    """Yield what a check looks at, expects and does without an answer."""
    yield from _check(where, name, check)


def _check(where: str, name: str, check: CheckUse, *, prefix: str = "check") -> Marks:
    """A check of its own has no name; its expectations are held one by one."""
    about = f"{prefix} {name}".strip()
    yield Place(where, about), Mark(said=f"{check.kind.kind} {_behaviour(check.kind)}", gone="weaker")
    for subject, matcher in check.expected().items():
        yield Place(where, f"{about} expects {subject}"), _expects(matcher)
    yield Place(where, f"{about} timeout"), Mark(said=str(check.timeout), strict=(-float(check.timeout),))
    yield Place(where, f"{about} no answer"), Mark(said=check.no_answer or check.kind.no_answer)
    yield Place(where, f"{about} retries"), Mark(said=f"{check.retry.times} after {check.retry.after}")
    if check.facts:
        said = {key: codec.plain(selector) for key, selector in check.facts.items()}
        yield Place(where, f"{about} facts"), Mark(said=codec.canonical(said))
    for what, value in (("sensitive", "yes" if check.sensitive else ""), ("after", check.after)):
        if value:
            yield Place(where, f"{about} {what}"), Mark(said=value, gone="weaker")
    if check.exclusive:
        yield Place(where, f"{about} exclusive"), Mark(said=check.exclusive, gone="weaker")


def _expects(matcher: Matcher) -> Mark:
    def judge(old: Mark) -> Direction:
        return looser(_read(old.said), matcher.data)

    return Mark(said=codec.canonical(matcher.data), gone="weaker", judge=judge)


def _read(said: str) -> Json:
    import json

    data: Json = json.loads(said)
    return data


def _action(where: str, step: ActionStep) -> Marks:
    use = step.action
    said = f"{use.kind.kind} {_behaviour(use.kind)}"
    yield Place(where, "action"), Mark(said=said)
    effect = EFFECTS.index(use.effect)
    yield Place(where, "effect"), Mark(said=use.effect, strict=(float(effect),))
    yield Place(where, "operation"), Mark(said=use.operation or "none")
    yield Place(where, "action timeout"), Mark(said=str(use.timeout), strict=(-float(use.timeout),))
    if use.repeatable:
        yield Place(where, "repeatable"), Mark(said="yes", gone="stronger")
    yield from _back(where, use)
    if use.reconcile is not None:
        yield from _check(where, "", use.reconcile, prefix="reconcile")
    if step.for_each is not None:
        yield Place(where, "for each"), Mark(said=codec.canonical(step.for_each))
    if step.watch is not None:
        yield from _check(where, "", step.watch, prefix="watch")
        every = step.watch_every
        yield Place(where, "watch every"), Mark(said=str(every), strict=(-float(every),), gone="weaker")


def _back(where: str, use: ActionUse) -> Marks:
    if use.undo is None:
        if use.irreversible:
            yield Place(where, "no way back"), Mark(said="said to be irreversible", gone="different")
        return
    yield Place(where, "undo"), Mark(said=f"{use.undo.kind.kind} {_behaviour(use.undo.kind)}", gone="weaker")
    if use.undo.verify is not None:
        yield from _check(where, "", use.undo.verify, prefix="undo verified by")


def _ask(where: str, step: AskStep) -> Marks:
    yield Place(where, "options"), Mark(said=", ".join(step.options))
    if step.default:
        yield Place(where, "answered by --yes"), Mark(said=step.default, gone="stronger")
    if step.role:
        yield Place(where, "asks"), Mark(said=step.role, gone="weaker")


def _wait(where: str, step: WaitStep) -> Marks:
    if step.wait is not None:
        yield Place(where, "pause"), Mark(said=str(step.wait))
        return
    soak = step.soak
    said = f"{soak.passes} passes, {soak.every} apart, for {soak.lasting}"
    yield (
        Place(where, "soak"),
        Mark(said=said, strict=(float(soak.passes), float(soak.lasting)), gone="weaker"),
    )
    yield Place(where, "limit"), Mark(said=str(step.limit), strict=(-float(step.limit),))
    if step.recovery:
        yield Place(where, "proves recovery"), Mark(said="yes", gone="weaker")
    for name, check in (step.until or {}).items():
        yield from _check(where, name, check, prefix="until")


def _decide(where: str, step: DecideStep, graph: Graph) -> Marks:
    """Rows by where they go, so that a row that moves is told as moved; their order is told beside them."""
    rows: dict[str, list[Case]] = {}
    for case in step.decide:
        rows.setdefault(case.go, []).append(case)
    for go, cases in rows.items():
        risky = go in _WELL or _changes(graph.nodes.get(go))
        for number, case in enumerate(cases):
            about = f"goes to {go}" + (f" ({number + 1})" if number else "")
            yield Place(where, about), _row(case, risky)
            if case.raises:
                yield Place(where, f"{about} raises"), Mark(said=case.raises, gone="weaker")
    yield Place(where, "order of rows"), Mark(said=" > ".join(case.go for case in step.decide))
    yield Place(where, "else"), _else(step.otherwise)


def _changes(node: Node | None) -> bool:
    return node is not None and isinstance(node.step, ActionStep) and node.step.action.effect != "read"


def _else(target: str) -> Mark:
    """What is left when no cause is known is not well."""
    return Mark(said=target, strict=(0.0 if target in _WELL else 1.0,))


def _row(case: Case, risky: bool) -> Mark:
    """A looser condition is weaker where it lets a change be made, or says that all is well."""
    data: Json = {"if": codec.plain(case.when), "any": codec.plain(case.any)}

    def judge(old: Mark) -> Direction:
        was = _read(old.said)
        if not risky or not isinstance(was, Mapping):
            return "different"
        before, after = was["if"], codec.plain(case.when)
        if was["any"] != codec.plain(case.any):
            return "different"
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            return "different"
        return conditions(before, after)

    return Mark(said=codec.canonical(data), gone="stronger" if risky else "different", judge=judge)


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


def _behaviour(kind: object) -> str:
    """Return what a kind is told to do."""
    data = codec.plain(kind)
    if isinstance(data, Mapping):
        data = {key: value for key, value in data.items() if key != "kind"}
    return codec.canonical(data)


__all__ = ["EFFECTS", "Marks", "check_marks", "conditions", "least", "marks_of"]
