"""What an approval is bound to: everything that decides what a change does.

Twelve things (the design's section on people): arguments (argv or body), target, environment, effect,
inputs, facts used, undo, script bytes, runbook, policy, tool pin, run and visit. Script bytes are in the
arguments: a plan holds the hash of every script it runs. Any change voids the approval, and what differs
is shown. Facts are taken by the names in the author's text, so that a fact nobody used voids nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import cast

from engine.core.lookup import find
from engine.core.memo import Memo
from engine.core.plan import Plan
from engine.core.run_state import RunState
from engine.kinds import codec
from engine.kinds.references import Absent, references
from engine.kinds.step import Act
from engine.kinds.uses import ActionUse
from engine.kinds.values import Json

_PLANNED = ("secrets", "service", "services", "env", "environment", "thresholds", "baselines", "run", "each")
_LONGEST = 2000
"""Characters of one thing that are kept to show a difference; beyond that its digest speaks."""


def digest_of(data: object) -> str:
    """Return the SHA-256 of the canonical JSON."""
    return hashlib.sha256(codec.canonical(data).encode()).hexdigest()


def bound_to(
    state: RunState, scope: str, step: str, visit: int, act: Act, use: ActionUse
) -> Mapping[str, str]:
    """Return the things an approval of this change is bound to, each as a text."""
    plan = cast(Plan, state.plan)
    things: dict[str, Json] = {
        "arguments": codec.plain(use.kind),
        "target": use.kind.target(),
        "environment": plan.environment,
        "effect": f"{use.effect} {use.operation}".strip(),
        "inputs": _inputs(state, scope),
        "facts": _facts(state, scope, act),
        "undo": None if use.undo is None else codec.plain(use.undo),
        "runbook": f"{plan.runbook} {state.digest}",
        "policy": _POLICIES.of(lambda: digest_of([*plan.policy, *state.policy]), plan.policy, state.policy),
        "tool pin": _pin(plan, use),
        "run": plan.run,
        "visit": f"{step}#{visit}",
    }
    return {name: _text(value) for name, value in things.items()}


def change_digest(
    state: RunState,
    scope: str,
    step: str,
    visit: int,
    act: Act,
    use: ActionUse,
    things: Mapping[str, str] | None = None,
) -> str:
    """Return the digest an approval names; `things` is what it is bound to, where that is known already."""
    plan = cast(Plan, state.plan)
    if plan.decision >= 2:
        return digest_of(things or bound_to(state, scope, step, visit, act, use))
    first = {  # what runs that were started by version 1 bound
        "run": plan.run,
        "environment": plan.environment,
        "step": step,
        "visit": visit,
        "effect": use.effect,
        "operation": use.operation,
        "args": codec.plain(use.kind),
        "undo": None if use.undo is None else codec.plain(use.undo),
        "runbook": plan.runbook,
    }
    return digest_of(first)


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Say which of the things changed, and how."""
    changed = [name for name in after if before.get(name, "") != after[name]]
    return "; ".join(f"{name} was {before.get(name, 'not there')}, is {after[name]}" for name in changed)


def _inputs(state: RunState, scope: str) -> Json:
    plan = cast(Plan, state.plan)
    here = plan.scopes[scope]
    while here.branch:
        here = plan.scopes[plan.steps[here.parent].scope]
    found = {name: find(state, scope, f"inputs.{name}") for name in here.inputs}
    return {name: None if isinstance(value, Absent) else value for name, value in found.items()}


def _facts(state: RunState, scope: str, act: Act) -> Json:
    if act.undoes:
        return {}  # its arguments were frozen when the change was made
    used: dict[str, Json] = {}
    for name in _NAMES.of(lambda: tuple(dict.fromkeys(references(codec.plain(act.action)))), act.action):
        if name.partition(".")[0] not in (*_PLANNED, "inputs"):
            value = find(state, scope, name)
            used[name] = None if isinstance(value, Absent) else value
    return used


_POLICIES: Memo[str] = Memo()
_NAMES: Memo[tuple[str, ...]] = Memo()


def _pin(plan: Plan, use: ActionUse) -> str:
    place = getattr(use.kind, "mcp", "")
    server, _, tool = place.partition("/") if isinstance(place, str) else ("", "", "")
    known = plan.mcp.get(server)
    return known.pins.get(tool, "") if known else ""


def _text(value: Json) -> str:
    text = value if isinstance(value, str) else codec.canonical(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… sha256 {digest_of(value)}"
