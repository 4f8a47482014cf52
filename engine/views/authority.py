"""Who decides a change, in words, in every environment."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.consent import consent_for
from engine.core.events import Person
from engine.core.plan import Plan
from engine.core.state import RunState
from engine.kinds.uses import ActionUse
from engine.model.catalogue import Role
from engine.views.docs_page import Note


def who_decides(plans: Mapping[str, Plan], uses: Mapping[str, ActionUse]) -> list[Note]:
    """Say who decides a change, in as few lines as there are differences between environments."""
    found: dict[str, list[str]] = {}
    asked: dict[str, Note] = {}
    for environment, use in uses.items():
        plan = plans[environment]
        text, approver = _consent(plan, use)
        found.setdefault(text, []).append(environment)
        asked |= {note.label: note for note in reached(plan.roles, approver)}
    if len(found) == 1:
        return [Note(label="Who decides", text=next(iter(found))), *asked.values()]
    several = [Note(label=f"Who decides in {', '.join(names)}", text=text) for text, names in found.items()]
    return [*several, *asked.values()]


def reached(roles: Mapping[str, Role], name: str) -> tuple[Note, ...]:
    """Say how a role is reached when the engine is off, where the catalogue knows."""
    contact = roles[name].contact if name in roles else ""
    return (Note(label=f"To reach {name} without the engine", text=contact),) if contact else ()


def with_level(roles: Mapping[str, Role], name: str) -> str:
    """Return a role with its level."""
    level = roles[name].level if name in roles else ""
    return f"{name} ({level})" if level else name


def _consent(plan: Plan, use: ActionUse) -> tuple[str, str]:
    """Say who may decide a change, and who approves it for others.

    The core is asked for every role, so that a run cannot differ.
    """
    asked = {
        role: consent_for(RunState(plan=plan, operator=Person(name=role, identity="", role=role)), use)
        for role in (*plan.roles, "")
    }
    if {mode for mode, _ in asked.values()} == {"none"}:
        return "needs nobody's consent", ""
    refused = [why for mode, why in asked.values() if mode == "refused"]
    if refused:
        return f"nobody, it is refused: {refused[0]}", ""
    alone = [with_level(plan.roles, role) for role, (mode, _) in asked.items() if mode == "confirm" and role]
    approver = next((role for mode, role in asked.values() if mode == "approve"), "")
    if not alone:
        return f"another person as {with_level(plan.roles, approver)} must approve it", approver
    rest = f"; anybody else needs the approval of the {with_level(plan.roles, approver)}" if approver else ""
    return f"{', '.join(alone)} alone{rest}", approver
