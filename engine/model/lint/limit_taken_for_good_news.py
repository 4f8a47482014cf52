"""A wait whose limit leads to a good end: what was waited for did not come, and the run ends as if it had.

The wait is the proof that it is well again. Where it fails, a person has to know that nothing is proved:
behind a message that got through the run may end mitigated, which claims no recovery.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.nodes import Node
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.wait import WaitStep
from engine.model.graph import Edge, Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import changes, looks, proved
from engine.model.lint._walk import After, shown, ways
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "lead the limit to somebody who is asked or paged, to another look, or to escalated"
BEFORE: Final = """
steps:
  again:
    wait: {until: {http: 'https://x.example/jobs'}, limit: 10m}
    then: {held: false-alarm, limit: false-alarm}
"""
AFTER: Final = """
steps:
  again:
    wait: {until: {http: 'https://x.example/jobs'}, limit: 10m}
    then: {held: false-alarm, limit: escalated}
"""

_GOOD: Final = ("resolved", "mitigated", "false-alarm", "pass")
_PROVED: Final = ("resolved", "mitigated")
"""Ends that claim no more than what is known, where the recovery is proved before."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield waits for checks from whose limit a good end is reached with nothing seen in between."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, WaitStep) and node.step.until is not None:
                yield from _over(one, name)


def _over(graph: Graph, name: str) -> Iterator[Fault]:
    known = all(way.memory for way in ways(graph, False, proved) if way.step == name)
    for way in ways(graph, False, _following(name), start=name):
        told = way.memory and way.step == "mitigated"
        if way.step in _GOOD and not told and not (known and way.step in _PROVED):
            message = f"{shown(way.trace())}: what '{name}' waited for did not come, and it ends as if it had"
            yield Fault((*graph.place(name), "then", "limit"), message, trace=way.trace())
            return


def _following(name: str) -> After[bool]:
    """Follow the limit of a wait up to a look, a change, a decision by what was seen, or a person."""

    def after(node: Node | None, edge: Edge, told: bool) -> bool | None:
        if edge.step == name:
            return told if edge.outcome == "limit" else None
        if node is None or (edge.outcome == "limit" and not edge.written):
            return None
        taken = isinstance(node.step, EscalateStep) and edge.outcome == "acknowledged"
        if taken or looks(node) or changes(node) or isinstance(node.step, DecideStep):
            return None
        return told or (isinstance(node.step, NotifyStep) and edge.outcome == "sent")

    return after
