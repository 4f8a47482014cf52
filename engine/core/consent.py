"""Whose decision a change is: the policy's first fitting rule, then the roles' authority.

Not declared means change; nothing that changes a system runs without what policy asks for. With no
fitting rule: a read needs nothing, a change needs a keypress of a role that may do it alone or the
approval of another person, destroy is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.events import Answered, Person
from engine.core.plan import Plan
from engine.core.state import RunState
from engine.kinds.uses import ActionUse
from engine.kinds.values import Instant
from engine.model.catalogue import Role


def consent_for(state: RunState, use: ActionUse) -> tuple[str, str]:
    """Return ("none" | "confirm" | "approve" | "refused", the role asked, or why)."""
    plan = state.plan
    if plan is None:
        return "refused", "no plan"
    for rule in plan.policy:
        if (
            _fits(rule.effects, use.effect)
            and _fits(rule.operations, use.operation)
            and _fits(rule.environments, plan.environment)
        ):
            if rule.consent == "refuse":
                return "refused", rule.why or "the policy says never"
            if rule.consent == "confirm" and not _may(plan, state.operator, use.operation):
                return "approve", rule.role or _approver(plan.roles, use.operation)
            return rule.consent, rule.role or state.operator.role
    if use.effect == "read":
        return "none", ""
    if use.effect == "destroy":
        return "refused", "destroying is refused unless a policy rule says otherwise"
    if _may(plan, state.operator, use.operation):
        return "confirm", state.operator.role
    return "approve", _approver(plan.roles, use.operation)


def problem_with(state: RunState, answer: Answered, by: Person, now: Instant) -> str:
    """Return why an answer does not count, or an empty string; asked before it is appended."""
    prompt = state.prompts.get(answer.prompt)
    if prompt is None:
        return f"there is no open question '{answer.prompt}'"
    if prompt.given is not None:
        return f"{prompt.given.by} answered '{prompt.given.choice}' at {prompt.given.at.clock()}"
    asked = prompt.prompted
    if asked.due is not None and now > asked.due:
        return f"the question expired at {asked.due.clock()}"
    known = [option.key for option in asked.options]
    if answer.choice not in known:
        return f"'{answer.choice}' is no answer here: {', '.join(known)}"
    if asked.kind == "approve" and answer.choice == "yes":
        return _approval_problem(state, asked.role, asked.digest, answer, by)
    if asked.kind == "confirm" and answer.choice == "yes" and answer.digest not in ("", asked.digest):
        return "the change is not the one that was shown: look again"
    return ""


def _approval_problem(state: RunState, role: str, digest: str, answer: Answered, by: Person) -> str:
    if canonical_name(by.name) == canonical_name(state.operator.name):
        return "an approval needs another person than the operator"
    plan = state.plan
    own = plan.roles.get(by.role) if plan else None
    if by.role != role and not (own and "any" in own.approves):
        return f"this needs the {role}; you are {by.role or 'without a role'} (use --as NAME:ROLE)"
    if answer.digest and answer.digest != digest:
        return "the change is not the one that was shown: look again"
    return ""


def canonical_name(name: str) -> str:
    """Return one form of a person's name, so that `Alice ` and `alice` are one."""
    import unicodedata

    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _fits(words: tuple[str, ...], word: str) -> bool:
    return not words or word in words


def _may(plan: Plan, person: Person, operation: str) -> bool:
    role = plan.roles.get(person.role)
    return role is not None and operation in role.may


def _approver(roles: Mapping[str, Role], operation: str) -> str:
    for name, role in roles.items():
        if operation in role.approves:
            return name
    return next((name for name, role in roles.items() if "any" in role.approves), "manager")
