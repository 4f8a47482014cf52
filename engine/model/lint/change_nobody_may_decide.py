"""A change that is asked of nobody: the role that decides it is not there, has nobody, or is not reached.

The operator is told to wait, the time for the approval passes, and the step fails. Where the policy and the
roles name nobody for a change, a run asks the `manager`, whether there is one or not.
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
from engine.model.lint._consents import consent_lacks
from engine.model.lint._uses import used
from engine.model.lint._values import environments
from engine.model.rulings import ruling
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "error"
FIX: Final = "let a role decide it alone ('may'), or one that a channel reaches approve it ('approves')"
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example/queue'}, then: {pass: false-alarm, any: drain}}
  drain:
    action: {http: 'https://x.example/drain', operation: drain-queue, irreversible: jobs are moved}
    then: {done: after, any: escalated}
  after: {check: {http: 'https://x.example/queue'}, then: {pass: mitigated, any: escalated}}
"""
AFTER: Final = BEFORE.replace("drain-queue", "stop-queue")
FACTS: Final = Facts(
    catalogue=Catalogue(
        environments={"production": Environment()},
        roles={"oncall": Role(), "lead": Role(approves=("stop-queue",), channel="page")},
        policy=(Rule(consent="approve", operations=("drain-queue", "stop-queue")),),
    )
)


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield changes that wait for nobody, each once, with the first environment in which it is so."""
    catalogue = facts.catalogue
    for one in used(graph):
        use = one.use
        if not isinstance(use, ActionUse) or "${" in use.operation:
            continue
        for name in environments(runbook, catalogue, drills=True):
            rule = ruling(catalogue.policy, name, use.effect, use.operation)
            lacking = consent_lacks(catalogue, rule, use.effect, use.operation, runbook.severity)
            if lacking is not None:
                yield Fault(one.place, f"'{one.step}' cannot go ahead in {name}: {lacking.why}", lacking.fix)
                break
