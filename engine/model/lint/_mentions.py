"""Which facts of which steps a step mentions, and whether it can be entered before they are there.

Rules:
1. A fact is there once its step has run. Whether the step found it is for the author's `decide`.
2. A row of a decide whose condition does not hold without a fact is taken only where that fact is there:
   such an edge is not followed on the way past the fact's step.
3. A step inside a branch sees the steps of the graphs around it; they have run if they have where the branch
   was opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass

from engine.kinds.findings import Route
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
from engine.kinds.references import ABSENT, references
from engine.kinds.step import Step
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.runbook import RunbookStep
from engine.model.graph import Edge, Graph
from engine.model.lint._uses import uses_of
from engine.model.lint._walk import Way, ways


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference to a fact of another step, and a shortest way on which that step has not run."""

    name: str
    """The whole reference, `look.machines.ids`."""
    of: str
    """The step whose fact it is."""
    step: str
    place: Route
    trace: tuple[Route, ...]


def too_early(graph: Graph, *, sent: bool) -> Iterator[Mention]:
    """Yield mentions in what is sent (checks, actions), or in what people read, before their step has run."""
    for one, around in _nested(graph, ()):
        for name, node in one.nodes.items():
            told: set[tuple[Route, str]] = set()
            for place, text in _texts(node, sent):
                for mention in references(text):
                    head = mention.partition(".")[0]
                    where = _home(head, (one, name), around)
                    if where is None or head == name or (place, head) in told:
                        continue
                    home, at = where
                    way = past(home, head, at)
                    if way is not None:
                        told.add((place, head))
                        yield Mention(mention, head, name, (*one.place(name), *place), way.trace())


def past(graph: Graph, fact: str, target: str) -> Way[bool] | None:
    """Return a shortest way to a step on which the step of a fact has not run, or None."""

    def after(node: Node | None, edge: Edge, _: bool) -> bool | None:
        if edge.step == fact and edge.outcome != "skipped":
            return None
        if (
            node is not None
            and isinstance(node.step, DecideStep)
            and _needs_all(node.step, edge.target, fact)
        ):
            return None
        return True

    return next((way for way in ways(graph, True, after) if way.step == target), None)


def needs(row: Case, fact: str) -> bool:
    """Say whether a row cannot hold while nothing is known of a step."""
    if _needs(row.when, fact):
        return True
    return bool(row.any) and all(_needs(option, fact) for option in row.any)


def _needs(conditions: Mapping[str, Matcher], fact: str) -> bool:
    return any(
        path.partition(".")[0] == fact and matcher.judge(ABSENT).answer != "pass"
        for path, matcher in conditions.items()
    )


def _needs_all(step: DecideStep, target: str, fact: str) -> bool:
    rows = [row for row in step.decide if row.go == target]
    return step.otherwise != target and all(needs(row, fact) for row in rows)


Around = tuple[tuple[Graph, str], ...]
"""The graphs around a branch with the step that opens it, the innermost first."""


def _nested(graph: Graph, around: Around) -> Iterator[tuple[Graph, Around]]:
    yield graph, around
    for branch in graph.branches:
        opener = str(branch.route[len(graph.route)])
        yield from _nested(branch, ((graph, opener), *around))


def _home(head: str, here: tuple[Graph, str], around: Around) -> tuple[Graph, str] | None:
    """Return the graph that holds a step, and the step of that graph in which we stand."""
    return next((one for one in (here, *around) if head in one[0].nodes), None)


def _texts(node: Node, sent: bool) -> Iterator[tuple[Route, str]]:
    step: Step = node.step
    if sent:
        for place, use in uses_of(step):
            yield from ((place, text) for text in written(use))
        if isinstance(step, ActionStep) and step.for_each is not None:
            yield from ((("for_each",), text) for text in written(step.for_each))
        if isinstance(step, RunbookStep):
            yield from ((("inputs",), text) for text in written(step.inputs))
        return
    if isinstance(step, AskStep):
        yield ("ask",), step.ask
        yield from ((("options", key), label) for key, label in step.options.items())
    elif isinstance(step, EscalateStep):
        yield ("decision",), step.decision
    elif isinstance(step, NotifyStep):
        yield ("text",), step.text


def written(value: object) -> Iterator[str]:
    """Yield every text in a part of the model, keys included."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from written(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from written(key)
            yield from written(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from written(item)


__all__ = ["Mention", "needs", "past", "too_early", "written"]
