"""A change that may not be repeated, and is, without a look in between.

A request that failed may have been carried out all the same. Whether it was is seen, not guessed: two
restarts are one outage more, two payments are two payments.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import looks
from engine.model.lint._walk import shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "look in between, or say 'repeatable: true' where doing it twice is doing it once"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: act}}
  act:
    action: {http: 'https://x.example/restart', irreversible: a restart}
    visits: 3
    then: {done: escalated, failed: pause}
  pause: {wait: 30s, visits: 3, then: act}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, visits: 3, then: {pass: escalated, fail: act, unknown: escalated}}
  act:
    action: {http: 'https://x.example/restart', irreversible: a restart}
    visits: 3
    then: {done: escalated, failed: pause}
  pause: {wait: 30s, visits: 3, then: look}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield each change that leads back to itself with nothing seen in between."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if not isinstance(node.step, ActionStep) or node.visits < 2:
                continue
            if node.step.action.repeatable or node.step.action.effect == "read":
                continue
            for way in ways(one, "", _unseen, start=name):
                back = [e for e in one.leaving().get(way.step, ()) if e.target == name]
                again = [
                    e for e in back if e.outcome != "limit" and _unseen(one.nodes.get(e.step), e, "") == ""
                ]
                if again:
                    trace = way.trace(name)
                    message = (
                        f"{shown(trace)}: '{name}' is done again, and nobody has looked whether it happened"
                    )
                    yield Fault(one.place(name), message, trace=trace)
                    break


def _unseen(node: Node | None, edge: Edge, memory: str) -> str | None:
    if edge.outcome == "limit" and not edge.written:
        return None
    return None if node is not None and looks(node) else memory
