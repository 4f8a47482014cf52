"""Whose decision a change is: the policy's first fitting rule, then the roles' authority.

Rules:
1. Not declared means change; nothing that changes a system runs without what policy asks for. With no
   fitting rule: a read needs nothing, a change needs a keypress of a role that may do it alone or the
   approval of another person, destroy is refused.
2. The policy of the plan and the one read anew both decide; the stricter wins, in every word of it.
3. A window, a limit of the run, or a refusal is not a question: nobody's keypress lifts it.
4. Looking needs no consent, whatever a rule says of changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from engine.core.events import Person
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.kinds import windows
from engine.kinds.uses import ActionUse
from engine.kinds.values import Duration, Instant
from engine.model.catalogue import Role
from engine.model.guards import APPROVE_WITHIN, IDENTITIES, START_WITHIN, Deviation, Identity, Rule
from engine.model.rulings import approver

Mode = Literal["none", "confirm", "approve", "refused"]
_STRICTNESS: Final = ("none", "confirm", "approve", "refused")


@dataclass(frozen=True, slots=True)
class Decision:
    """Whose consent a change needs: `role` decides (confirm) or approves; `why` is the policy's own word."""

    mode: Mode
    role: str = ""
    why: str = ""
    quorum: int = 1
    identity: Identity = "claimed"
    approve_within: Duration = APPROVE_WITHIN
    start_within: Duration = START_WITHIN
    break_glass: str = ""


def decision_for(state: RunState, use: ActionUse, now: Instant | None = None) -> Decision:
    """Return whose decision a change is, as of now; without a moment, windows are not asked."""
    plan = state.plan
    if plan is None:
        return Decision("refused", why="no plan")
    if state.mode == "observe":
        return Decision("none")  # a change is only named: there is nothing to consent to
    decision = _by(plan.policy, plan, state.operator, use, now)
    if state.policy:
        decision = stricter(decision, _by(state.policy, plan, state.operator, use, now))
    if decision.mode == "refused" or use.effect == "read":
        return decision
    return _within_limits(state, plan, use) or decision


def stricter(one: Decision, other: Decision) -> Decision:
    """Return what both ask for together."""
    base = one if _STRICTNESS.index(one.mode) >= _STRICTNESS.index(other.mode) else other
    return replace(
        base,
        quorum=max(one.quorum, other.quorum),
        identity=max(one.identity, other.identity, key=IDENTITIES.index),
        approve_within=min(one.approve_within, other.approve_within),
        start_within=min(one.start_within, other.start_within),
        break_glass=one.break_glass if one.break_glass == other.break_glass else "",
    )


def may_alone(plan: Plan, person: Person, operation: str) -> bool:
    """Say whether one deliberate keypress of this person is enough for an operation."""
    role = plan.roles.get(person.role)
    return role is not None and operation in role.may


def approvers(plan: Plan, state: RunState, first: str, operation: str) -> tuple[str, ...]:
    """Return the roles that are asked for an approval, one after another when nobody answers."""
    level = plan.severities.get(state.severity)
    rungs = [rung.role for rung in level.ladder] if level else []
    after = rungs[rungs.index(first) + 1 :] if first in rungs else rungs
    found = [first, *(role for role in after if _approves(plan.roles.get(role), operation))]
    return tuple(dict.fromkeys(found))


def _by(rules: Sequence[Rule], plan: Plan, operator: Person, use: ActionUse, now: Instant | None) -> Decision:
    rule = _ruling(rules, plan, use)
    if rule is None:
        return _without_rule(plan, operator, use)
    if rule.consent == "refuse":
        return Decision("refused", why=rule.why or "the policy says never")
    closed = _closed(plan, rule, now)
    if closed:
        return Decision("refused", why=closed)
    mode: Mode = rule.consent
    if mode == "confirm" and not may_alone(plan, operator, use.operation):
        mode = "approve"
    role = rule.role or (approver(plan.roles, use.operation) if mode == "approve" else operator.role)
    return Decision(
        mode,
        role,
        rule.why,
        rule.quorum if mode == "approve" else 1,
        rule.identity if mode == "approve" else "claimed",
        rule.approve_within,
        rule.start_within,
        rule.break_glass if use.effect == "change" else "",
    )


def _without_rule(plan: Plan, operator: Person, use: ActionUse) -> Decision:
    if use.effect == "read":
        return Decision("none")
    if use.effect == "destroy":
        return Decision("refused", why="destroying is refused unless a policy rule says otherwise")
    if may_alone(plan, operator, use.operation):
        return Decision("confirm", operator.role)
    return Decision("approve", approver(plan.roles, use.operation))


def ruling(plan: Plan, use: ActionUse) -> Rule | None:
    """Return the rule of the plan's policy that decides a change."""
    return _ruling(plan.policy, plan, use)


def _ruling(rules: Sequence[Rule], plan: Plan, use: ActionUse) -> Rule | None:
    return next((one for one in rules if _covers(one, plan.environment, use)), None)


def _covers(rule: Rule, environment: str, use: ActionUse) -> bool:
    return (
        _fits(rule.effects, use.effect)
        and _fits(rule.operations, use.operation)
        and _fits(rule.environments, environment)
    )


def _closed(plan: Plan, rule: Rule, now: Instant | None) -> str:
    """Return why a change may not be made at this hour, or an empty string."""
    if not rule.window or now is None:
        return ""
    window = plan.windows.get(rule.window)
    if window is None:
        return f"there is no window '{rule.window}'"
    if windows.within(now, window.days, window.start, window.end, window.zone):
        return ""
    hours = f"{', '.join(window.days)} {window.start} to {window.end} {window.zone}"
    return f"outside {window.title or rule.window} ({hours})"


def _within_limits(state: RunState, plan: Plan, use: ActionUse) -> Decision | None:
    limits = plan.guards.limits
    made = state.changed.get(use.operation, 0)
    if sum(state.changed.values()) >= limits.changes:
        return Decision(
            "refused", why=f"this run has made {limits.changes} changes, its limit (guards.limits)"
        )
    if use.operation and made >= limits.same_change:
        why = f"this run has asked for {use.operation} {made} times, its limit (guards.limits)"
        return Decision("refused", why=why)
    return None


def _fits(words: tuple[str, ...], word: str) -> bool:
    return not words or word in words


def _approves(role: Role | None, operation: str) -> bool:
    return role is not None and bool({"any", operation} & set(role.approves))


def second_person(plan: Plan, deviation: str, phase: str) -> Deviation | None:
    """Return the policy's word that a deviation needs another person, where there is one."""
    for one in plan.guards.deviations:
        if deviation in one.of and _fits(one.phases, phase) and _fits(one.environments, plan.environment):
            return replace(one, role=one.role or approver(plan.roles, ""))
    return None
