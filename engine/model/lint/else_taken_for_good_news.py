"""An `else` that leads to a good end, though nobody knows what was decided by.

The row for what nobody foresaw takes what could not be seen, too: no condition holds for it. It may be good
news only where the rows above it have taken every answer that is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.matching import judge
from engine.kinds.nodes import Node
from engine.kinds.step import TIMEOUT, Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import changes, looks, proved
from engine.model.lint._walk import After, Way, shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = (
    "give the good answer a row of its own, and lead 'else' to a person; or take unknown and fail above"
)
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example', expect: {status: 200}}, then: {any: cause}}
  cause:
    decide: [{if: {look.status: 503}, go: escalated}]
    else: false-alarm
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example', expect: {status: 200}}, then: {any: cause}}
  cause:
    decide: [{if: {look.status: 503}, go: escalated}, {if: {look: pass}, go: false-alarm}]
    else: escalated
"""

_GOOD: Final = ("resolved", "false-alarm")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield decisions whose `else` ends well where what they ask may be unknown, or may have failed."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, DecideStep):
                yield from _unforeseen(one, name, node.step)


def _unforeseen(graph: Graph, name: str, step: DecideStep) -> Iterator[Fault]:
    well = _ends_well(graph, step.otherwise)
    if well is None:
        return
    known = all(way.memory for way in ways(graph, False, proved) if way.step == name)
    if known and well.step == "resolved":
        return
    for path in _paths(step.decide):
        answer = _open(graph, name, path, step.decide)
        if answer:
            trace = (graph.place(name), *well.trace())
            what = f"'{path.partition('.')[0]}' may have ended {answer}, which no row takes"
            message = f"{shown(trace)}: {what}, and it ends as if all were well"
            yield Fault((*graph.place(name), "else"), message, trace=trace)
            return


def _ends_well(graph: Graph, target: str) -> Way[str] | None:
    """Return the way from a target to a good end with nothing seen, changed or taken in between."""
    return next((way for way in ways(graph, "", _unseen, start=target) if way.step in _GOOD), None)


def _unseen(node: Node | None, edge: Edge, memory: str) -> str | None:
    if node is None or (edge.outcome == "limit" and not edge.written):
        return None
    taken = isinstance(node.step, EscalateStep) and edge.outcome == "acknowledged"
    ended = taken or looks(node) or changes(node) or isinstance(node.step, DecideStep)
    return None if ended else memory


def _paths(rows: Sequence[Case]) -> tuple[str, ...]:
    """Return what the rows ask for, each once."""
    groups = [group for row in rows for group in (row.when, *row.any)]
    return tuple(dict.fromkeys(path for group in groups for path in group))


def _open(graph: Graph, name: str, path: str, rows: Sequence[Case]) -> str:
    """Return how the step a path belongs to can have ended without an answer that any row takes."""
    head = path.partition(".")[0]
    node = graph.nodes.get(head)
    if node is None:
        return ""
    ended = {way.memory for way in ways(graph, "", _last(head)) if way.step == name}
    blind = [(outcome, answer) for outcome, answer in _blind(node, path) if outcome in ended]
    return next((answer for outcome, answer in blind if not _taken(node, path, rows, outcome, answer)), "")


def _last(head: str) -> After[str]:
    """Remember how a step ended when it was last there."""

    def after(node: Node | None, edge: Edge, memory: str) -> str | None:
        return edge.outcome if edge.step == head else memory

    return after


def _blind(node: Node, path: str) -> Sequence[tuple[str, str]]:
    """Return the outcomes of a step that say nothing good of what a path asks, and what that part said then.

    Of several checks a fail hides what could not be seen.
    """
    step = node.step
    match step:
        case CheckStep() | ChecksStep():
            found = [("unknown", "unknown")]
            if isinstance(step, ChecksStep) and len(step.checks) > 1 and _part(step, path):
                found.append(("fail", "unknown"))
            return [*found, ("fail", "fail")] if _is_answer(node, path) else found
        case AskStep():
            return [(TIMEOUT, TIMEOUT)]
        case ActionStep() if step.action.effect == "read":
            return [("failed", "failed"), ("unknown", "unknown")]
    return ()


def _part(step: Step, path: str) -> str:
    """Return the check that a path is about, of a step that has several."""
    first = path.partition(".")[2].partition(".")[0]
    return first if isinstance(step, ChecksStep) and first in step.checks else ""


def _is_answer(node: Node, path: str) -> bool:
    """Say whether a path names the answer of a check, and no fact of it."""
    _, _, rest = path.partition(".")
    if rest in ("", "answer", "outcome"):
        return True
    return isinstance(node.step, ChecksStep) and ("." not in rest or rest.endswith(".answer"))


def _taken(node: Node, path: str, rows: Sequence[Case], outcome: str, answer: str) -> bool:
    """Say whether a row takes it whatever else was seen: by how the step ended, or by what the part said."""
    head, part = path.partition(".")[0], _part(node.step, path)
    said = dict.fromkeys((head, f"{head}.outcome", f"{head}.answer"), outcome)
    if part:
        said |= dict.fromkeys((f"{head}.{part}", f"{head}.{part}.answer", f"{head}.{part}.outcome"), answer)
    return any(
        len(group) == 1 and asked in said and judge(matcher.data, said[asked]) == "pass"
        for row in rows
        for group in ([row.when] if row.when and not row.any else row.any if not row.when else ())
        for asked, matcher in group.items()
    )
