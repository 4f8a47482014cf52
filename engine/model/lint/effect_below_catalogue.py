"""An action of the catalogue that a step declares to do less than its entry says: `read` for a change.

Policy, consent, the way back and the proof of recovery all go by the effect. Whoever wrote the entry knew the
change; a step that plays it down takes every guard off at once, and nobody is asked.
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
FIX: Final = "take 'effect' out; an entry of its own in the catalogue, where this one does less"
CATALOGUE: Final = """
actions:
  drain: {http: 'https://x.example/drain', effect: destroy, operation: drain, irreversible: jobs are gone}
"""
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example/queue'}, then: {pass: false-alarm, any: sure}}
  sure: {ask: Throw the jobs away?, options: {throw: Throw them away}, timeout: 5m, then: drain}
  drain: {action: {use: drain, effect: change}, then: {done: after, any: escalated}}
  after: {check: {http: 'https://x.example/queue'}, then: {pass: mitigated, any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example/queue'}, then: {pass: false-alarm, any: sure}}
  sure: {ask: Throw the jobs away?, options: {throw: Throw them away}, timeout: 5m, then: drain}
  drain: {action: {use: drain}, then: {done: after, any: escalated}}
  after: {check: {http: 'https://x.example/queue'}, then: {pass: mitigated, any: escalated}}
"""

_GRAVITY: Final = ("read", "change", "destroy")


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield uses whose effect is less than that of the catalogue's entry."""
    for one in used(graph):
        if not isinstance(one.use, ActionUse) or one.use.name not in facts.catalogue.actions:
            continue
        entry = facts.catalogue.actions[one.use.name]
        if _GRAVITY.index(one.effect) < _GRAVITY.index(entry.effect):
            message = (
                f"'{one.use.name}' is a {entry.effect} in the catalogue, and declared a {one.effect} here"
            )
            yield Fault((*one.place, "effect"), message, at_key=False)
