"""A change whose `operation` no rule of the policy and no role names.

A typing error takes the change from whoever may decide it: the rule that was written for it does not fit, and
the answer is that of any change that nobody thought of. Where a rule is for all operations, or a role
approves any change, it is named by that: only a name that looks like one of those that are named is told.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.uses import ActionUse
from engine.model.catalogue import Catalogue, Role
from engine.model.graph import Graph
from engine.model.guards import Rule
from engine.model.lint import Facts, Fault
from engine.model.lint._uses import used
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "name it in a rule of the policy or under a role's 'may' or 'approves', or use one that is named"
BEFORE: Final = """
steps:
  look: {check: {http: 'https://x.example/queue'}, then: {pass: false-alarm, any: drain}}
  drain:
    action: {http: 'https://x.example/drain', operation: drain-que, irreversible: jobs are moved}
    then: {done: after, any: escalated}
  after: {check: {http: 'https://x.example/queue'}, then: {pass: mitigated, any: escalated}}
"""
AFTER: Final = """
steps:
  look: {check: {http: 'https://x.example/queue'}, then: {pass: false-alarm, any: drain}}
  drain:
    action: {http: 'https://x.example/drain', operation: drain-queue, irreversible: jobs are moved}
    then: {done: after, any: escalated}
  after: {check: {http: 'https://x.example/queue'}, then: {pass: mitigated, any: escalated}}
"""
FACTS: Final = Facts(
    catalogue=Catalogue(
        roles={"reliability": Role(may=("drain-queue",))},
        policy=(Rule(consent="confirm", operations=("drain-queue",)),),
    )
)

_ALIKE: Final = 0.8
"""How like a known name a typing error is: two letters of a word, not another word."""


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield operations that nobody names, where any are named at all."""
    known = _named(facts.catalogue)
    for one in used(graph):
        use = one.use
        if not known or not isinstance(use, ActionUse) or use.effect == "read" or not use.operation:
            continue
        if use.operation in known or "${" in use.operation:
            continue
        message = f"no rule of the policy and no role names the operation '{use.operation}'"
        meant = difflib.get_close_matches(use.operation, sorted(known), n=1, cutoff=_ALIKE)
        if meant or not _any_operation(facts.catalogue, use):
            fix = f"did you mean '{meant[0]}'?" if meant else FIX
            yield Fault((*one.place, "operation"), message, fix, at_key=False)


def _named(catalogue: Catalogue) -> frozenset[str]:
    rules = (name for rule in catalogue.policy for name in rule.operations)
    roles = (name for role in catalogue.roles.values() for name in (*role.may, *role.approves))
    return frozenset((*rules, *roles)) - {"any"}


def _any_operation(catalogue: Catalogue, use: ActionUse) -> bool:
    """Say whether a rule is for changes like this one, or a role approves them, whatever they are called.

    What destroys is approved by name only.
    """
    ruled = any(
        not rule.operations and (not rule.effects or use.effect in rule.effects) for rule in catalogue.policy
    )
    approved = any("any" in role.approves for role in catalogue.roles.values())
    return ruled or (approved and use.effect != "destroy")
