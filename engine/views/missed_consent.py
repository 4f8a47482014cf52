"""Consents that did not come in a test: for which change, whose, until when, and how a test gives them.

Rules:
1. A question counts that decides a change and that nobody answered: it ran out, or it is open when the run
   stands still.
2. Who may give an approval is what the core would take: another person of the role that is asked, or of one
   that approves any change; never any change for what destroys.
3. A role that the catalogue does not have has nobody in it, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.core.events import Answered, Happened, Person, Prompted, Withdrawn
from engine.core.plan import Plan
from engine.kinds.values import Instant


@dataclass(frozen=True, slots=True)
class Missed:
    """One question about a change that nobody answered so that it counted."""

    step: str
    change: str
    kind: str
    role: str
    """The role that was asked."""
    may: tuple[str, ...]
    """Every role whose answer would have counted."""
    since: Instant
    until: Instant | None
    """When it ran out; None: it would wait for ever."""
    refused: str = ""
    """Whose answer did not count, and why."""
    line: str = ""
    """What a test has to say of its people; empty where nobody may."""

    def __str__(self) -> str:
        verb = "approve" if self.kind == "approve" else "confirm"
        until = f"until {self.until.clock()}" if self.until is not None else "without an end"
        asked = f"{self.change} at '{self.step}' waited from {self.since.clock()} {until} for the {self.role}"
        if not self.may:
            return f"{asked} to {verb} it, which is no role of the catalogue: nobody can"
        said = f"; {self.refused}" if self.refused else "; nobody answered"
        others = [one for one in self.may if one != self.role]
        also = f" (so may {', '.join(others)})" if others else ""
        return f"{asked} to {verb} it{also}{said}"


def missed(
    plan: Plan, happened: Sequence[Happened], operator: Person, refused: Mapping[str, tuple[Person, str]]
) -> tuple[Missed, ...]:
    """Return the consents that did not come, in the order in which they were asked for."""
    settled = {one.event.prompt for one in happened if isinstance(one.event, Answered | Withdrawn)}
    return tuple(
        _missed(plan, one.event, one.at, operator, refused.get(one.event.prompt))
        for one in happened
        if isinstance(one.event, Prompted) and one.event.decides_change and one.event.prompt not in settled
    )


def _missed(
    plan: Plan, asked: Prompted, at: Instant, operator: Person, refused: tuple[Person, str] | None
) -> Missed:
    approval = asked.kind == "approve"
    may = _may(plan, asked) if approval else (asked.role or operator.role,)
    role = next(iter(may), "")
    said = f", role: {role}" if approval else ""
    why = ""
    if refused is not None:
        by, problem = refused
        as_role = f" ({by.role})" if by.role else ""
        why = f"the answer of {by.name}{as_role} does not count: {problem}"
    return Missed(
        step=asked.step,
        change=asked.detail.get("operation") or asked.text,
        kind=asked.kind,
        role=asked.role or operator.role,
        may=may,
        since=at,
        until=asked.due,
        refused=why,
        line=f"{{step: {asked.step}, item: {asked.item}, answer: yes{said}}}" if may else "",
    )


def _may(plan: Plan, asked: Prompted) -> tuple[str, ...]:
    destroys = asked.detail.get("effect") == "destroy"
    own = [asked.role] if asked.role in plan.roles else []
    others = [name for name, role in plan.roles.items() if "any" in role.approves and not destroys]
    return tuple(dict.fromkeys([*own, *others]))


__all__ = ["Missed", "missed"]
