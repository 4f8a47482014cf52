"""An action of the catalogue that a step calls by another `operation` than its entry does.

The policy decides by that word. A deployment that goes under the name of a restart is decided by whoever may
restart, and the record says that a restart was made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.uses import ActionUse
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.lint._values import environments
from engine.model.rulings import ruling
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "take 'operation' out; an entry of its own in the catalogue, where this is another change"
CATALOGUE: Final = """
actions:
  deploy: {http: 'https://x.example/deploy', operation: deploy, irreversible: it is built anew}
"""
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example/version'}, then: {pass: false-alarm, any: deploy}}
  deploy: {action: {use: deploy, operation: restart}, then: {done: after, any: escalated}}
  after: {check: {http: 'https://x.example/version'}, then: {pass: mitigated, any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example/version'}, then: {pass: false-alarm, any: deploy}}
  deploy: {action: {use: deploy}, then: {done: after, any: escalated}}
  after: {check: {http: 'https://x.example/version'}, then: {pass: mitigated, any: escalated}}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield uses that name another operation; an entry that takes it as a parameter names none."""
    for one in used(graph):
        use = one.use
        if not isinstance(use, ActionUse) or use.name not in facts.catalogue.actions:
            continue
        meant = facts.catalogue.actions[use.name].operation
        if use.operation == meant or "${" in meant:
            continue
        message = f"'{use.name}' is {_called(meant)} in the catalogue, and {_called(use.operation)} here"
        decided = _decided(runbook, facts.catalogue, use, meant)
        yield Fault((*one.place, "operation"), message + decided, at_key=False)


def _called(operation: str) -> str:
    return f"called {operation}" if operation else "called no operation"


def _decided(runbook: Runbook, catalogue: Catalogue, use: ActionUse, meant: str) -> str:
    """Say what the other word changes, in the first environment where it changes anything."""
    for name in environments(runbook, catalogue, drills=True):
        here, there = (
            ruling(catalogue.policy, name, use.effect, operation) for operation in (use.operation, meant)
        )
        if here is not None and there is not None and here.consent != there.consent:
            return f": in {name} that is '{here.consent}' instead of '{there.consent}'"
    return ""
