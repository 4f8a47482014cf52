"""An unknown that goes the way of a pass: what nobody could see counts as well.

A check that cannot look (no token, no network, a page that changed) is unknown. Where that leads on like a
pass, to a good end or to a change and with no other look in between, the runbook acts on what it has not
seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.kinds.findings import Route, Severity
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import Node
from engine.kinds.steps.decide import DecideStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import changes, looks, proved
from engine.model.lint._walk import shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "give unknown a way of its own: a question to a person, another look, or escalated"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm, unknown: false-alarm, fail: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {pass: false-alarm, unknown: escalated, fail: escalated}}
"""

_LOOKING: Final = ("check", "checks", "parallel")
_PROVED: Final = ("resolved", "mitigated")
"""Ends that claim no more than what is known, where the recovery is proved before."""
_WELL: Final = ("resolved", "mitigated", "false-alarm", "pass")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield outcomes `unknown` that go with `pass`, and conditions that say 'not fail'."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if node.step.kind in _LOOKING:
                yield from _routed(one, name, node)
            elif isinstance(node.step, DecideStep):
                yield from _asked(one, name, node.step)


def _routed(graph: Graph, name: str, node: Node) -> Iterator[Fault]:
    targets = {edge.outcome: edge.target for edge in graph.leaving()[name]}
    good, bad, blind = targets.get("pass"), targets.get("fail"), targets.get("unknown")
    if blind is None or _told_apart(graph.nodes.get(blind), name):
        return
    after = ways(graph, "", _unseen if blind != bad else _unchanged, start=blind)
    known = all(way.memory for way in ways(graph, False, proved) if way.step == name)
    matters = (way for way in after if _matters(graph, way.step) and not (known and way.step in _PROVED))
    reached = next((way for way in matters if blind == good or way.step in _WELL), None)
    inverted = blind == bad != good and good is not None and not _ends_well(graph, good)
    if reached is not None and (blind != bad or (blind == good and blind in _WELL) or inverted):
        trace = (graph.place(name), *reached.trace())
        as_if = "as if all were well" if inverted else "as if it had passed"
        message = f"{shown(trace)}: '{name}' could not look, and it goes on {as_if}"
        yield Fault((*graph.place(name), "then", "unknown"), message, trace=trace)


def _unseen(node: Node | None, edge: Edge, memory: str) -> str | None:
    if edge.outcome == "limit" and not edge.written:
        return None
    return None if node is not None and looks(node) else memory


def _ends_well(graph: Graph, step: str) -> bool:
    """Say whether a good end can be reached without another look: the check's own good news."""
    return any(way.step in _WELL for way in ways(graph, "", _unseen, start=step))


def _unchanged(node: Node | None, edge: Edge, memory: str) -> str | None:
    """Follow where a fail goes, too: what is mended on the way is looked at afterwards, or told by others."""
    return None if node is not None and changes(node) else _unseen(node, edge, memory)


def _matters(graph: Graph, step: str) -> bool:
    """Say whether it is a good end, or changes something."""
    node = graph.nodes.get(step)
    return step in _WELL if node is None else changes(node)


def _told_apart(node: Node | None, name: str) -> bool:
    """Say whether the next step is a decide that asks what the answer was."""
    if node is None or not isinstance(node.step, DecideStep):
        return False
    rows = [*(row.when for row in node.step.decide), *(one for row in node.step.decide for one in row.any)]
    return any(path.partition(".")[0] == name for conditions in rows for path in conditions)


def _asked(graph: Graph, name: str, step: DecideStep) -> Iterator[Fault]:
    fix = "say 'pass', or give unknown a row of its own before"
    for number, row in enumerate(step.decide):
        groups: list[tuple[Route, Mapping[str, Matcher]]] = [(("if",), row.when)]
        groups += [(("any", index), option) for index, option in enumerate(row.any)]
        for place, conditions in groups:
            for path, matcher in conditions.items():
                if _is_answer(graph, path) and _not_fail(matcher):
                    message = f"'{path}' {matcher.text()} holds where nobody could look"
                    yield Fault((*graph.place(name), "decide", number, *place, path), message, fix)


def _not_fail(matcher: Matcher) -> bool:
    """Say whether a condition on an answer holds for pass and for unknown, without naming unknown."""
    answers = [matcher.judge(answer).answer for answer in ("pass", "unknown", "fail")]
    return answers == ["pass", "pass", "fail"] and "unknown" not in str(matcher.data)


def _is_answer(graph: Graph, path: str) -> bool:
    """Say whether a path names the answer of a check, and no fact of it."""
    head, _, rest = path.partition(".")
    node = graph.nodes.get(head)
    if node is None or node.step.kind not in ("check", "checks"):
        return False
    if node.step.kind == "check":
        return rest in ("", "answer", "outcome")
    return rest == "outcome" or "." not in rest or rest.endswith(".answer")
