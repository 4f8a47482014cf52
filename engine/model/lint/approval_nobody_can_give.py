"""An approval that nobody can give, or that waits for a day.

The change is asked for, everybody waits, and the incident goes on. The role that is asked is not there, or
nobody has it; more people are wanted than may approve, none of them has the key or the device that is asked
for, or the question has no end that an incident would see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.kinds.findings import Severity
from engine.kinds.uses import Effect
from engine.kinds.values import Duration
from engine.model.catalogue import Catalogue
from engine.model.guards import Approver, Rule
from engine.model.lint import Facts, Fault
from engine.model.lint._consents import approval_lacks

SEVERITY: Final[Severity] = "error"
FIX: Final = "ask for fewer, name those who may under 'people', or take the claimed identity"
BEFORE: Final = """
roles: {engineer: {approves: [restart], channel: page}}
people: {ann: {role: engineer}, bob: {role: engineer}}
policy: [{consent: approve, operations: [restart], role: engineer, quorum: 3}]
"""
AFTER: Final = """
roles: {engineer: {approves: [restart], channel: page}}
people: {ann: {role: engineer}, bob: {role: engineer}}
policy: [{consent: approve, operations: [restart], role: engineer, quorum: 2}]
"""

LONGEST: Final = Duration(86_400.0)
"""A question that is open for a day has no end that an incident would see [E]."""


def examine_catalogue(catalogue: Catalogue, facts: Facts) -> Iterator[Fault]:
    """Yield rules of the policy whose approval cannot come, or never expires."""
    yield from _second(catalogue)
    for number, rule in enumerate(catalogue.policy):
        place = ("policy", number)
        if rule.consent != "approve":
            continue
        if rule.quorum < 1:
            yield Fault((*place, "quorum"), f"a quorum of {rule.quorum} asks nobody", "ask for 1 or more")
        for key, value in (("approve_within", rule.approve_within), ("start_within", rule.start_within)):
            if not 0 < value <= LONGEST:
                fix = f"give a time that an incident has: minutes, and at most {LONGEST}"
                yield Fault((*place, key), f"an approval with '{key}: {value}' does not expire", fix)
        lacking = next(
            filter(
                None,
                (
                    approval_lacks(catalogue, rule.role, effect, one)
                    for effect, one in _decided(catalogue, rule)
                ),
            ),
            None,
        )
        if lacking is not None:
            yield Fault((*place, "role" if rule.role else "consent"), lacking.why, lacking.fix)
            continue
        if not catalogue.people:
            continue  # nobody is enrolled yet, which `doctor` tells
        each = [
            [one for one in catalogue.people.values() if _may(catalogue, rule, one, operation)]
            for operation in rule.operations or ("",)
        ]
        may = min(each, key=len)
        able = min(([one for one in those if _able(rule, one)] for those in each), key=len)
        if rule.identity != "claimed" and len(able) < max(rule.quorum, 1):
            what = "a key" if rule.identity == "proved" else "a device or a key"
            message = f"{_people(rule.quorum)} with {what} must approve, and {_people(len(able))} can"
            yield Fault((*place, "identity"), message)
        elif rule.quorum > max(len(may), 1):
            message = f"{_people(rule.quorum)} must approve, and {_people(len(may))} may"
            yield Fault((*place, "quorum"), message)


def _second(catalogue: Catalogue) -> Iterator[Fault]:
    """Yield deviations from the runbook that want a second person whom there is not."""
    for number, one in enumerate(catalogue.guards.deviations):
        lacking = approval_lacks(catalogue, one.role, "change", "any")
        if lacking is not None:
            what = f"who leaves the runbook ({', '.join(one.of)}) needs a second person"
            place = ("guards", "deviations", number, "role" if one.role else "of")
            yield Fault(place, f"{what}: {lacking.why}", lacking.fix)


def _decided(catalogue: Catalogue, rule: Rule) -> Iterator[tuple[Effect, str]]:
    """Yield what a rule decides about, as far as it says so."""
    effect: Effect = "destroy" if rule.effects == ("destroy",) else "change"
    if rule.effects != ("read",):
        yield from ((effect, one) for one in rule.operations or _approved(catalogue, rule))


def _approved(catalogue: Catalogue, rule: Rule) -> tuple[str, ...]:
    """Return one operation that a role approves, for a rule that names none: the others are not known."""
    named = () if rule.role else (one for role in catalogue.roles.values() for one in role.approves)
    return (next(iter(named), "any"),)


def _may(catalogue: Catalogue, rule: Rule, person: Approver, operation: str) -> bool:
    """Say whether a person's role is asked, or approves an operation; without one, whatever it approves."""
    role = catalogue.roles.get(person.role)
    approves = set(role.approves) if role else set()
    return person.role == rule.role or bool({"any", operation} & approves if operation else approves)


def _able(rule: Rule, person: Approver) -> bool:
    return bool(person.keys) or (rule.identity == "relayed" and bool(person.device))


def _people(count: int) -> str:
    return f"{count} {'person' if count == 1 else 'people'}"
