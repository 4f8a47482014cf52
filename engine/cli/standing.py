"""The step a deviation is about, and the step it goes to."""

from __future__ import annotations

from engine.core.state import RunState
from engine.kinds.errors import UsageError
from engine.kinds.findings import did_you_mean
from engine.kinds.nodes import OTHERWISE
from engine.kinds.steps.wait import WaitStep


def is_internal(name: str) -> bool:
    """Say whether a step was added by the engine: nobody has read of it in the runbook."""
    return name == OTHERWISE or name.startswith(f"{OTHERWISE}-")


def current_step(state: RunState, said: str = "") -> str:
    """Return a step the run stands at: the one said, that of the open question, else the innermost."""
    standing = [visit.step for visit in state.visits.values() if not visit.end]
    if state.finished is not None or not standing:
        raise UsageError("the run has ended", hint="`runbook show` tells it")
    if said:
        found = [path for path in standing if said in (path, path.rpartition("/")[2])]
        if not found:
            hint = did_you_mean(said, standing) or f"it stands at: {', '.join(standing)}"
            raise UsageError(f"the run does not stand at '{said}'", hint=hint)
        return found[-1]
    asking = [one.prompted.step for one in state.prompts.values() if one.given is None]
    return next((path for path in asking if path in standing), standing[-1])


def follows(state: RunState, step: str, outcome: str) -> str:
    """Say in a line where a run goes on once a step is left with an outcome that a person gave it."""
    planned = state.plan.steps[step] if state.plan else None
    target = planned.routes.get(outcome, OTHERWISE) if planned else OTHERWISE
    if is_internal(target):
        return "what follows: it is handed over along the ladder"
    proves = planned is not None and isinstance(planned.step, WaitStep) and planned.step.recovery
    if not (proves and target == "resolved"):
        return f"what follows: {target}"
    return (
        "what follows: the end; a change whose recovery nothing has proved ends mitigated, not resolved, "
        "and nobody is paged"
    )


def target_step(state: RunState, step: str, said: str) -> str:
    """Return the name of a step in the scope of another; raises UsageError with a suggestion."""
    plan = state.plan
    scope = plan.steps[step].scope if plan and step in plan.steps else ""
    known = [one.name for one in plan.steps.values() if one.scope == scope] if plan else []
    if said not in known:
        named = [name for name in known if not is_internal(name)]
        hint = did_you_mean(said, named) or f"steps there: {', '.join(named)}"
        raise UsageError(f"there is no step '{said}' beside {step}", hint=hint)
    return said
