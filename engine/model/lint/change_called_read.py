"""An action that is declared to be a read and by its kind is none: a POST, a mutation, a program, a tool.

Policy, consent, the way back and the proof of recovery all go by the effect: `effect: read` takes every guard
off at once, and nobody is asked. What only looks is a check, where an author says why it is one
(`read_only_because`); the one action that can be a read is a plain request (GET, HEAD or OPTIONS).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.action import Action
from engine.kinds.actions.http import HttpAction
from engine.kinds.findings import Severity
from engine.kinds.uses import ActionUse
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "take 'effect: read' out; or make it a check, with 'read_only_because' where it only looks"
BEFORE: Final = """
steps:
  act: {action: {http: 'https://x.example/restart', method: POST, effect: read}, then: {any: escalated}}
"""
AFTER: Final = """
steps:
  act: {action: {http: 'https://x.example/state', method: GET, effect: read}, then: {any: escalated}}
"""

_READING: Final = ("GET", "HEAD", "OPTIONS")
_DOES: Final = {
    "command": "starts a program",
    "graphql": "sends a mutation",
    "mcp": "calls a tool",
    "sql": "runs a statement that writes",
}
"""What the other kinds do; a query and a SELECT are refused as actions anyhow."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield actions with the effect read whose kind can change something."""
    for one in used(graph):
        if isinstance(one.use, ActionUse) and one.effect == "read":
            what = _changing(one.use.kind)
            if what:
                yield Fault((*one.place, "effect"), f"it is declared a read, and it {what}", at_key=False)


def _changing(kind: Action) -> str:
    """Say what an action does that a read does not; empty where it can only read."""
    if isinstance(kind, HttpAction):
        method = kind.method.upper()
        return "" if method in _READING else f"sends a {method}"
    return _DOES.get(kind.kind, "changes something")
