"""A runbook, or its way back, that nobody has ever tried.

An incident is the worst place to find out that a step does not work, and the way back is needed when things
are worst. A drill in CI counts; so does one with people, as long as it is not too long ago.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.undo import UndoStep
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault, Practice
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "write a scenario that takes it ('runbook drill'), with the step in 'expect.path'"
BEFORE: Final = """
runbook: shop-down
steps:
  look: {check: {http: 'https://x.example'}, then: {pass: false-alarm, fail: act, unknown: escalated}}
  act:
    action: {http: 'https://x.example/on', undo: {http: 'https://x.example/off'}}
    then: {done: escalated, failed: back}
  back: {undo: all, then: {any: escalated}}
"""
AFTER: Final = """
runbook: shop-down
steps:
  look: {check: {http: 'https://x.example'}, then: {pass: false-alarm, fail: act, unknown: escalated}}
  act: {action: {http: 'https://x.example/on', irreversible: it stays on}, then: {any: escalated}}
"""
FACTS: Final = Facts(practice={"shop-down": Practice(taken=frozenset({"look", "act"}), scenarios=2)})

_BACK: Final = ("roll-back", "rollback")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield the runbook where nothing was tried, and otherwise each way back that was not."""
    tried = facts.practice.get(runbook.runbook) if facts.practice is not None else None
    if tried is None:
        return
    if not tried.scenarios and tried.on is None:
        yield Fault(
            ("runbook",), f"nobody has ever exercised '{runbook.runbook}'", "write a scenario in drills/"
        )
        return
    if facts.today is not None and tried.on is not None and not tried.scenarios:
        due = tried.on + timedelta(seconds=float(runbook.drill_every))
        if facts.today > due:
            message = f"people last exercised it on {tried.on}; it was due again by {due}"
            yield Fault(("runbook",), message, "drill it ('runbook drill'), and keep the report")
    for one in graph.every():
        for name, node in one.nodes.items():
            if tried.taken is not None and name not in tried.taken and _takes_back(node):
                yield Fault(one.place(name), f"the way back '{name}' was never exercised")


def _takes_back(node: Node) -> bool:
    if isinstance(node.step, ActionStep):
        return node.step.action.operation.startswith(_BACK)
    return isinstance(node.step, UndoStep)
