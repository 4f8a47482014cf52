"""A step that destroys something, and that the policy lets through without another person.

What is destroyed is not brought back by an undo. One person at 3 a.m. is not enough for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.uses import ActionUse
from engine.model.catalogue import Catalogue, Environment, Role
from engine.model.graph import Graph
from engine.model.guards import Rule
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.lint._values import environments
from engine.model.rulings import ruling
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "let the policy's first rule that fits be 'consent: approve' or 'refuse'"
BEFORE: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: wipe}}
  wipe:
    action: {http: 'https://x.example/wipe', effect: destroy, operation: wipe-cache, irreversible: it is gone}
    then: {any: escalated}
"""
AFTER: Final = """
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: wipe}}
  wipe:
    action: {http: 'https://x.example/fill', operation: fill-cache, irreversible: the old entries are gone}
    then: {any: escalated}
"""
FACTS: Final = Facts(
    catalogue=Catalogue(
        environments={"production": Environment()},
        roles={"oncall": Role(may=("wipe-cache", "fill-cache"))},
        policy=(Rule(consent="confirm", operations=("wipe-cache", "fill-cache")),),
    )
)


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield what is destroyed by a keypress, or by nobody's."""
    for one in used(graph):
        if not isinstance(one.use, ActionUse) or one.use.effect != "destroy":
            continue
        for name in environments(runbook, facts.catalogue, drills=True):
            rule = ruling(facts.catalogue.policy, name, "destroy", one.use.operation)
            if rule is not None and rule.consent in ("none", "confirm"):
                asked = "nobody is asked" if rule.consent == "none" else "one keypress is enough"
                message = f"'{one.step}' destroys something, and in {name} {asked}"
                yield Fault(one.place, message)
                break
