"""Whose decision a change is: the policy's first fitting rule, then the roles' authority.

Not declared means change; nothing that changes a system runs without what policy asks for. With no
fitting rule: a read needs nothing, a change needs a keypress of a role that may do it alone or the
approval of another person, destroy is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.events import Answered, Person, Prompted
from engine.core.plan import Plan
from engine.core.run_state import Prompt, RunState
from engine.kinds.uses import ActionUse
from engine.kinds.values import Instant
from engine.model.catalogue import Role


def consent_for(state: RunState, use: ActionUse) -> tuple[str, str]:
    """Return ("none" | "confirm" | "approve" | "refused", the role asked, or why)."""
    plan = state.plan
    if plan is None:
        return "refused", "no plan"
    if state.mode == "observe":
        return "none", ""  # a change is only named: there is nothing to consent to
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
            if rule.consent == "approve":
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
    if asked.due is not None and max(now, state.now) > asked.due:
        return f"the question expired at {asked.due.clock()}"
    known = [option.key for option in asked.options]
    if answer.choice not in known:
        return f"'{answer.choice}' is no answer here: {', '.join(known)}"
    if asked.kind == "approve" and answer.choice == "yes":
        return _approval_problem(state, prompt, answer, by)
    if asked.kind == "confirm" and answer.choice in ("yes", "hand"):
        return _confirmation_problem(state, asked, answer, by)
    return ""


def _approval_problem(state: RunState, prompt: Prompt, answer: Answered, by: Person) -> str:
    asked = prompt.prompted
    theirs = {canonical_name(name) for name in (state.operator.name, state.driver.name, prompt.operator)}
    if canonical_name(by.name) in theirs - {ENGINE.name}:
        return "an approval needs another person than those who run this run"
    own = state.plan.roles.get(by.role) if state.plan else None
    any_change = own is not None and "any" in own.approves and asked.detail.get("effect") != "destroy"
    if by.role != asked.role and not any_change:
        return f"this needs the {asked.role}; you are {by.role or 'without a role'} (use --as NAME:ROLE)"
    return "" if answer.digest == asked.digest else _ANOTHER


def _confirmation_problem(state: RunState, asked: Prompted, answer: Answered, by: Person) -> str:
    """One keypress is enough only for who may decide it alone, whoever runs the run by now."""
    operation, plan = asked.detail.get("operation", ""), state.plan
    own = plan.roles.get(by.role) if plan else None
    approves = own is not None and bool({"any", operation} & set(own.approves))
    if plan and operation and by.role != asked.role and not _may(plan, by, operation) and not approves:
        return f"this needs the {asked.role}; you are {by.role or 'without a role'} (use --as NAME:ROLE)"
    return "" if answer.choice == "hand" or answer.digest in ("", asked.digest) else _ANOTHER


_ANOTHER = "the change is not the one that was shown: look again"

ENGINE = Person()

_LOOK_ALIKE = str.maketrans("асеһіјԁорԛѕԝхуαικνορτυχ", "acehijdopqswxyaikvoptux")
"""Cyrillic and Greek letters that nobody tells from Latin ones, in lower case."""


def canonical_name(name: str) -> str:
    """Return one form of a person's name, so that `Alice `, `alice` and look-alikes of it are one."""
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join(plain.casefold().translate(_LOOK_ALIKE).split())


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
