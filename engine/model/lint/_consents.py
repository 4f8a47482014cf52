"""Whether the consent for a change can come at all: who is asked for it, and whether that is anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.kinds.uses import Effect
from engine.model.catalogue import Catalogue
from engine.model.guards import Rule
from engine.model.rulings import approver


class Lacking(NamedTuple):
    """Why a consent cannot come, and what to do."""

    why: str
    fix: str


def consent_lacks(
    catalogue: Catalogue, rule: Rule | None, effect: Effect, operation: str, severity: str
) -> Lacking | None:
    """Return why nobody can consent to a change that this rule decides, None where somebody can."""
    if effect == "read" or (rule is None and effect == "destroy"):
        return None  # it needs nobody, or is refused
    if rule is not None and rule.consent in ("none", "refuse"):
        return None
    alone = rule is None or rule.consent == "confirm"
    if alone and any(operation in catalogue.roles[role].may for role in operators(catalogue, severity)):
        return None
    said = rule.role if rule else ""
    lacking = approval_lacks(catalogue, said, effect, operation)
    role = said or approver(catalogue.roles, operation)
    if lacking is not None or catalogue.roles[role].channel:
        return lacking
    fix = f"give the role '{role}' a 'channel', one of those under 'channels'"
    return Lacking(f"'{operation}' needs the approval of the {role}, whom no channel reaches", fix)


def operators(catalogue: Catalogue, severity: str) -> Sequence[str]:
    """Return who may be expected to run a runbook: whom its ladder pages at once, else any role."""
    for name, level in catalogue.severities.items():
        if severity in (name, *level.aliases):
            first = [rung.role for rung in level.ladder if rung.after <= 0 and rung.role in catalogue.roles]
            if first:
                return first
    return tuple(catalogue.roles)


def approval_lacks(catalogue: Catalogue, said: str, effect: Effect, operation: str) -> Lacking | None:
    """Return why an approval cannot come, None where somebody has the role that is asked."""
    role = said or approver(catalogue.roles, operation)
    able = {name for name, one in catalogue.roles.items() if "any" in one.approves and effect != "destroy"}
    asked = "a change needs" if operation in ("", "any") else f"'{operation}' needs"
    word = operation or "any"
    if role not in catalogue.roles:
        by_default = "" if said else ", which is asked where no role approves it,"
        fix = f"let a role approve it ('approves: [{word}]'), or add the role '{role}', with a channel"
        return Lacking(
            f"{asked} the approval of '{role}'{by_default} and the catalogue has no such role", fix
        )
    people = catalogue.people.values()
    if people and not any(one.role in able | {role} for one in people):
        fix = f"name somebody of the role '{role}' under 'people'"
        return Lacking(f"{asked} the approval of the {role}, and nobody under 'people' is one", fix)
    return None


__all__ = ["Lacking", "approval_lacks", "consent_lacks", "operators"]
