"""Who decides a change, in words, in every environment."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.events import Person
from engine.core.plan import Plan
from engine.core.policy import Decision, decision_for, ruling
from engine.core.state import RunState
from engine.kinds.uses import ActionUse
from engine.model.catalogue import Role
from engine.model.guards import APPROVE_WITHIN
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
    """Say who may decide a change, who approves it for others, and which guard says so.

    The core is asked for every role, so that a run cannot differ.
    """
    asked = {
        role: decision_for(RunState(plan=plan, operator=Person(name=role, identity="", role=role)), use)
        for role in (*plan.roles, "")
    }
    if {one.mode for one in asked.values()} == {"none"}:
        return "needs nobody's consent", ""
    refused = [one.why for one in asked.values() if one.mode == "refused"]
    if refused:
        return f"nobody, it is refused: {refused[0]}", ""
    alone = [with_level(plan.roles, role) for role, one in asked.items() if one.mode == "confirm" and role]
    approval = next((one for one in asked.values() if one.mode == "approve"), None)
    why = next((one.why for one in asked.values() if one.why), "")
    because = f" ({why})" if why else ""
    hours = _hours(plan, use)
    if approval is None:
        return f"{', '.join(alone)} alone{because}{hours}", ""
    approver = _approval(plan, approval)
    if not alone:
        return f"needs {approver}, who is another person{because}{hours}", approval.role
    return f"{', '.join(alone)} alone; anybody else needs {approver}{because}{hours}", approval.role


def _approval(plan: Plan, decision: Decision) -> str:
    """Say how many must approve, and how they show who they are."""
    role = with_level(plan.roles, decision.role)
    who = f"the approval of the {role}" if decision.quorum == 1 else f"{decision.quorum} approvals as {role}"
    identity = {"claimed": "", "relayed": ", by a one-time code", "proved": ", by a signature"}
    within = f" within {decision.approve_within}" if decision.approve_within != APPROVE_WITHIN else ""
    glass = f"; break-glass pages the {decision.break_glass}" if decision.break_glass else ""
    return f"{who}{identity[decision.identity]}{within}{glass}"


def _hours(plan: Plan, use: ActionUse) -> str:
    """Say when a change may be made at all, where a rule names a window."""
    rule = ruling(plan, use)
    window = plan.windows.get(rule.window) if rule else None
    if window is None:
        return ""
    return f"; only {', '.join(window.days)} {window.start} to {window.end} {window.zone}"
