"""Who decides each change of a runbook, as marks: by the policy, in every environment, for each operator.

Rules:
1. A change that can be consented to by more people, by one alone, later, or without proof is weaker.
2. A consent that nobody can give is a dead end: nothing is less safe by it, and nothing is done any more.
3. Whose consent counts is what a run asks (`engine/core/answers.py`): the role that is asked, those of the
   ladder that are asked after it, and whoever approves any change.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Final

from engine.app.sheet_of_paths import Marks
from engine.core.events import Person
from engine.core.plan import Plan
from engine.core.policy import Decision, approvers, decision_for, ruling
from engine.core.state import RunState
from engine.kinds.steps.action import ActionStep
from engine.kinds.uses import ActionUse
from engine.model.catalogue import Catalogue
from engine.model.graph import Graph
from engine.model.guards import IDENTITIES
from engine.model.runbook import Runbook
from engine.views.weakened import Judged, Mark, Place, by_strictness

_MODES: Final = ("none", "confirm", "approve", "refused")


def consents_of(runbook: Runbook, catalogue: Catalogue, graph: Graph) -> Marks:
    """Yield who decides each change, in every environment it may run in, by the role at the terminal."""
    for one in graph.every():
        for name, node in one.nodes.items():
            if isinstance(node.step, ActionStep):
                yield from _decided(runbook, catalogue, name, node.step)


def _decided(runbook: Runbook, catalogue: Catalogue, where: str, step: ActionStep) -> Marks:
    for environment in runbook.environments or tuple(catalogue.environments):
        plan = Plan(
            run="",
            runbook=runbook.runbook,
            title="",
            environment=environment,
            steps={},
            scopes={},
            policy=catalogue.policy,
            roles=catalogue.roles,
            severities=catalogue.severities,
            guards=catalogue.guards,
            windows=catalogue.windows,
        )
        rule = ruling(plan, step.action)
        window = rule.window if rule is not None else ""
        for role in catalogue.roles or ("",):
            state = RunState(plan=plan, operator=Person(name="somebody", role=role, identity="claimed"))
            about = f"decided in {environment}" + (f" at the hand of {role}" if role else "")
            decision = decision_for(state, step.action)
            yield (
                Place(where, about),
                _consent(decision, window, _who(catalogue, plan, decision, step.action)),
            )


@dataclass(frozen=True, slots=True)
class _Who:
    """The roles whose consent counts for a change, and how many enrolled people of them can give it."""

    roles: frozenset[str]
    able: float

    def missing(self, decision: Decision) -> str:
        """Return why the consent cannot be given by anybody; empty: it can."""
        if not self.roles:
            return "nobody may give this consent: the change can never be made"
        if decision.mode == "approve" and self.able < decision.quorum:
            return "too few people can give this consent: the change can never be made"
        return ""


def _who(catalogue: Catalogue, plan: Plan, decision: Decision, use: ActionUse) -> _Who:
    """Return whose consent counts (`engine/core/answers.py`), and who of the people enrolled can prove it."""
    if decision.mode in ("none", "refused"):
        return _Who(frozenset(), 0.0)
    asked = {decision.role}
    fits = {use.operation} if decision.mode == "confirm" else set()
    if use.effect != "destroy":
        fits.add("any")
    if decision.mode == "approve":
        levels = (RunState(plan=plan, severity=name) for name in catalogue.severities)
        asked |= {role for state in levels for role in approvers(plan, state, decision.role, use.operation)}
    roles = frozenset(
        name
        for name, role in catalogue.roles.items()
        if name in asked
        or fits & set(role.approves)
        or (decision.mode == "confirm" and use.operation in role.may)
    )
    people = [one for one in catalogue.people.values() if one.role in roles]
    if decision.identity == "claimed" or not catalogue.people:
        return _Who(roles, float("inf"))
    relayed = decision.identity == "relayed"
    return _Who(roles, float(sum(bool(one.keys) or (relayed and bool(one.device)) for one in people)))


def _consent(decision: Decision, window: str, who: _Who) -> Mark:
    """Everything the policy asks for; where it refuses or asks nothing there is nothing else to say."""
    mode = float(_MODES.index(decision.mode))
    if decision.mode in ("none", "refused"):
        return Mark(said=decision.mode, strict=(mode, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), judge=_by_mode(mode))
    said: list[str] = [decision.mode]
    if decision.mode == "approve":
        others = ", ".join(sorted(who.roles - {decision.role}))
        asked = decision.role + (f" (or {others})" if others else "")
        said.append(f"by {decision.quorum} of {asked if who.roles else 'nobody'}, {decision.identity}")
        said.append(f"within {decision.approve_within}, begun within {decision.start_within}")
        if decision.break_glass:
            said.append(f"or break-glass, which pages {decision.break_glass}")
    elif who.roles:
        said.append(f"by {' or '.join(sorted(who.roles))}")
    if window:
        said.append(f"inside the window {window}")
    if who.missing(decision):
        said.append("which nobody can give")
    strict = (
        mode,
        float(decision.quorum),
        float(IDENTITIES.index(decision.identity)),
        -float(decision.approve_within),
        -float(decision.start_within),
        -float(bool(decision.break_glass)),
        float(bool(window)),
    )
    return Mark(
        said=", ".join(said),
        strict=strict,
        data=who,
        judge=_by_mode(mode, strict, who, who.missing(decision)),
    )


def _by_mode(
    mode: float, strict: tuple[float, ...] = (), who: _Who | None = None, missing: str = ""
) -> Callable[[Mark], Judged]:
    """Who must consent counts first; within one kind of it each of its words does, and who may give it."""

    def judge(old: Mark) -> Judged:
        if old.strict[0] != mode:
            return Judged(
                "weaker" if mode < old.strict[0] else "dead end" if missing else "stronger", missing
            )
        was = old.data.roles if isinstance(old.data, _Who) else frozenset()
        now: Set[str] = who.roles if who is not None else frozenset()
        if strict and by_strictness(old.strict, strict) == "weaker":
            return Judged("weaker")
        if missing:
            return Judged("dead end", missing)
        if was and now - was:
            return Judged(
                "weaker" if was < now else "different", f"{', '.join(sorted(now - was))} may consent too"
            )
        return Judged("stronger" if was - now else by_strictness(old.strict, strict))

    return judge


__all__ = ["consents_of"]
