"""What decided how a run ended: its last own step, in its words, never those of one before it."""

from __future__ import annotations

from engine.core.state import RunState
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep


def decided(state: RunState) -> str:
    """Return why the run ended as it did; empty while it goes on.

    The first record of why is the run's own: `aborted`, or an end that was lowered for want of a proof. Else
    the step that led to the end says how it came out. A message tells nothing of the system, so what led to
    it stands behind it.
    """
    if state.finished is None:
        return ""
    last = state.last
    step = state.plan.steps.get(last.step) if state.plan and last else None
    if last is None or step is None or state.finished.why != state.why:
        return state.finished.why
    if isinstance(step.step, DecideStep) and any(
        case.go == last.target and last.why == (case.why or case.text()) for case in step.step.decide
    ):
        return last.why
    came = last.outcome if last.outcome in ("skipped", "limit") or not last.why else ""
    how = ": ".join(part for part in (came, last.why) if part)
    said = f"{step.title}{' ' if step.title.endswith('?') else ': '}{how}"
    if isinstance(step.step, NotifyStep | EscalateStep) and state.why:
        return f"{said}; what led there: {state.why}"
    return said


__all__ = ["decided"]
