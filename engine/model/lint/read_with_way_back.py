"""An action that is declared a `read` and says how it is taken back, or why it cannot be.

One of the two is wrong. Where it is the effect, a change is made that no policy decides and nobody is asked
about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.uses import ActionUse
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "say what it does: 'effect: change', or take out the way back"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: ask}}
  ask: {action: {http: 'https://x.example', method: GET, effect: read, irreversible: sent}, then: escalated}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: ask}}
  ask: {action: {http: 'https://x.example', method: GET, effect: read}, then: escalated}
"""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield reads that have a way back; of one that is a change in the catalogue another rule speaks."""
    for one in used(graph):
        use = one.use
        if not isinstance(use, ActionUse) or use.effect != "read":
            continue
        entry = facts.catalogue.actions.get(use.name)
        if entry is not None and entry.effect != "read":
            continue
        if use.undo is not None or use.irreversible:
            said = "says how it is taken back" if use.undo is not None else "says why it cannot be taken back"
            yield Fault((*one.place, "effect"), f"'{one.step}' is declared a read and {said}", at_key=False)
