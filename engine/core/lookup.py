"""What a name in `${…}` or in a condition means, in one scope of a running plan."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.redacted import usable
from engine.core.run_state import RunState
from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent, Lookup, Unresolved, resolve
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Json


def lookup_in(state: RunState, scope: str, each: Json = None) -> Lookup:
    """Return the look-up of one scope: `run`, `inputs`, `each`, and facts of its steps."""

    def lookup(name: str) -> Json | Absent:
        return find(state, scope, name, each)

    return lookup


def find(state: RunState, scope: str, name: str, each: Json = None) -> Json | Absent:
    """Return a value, or ABSENT."""
    head, _, rest = name.partition(".")
    if head == "each":
        return look_up(each, rest)
    if head == "run":
        return look_up(_run(state), rest)
    if head == "inputs":
        return _input(state, scope, rest)
    return _fact(state, scope, head, rest)


def _run(state: RunState) -> Mapping[str, Json]:
    plan = state.plan
    if plan is None:
        return {}
    return {
        "id": plan.run,
        "runbook": plan.runbook,
        "environment": plan.environment,
        "since": state.since.plain(),
        "started": state.started.plain(),
        "severity": state.severity,
        "operator": state.operator.role,
        "network": network(state),
    }


def network(state: RunState) -> str:
    """Return what the latest control round says of our own network: ok, down or unknown."""
    ended = [op.ended for op in state.controls.values()]
    if not ended or any(one is None for one in ended):
        return (
            "ok"
            if any(one and not one.no_answer and not one.cannot and not one.lost for one in ended)
            else "unknown"
        )
    answered = any(one and not one.no_answer and not one.cannot and not one.lost for one in ended)
    if answered:
        return "ok"
    return "down" if any(one and one.no_answer for one in ended) else "unknown"


def _input(state: RunState, scope: str, rest: str) -> Json | Absent:
    plan = state.plan
    if plan is None:
        return ABSENT
    here = plan.scopes[scope]
    while here.branch:  # a branch reads the inputs of the graph it stands in
        here = plan.scopes[plan.steps[here.parent].scope]
    name, _, inner = rest.partition(".")
    value = here.inputs.get(name, ABSENT)
    if here.parent and not isinstance(value, Absent):
        try:
            value = resolve(value, lookup_in(state, plan.steps[here.parent].scope))
        except Unresolved:
            return ABSENT
    return look_up(value, inner)


def _fact(state: RunState, scope: str, head: str, rest: str) -> Json | Absent:
    plan = state.plan
    if plan is None:
        return ABSENT
    path = plan.resolved_path(scope, head)
    if path not in plan.steps:
        here = plan.scopes[scope]
        if here.branch:  # facts of the surrounding graph are visible inside a branch
            return _fact(state, plan.steps[here.parent].scope, head, rest)
        return ABSENT
    step = plan.steps[path].step
    if rest == "outcome" or (not rest and not isinstance(step, CheckStep)):
        return state.outcomes.get(path, ABSENT)
    if isinstance(step, RunbookStep):
        return _output(state, path, rest)
    facts = state.facts.get(path, ABSENT)
    if isinstance(step, CheckStep) and not rest:
        return look_up(facts, "answer")
    if isinstance(step, (ChecksStep, WaitStep)) and "." not in rest:
        found = look_up(facts, rest)
        if isinstance(found, Mapping):
            return look_up(found, "answer")
    return look_up(facts, rest) if usable(facts, rest) else ABSENT


def _output(state: RunState, path: str, rest: str) -> Json | Absent:
    plan = state.plan
    name, _, inner = rest.partition(".")
    template = plan.scopes[path].outputs.get(name) if plan else None
    if template is None:
        return ABSENT
    try:
        return look_up(resolve(template, lookup_in(state, path)), inner)
    except Unresolved:
        return ABSENT
