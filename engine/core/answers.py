"""Whether a person's answer counts, asked before it is appended.

Rules:
1. The first valid answer wins; one after its deadline is refused whoever recorded what.
2. An approval comes from another person than those who run the run, by canonical name, of the role that is
   asked or one that approves any change; for destroy only of the role that is asked. Of several approvals
   each is another person's.
3. An approval names the digest of what it approves, and is at least as strong as policy asks: claimed,
   relayed (a code), proved (a signature). Whether a proof holds is found out afterwards and recorded.
4. Break-glass needs a reason, and is never for destroy. So does "I did it by hand".
"""

from __future__ import annotations

import unicodedata

from engine.core.events import Answered, Person, Prompted
from engine.core.policy import may_alone
from engine.core.run_state import Prompt, RunState
from engine.kinds.values import Instant
from engine.model.guards import IDENTITIES

ENGINE = Person()
_ANOTHER = "the change is not the one that was shown: look again"
_LOOK_ALIKE = str.maketrans("асеһіјԁорԛѕԝхуαικνορτυχ", "acehijdopqswxyaikvoptux")
"""Cyrillic and Greek letters that nobody tells from Latin ones, in lower case."""


def problem_with(state: RunState, answer: Answered, by: Person, now: Instant) -> str:
    """Return why an answer does not count, or an empty string."""
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
    if answer.choice == "break-glass" and asked.decides_change:
        return _break_glass_problem(asked, answer)
    if asked.kind == "approve" and answer.choice == "yes":
        return _approval_problem(state, prompt, answer, by)
    if asked.kind == "confirm" and answer.choice in ("yes", "hand"):
        return _confirmation_problem(state, asked, answer, by)
    return ""


def canonical_name(name: str) -> str:
    """Return one form of a person's name, so that `Alice `, `alice` and look-alikes of it are one."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", name) if unicodedata.category(c) != "Cf")
    return " ".join(plain.casefold().translate(_LOOK_ALIKE).split())


def _approval_problem(state: RunState, prompt: Prompt, answer: Answered, by: Person) -> str:
    asked = prompt.prompted
    runners = {canonical_name(name) for name in (state.operator.name, state.driver.name, prompt.operator)}
    if canonical_name(by.name) in runners - {ENGINE.name}:
        return "an approval needs another person than those who run this run"
    others = {canonical_name(name) for name in asked.detail.get("approved by", "").split(", ") if name}
    if canonical_name(by.name) in others:
        return f"{by.name} has approved already: it needs another person"
    own = state.plan.roles.get(by.role) if state.plan else None
    any_change = own is not None and "any" in own.approves and asked.detail.get("effect") != "destroy"
    if by.role != asked.role and not any_change:
        return f"this needs the {asked.role}; you are {by.role or 'without a role'} (use --as NAME:ROLE)"
    problem = _identity_problem(state, asked, answer, by)
    if problem or answer.digest != asked.digest:
        return problem or _ANOTHER
    return ""


def _identity_problem(state: RunState, asked: Prompted, answer: Answered, by: Person) -> str:
    wanted = asked.detail.get("identity", "claimed")
    if by.identity not in IDENTITIES or wanted not in IDENTITIES:
        return ""
    if IDENTITIES.index(by.identity) < IDENTITIES.index(wanted):
        how = "sign it: --signature FILE" if wanted == "proved" else "give the code: --code CODE, or sign it"
        return f"this approval must be {wanted}, yours is only {by.identity} ({how})"
    if by.identity == "claimed":
        return ""
    known = state.plan.people.get(by.name) if state.plan else None
    if known is None:
        return f"the catalogue knows no person '{by.name}' whose proof could be held against anything"
    if known.role != by.role:
        return f"{by.name} is {known.role} in the catalogue, not {by.role}"
    return "" if answer.proof else f"an approval that is {by.identity} comes with its proof"


def _confirmation_problem(state: RunState, asked: Prompted, answer: Answered, by: Person) -> str:
    """One keypress is enough only for who may decide it alone, whoever runs the run by now."""
    operation, plan = asked.detail.get("operation", ""), state.plan
    own = plan.roles.get(by.role) if plan else None
    approves = own is not None and bool({"any", operation} & set(own.approves))
    allowed = by.role == asked.role or approves or (plan is not None and may_alone(plan, by, operation))
    if plan and operation and not allowed:
        return f"this needs the {asked.role}; you are {by.role or 'without a role'} (use --as NAME:ROLE)"
    if answer.choice == "hand":
        return ""
    return "" if answer.digest in ("", asked.digest) else _ANOTHER


def _break_glass_problem(asked: Prompted, answer: Answered) -> str:
    if asked.detail.get("effect") == "destroy":
        return "there is no break-glass for what destroys"
    if not answer.reason.strip():
        return "break-glass needs a reason (--reason)"
    return "" if answer.digest in ("", asked.digest) else _ANOTHER
