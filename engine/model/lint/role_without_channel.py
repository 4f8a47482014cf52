"""A role that must approve or is paged by a ladder, and that no channel reaches.

The question is asked and the page is written, and neither leaves this machine: everybody waits for somebody
who has not heard of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.model.catalogue import Catalogue
from engine.model.lint import Facts, Fault

SEVERITY: Final[Severity] = "warning"
FIX: Final = "give it a 'channel', one of those under 'channels'"
BEFORE: Final = """
roles: {engineer: {approves: [restart]}}
"""
AFTER: Final = """
roles: {engineer: {approves: [restart], channel: page}}
"""


def examine_catalogue(catalogue: Catalogue, facts: Facts) -> Iterator[Fault]:
    """Yield each role without a channel that somebody waits for."""
    for name, role in catalogue.roles.items():
        if role.channel:
            continue
        why = list(_waited_for(catalogue, name))
        if why:
            yield Fault(("roles", name), f"the role '{name}' has no channel, and {', '.join(why)}")


def _waited_for(catalogue: Catalogue, name: str) -> Iterator[str]:
    """Yield what a role is needed for."""
    if catalogue.roles[name].approves:
        yield f"approves {', '.join(catalogue.roles[name].approves)}"
    if any(rule.consent == "approve" and rule.role == name for rule in catalogue.policy):
        yield "is asked by a rule of the policy"
    if any(rule.break_glass == name for rule in catalogue.policy):
        yield "is told of break-glass"
    ladders = [key for key, level in catalogue.severities.items() if name in {r.role for r in level.ladder}]
    if ladders:
        yield f"is paged in {', '.join(ladders)}"
