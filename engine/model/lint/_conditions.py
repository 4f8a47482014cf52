"""Every expectation of a check and every condition of a decide, with its place and the values it may meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.kinds.findings import Route
from engine.kinds.matchers import Matcher
from engine.kinds.steps.decide import DecideStep
from engine.kinds.uses import CheckUse
from engine.model.graph import Graph
from engine.model.lint._matchers import ANY, Domain, check_of, of_fact, of_path
from engine.model.lint._uses import used


@dataclass(frozen=True, slots=True)
class Condition:
    """One matcher: where it stands, what it is held against, and which values that may have."""

    place: Route
    path: str
    matcher: Matcher
    domain: Domain
    check: CheckUse | None = None
    """The check whose fact it is, where that is known."""
    fact: str = ""


def conditions(graph: Graph) -> Iterator[Condition]:
    """Yield every one of a graph and of its branches."""
    for use in used(graph):
        if isinstance(use.use, CheckUse):
            for subject, matcher in use.use.expect.items():
                place = (*use.place, "expect", subject)
                yield Condition(place, subject, matcher, of_fact(use.use, subject), use.use, subject)
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, DecideStep):
                yield from _of_decide(one, name, node.step)


def _of_decide(graph: Graph, name: str, step: DecideStep) -> Iterator[Condition]:
    for number, row in enumerate(step.decide):
        groups: list[tuple[Route, Mapping[str, Matcher]]] = [(("if",), row.when)]
        groups += [(("any", index), option) for index, option in enumerate(row.any)]
        for route, held in groups:
            for path, matcher in held.items():
                node = graph.nodes.get(path.partition(".")[0])
                domain = of_path(node, path) if node else ANY
                check, fact = (check_of(node, path) if node else None) or (None, "")
                place = (*graph.place(name), "decide", number, *route, path)
                yield Condition(place, path, matcher, domain, check, fact)


__all__ = ["Condition", "conditions"]
