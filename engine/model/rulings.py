"""Which rule of the policy decides a change, and which role approves it where the rule names none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.kinds.uses import Effect
from engine.model.catalogue import Role
from engine.model.guards import Rule

NOBODYS: Final = "manager"
"""The role that is asked where no role approves a change; a catalogue need not have it."""


def ruling(policy: Iterable[Rule], environment: str, effect: Effect, operation: str) -> Rule | None:
    """Return the first rule that fits, or None: nothing fits."""
    return next((one for one in policy if _covers(one, environment, effect, operation)), None)


def approver(roles: Mapping[str, Role], operation: str) -> str:
    """Return the role that approves an operation: the first that names it, else that approves any change."""
    for name, role in roles.items():
        if operation in role.approves:
            return name
    return next((name for name, role in roles.items() if "any" in role.approves), NOBODYS)


def _covers(rule: Rule, environment: str, effect: Effect, operation: str) -> bool:
    fits = ((rule.effects, effect), (rule.operations, operation), (rule.environments, environment))
    return all(not words or word in words for words, word in fits)


__all__ = ["NOBODYS", "approver", "ruling"]
