"""How a step that is over is told: why a decision fell and what it ruled out, how a wait ended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.core.events import Settled
from engine.core.lookup import lookup_in
from engine.core.plan import PlanStep
from engine.core.state import Operation, RunState
from engine.kinds.steps.decide import Case, DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.runbook import RunbookStep
from engine.kinds.steps.wait import WaitStep
from engine.render.answer_rows import MARKS, name_of, turned, unsettled
from engine.render.change_rows import told_as_it_ended
from engine.render.judged import answered
from engine.render.row import Row, Tone
from engine.render.told_rows import escalated
from engine.views.ruled_out import row_stands

_CAUSES = 3
"""Causes that were ruled out and are told; a decision may have twenty."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def settled_rows(before: RunState, event: Settled) -> Iterator[Row]:
    """Tell how a step ended, and what that decided."""
    step = before.plan.steps.get(event.step) if before.plan else None
    if step is None:
        return
    kind = step.step
    if isinstance(kind, WaitStep):
        yield from _last_samples(before, step)
    else:
        yield from _told_by_control(before, event)
    if event.outcome == "limit" and not isinstance(kind, WaitStep):
        yield Row(
            "LIMIT", f"{step.title}: {event.why}; next: {_title(before, step, event.target)}", tone="unsure"
        )
    elif isinstance(kind, DecideStep) and event.outcome == "decided":
        yield Row("WHY", event.why, tone="call")
        yield from _other_causes(before, step, kind, event.target)
        yield Row("SO", _title(before, step, event.target))
    elif isinstance(kind, WaitStep) and (kind.until or event.outcome != "held"):
        mark: tuple[str, Tone] = ("ok", "good") if event.outcome == "held" else ("FAIL", "bad")
        yield Row(mark[0], f"{step.title}: {event.why or event.outcome}", step.name, mark[1], "item")
    elif isinstance(kind, EscalateStep):
        yield escalated(before, event, kind.escalate)
    elif event.outcome in ("failed", "partly") and event.why and not told_as_it_ended(before, event):
        yield Row("FAIL", event.why, step.name, "bad", "item")
    elif isinstance(kind, ParallelStep | RunbookStep):
        yield Row("BACK", f"{step.title}: {event.outcome}{because(event.why)}")
    if event.severity and event.severity != before.severity:
        why = "" if isinstance(kind, DecideStep) else because(event.why)
        yield Row(event.severity, f"raised by the runbook{why}", tone="call")


def _other_causes(state: RunState, step: PlanStep, kind: DecideStep, taken: str) -> Iterator[Row]:
    """Hold the rows that were not taken against what was known when the decision fell."""
    lookup = lookup_in(state, step.scope)
    answers = [(case, row_stands(case, lookup)) for case in kind.decide if case.go != taken]
    open_now = {case.go for case, answer in answers if answer == "unknown"}
    still = [_cause(state, step, case) for case, answer in answers if answer == "unknown"]
    out = [
        _cause(state, step, case) for case, answer in answers if answer == "fail" and case.go not in open_now
    ]
    if out:
        out = list(dict.fromkeys(out))
        more = f"; and {len(out) - _CAUSES} more" if len(out) > _CAUSES else ""
        yield Row(text=f"ruled out: {'; '.join(out[:_CAUSES])}{more}", name=" ", place="under")
    if still:
        yield Row(text=f"not ruled out: {'; '.join(dict.fromkeys(still))}", name=" ", place="under")


def _cause(state: RunState, step: PlanStep, case: Case) -> str:
    """Return what a row says of the cause: its first sentence, else where it leads.

    A title says what is done there: `ruled out: Bring in the engineer` would read as an order, a wrong one.
    """
    if case.why:
        return _SENTENCE.split(case.why, maxsplit=1)[0].rstrip(". ")
    return f"the way to {_title(state, step, case.go).partition(': ')[2] or case.go}"


def _last_samples(state: RunState, step: PlanStep) -> Iterator[Row]:
    """Tell the last sample of a wait that is over, where its row was left out."""
    newest: dict[str, Operation] = {}
    for one in state.operations.values():
        if one.asked.step == step.path and one.asked.item[:1].isdigit() and one.ended is not None:
            newest[one.asked.item.partition(".")[2]] = one
    for one in newest.values():
        if one.ended is not None and not turned(state, one, one.ended.outcome):
            mark, tone = MARKS.get(one.ended.outcome, (one.ended.outcome, ""))
            yield Row(mark, answered(one.ended), name_of(state, one.asked)[0], tone, "item")


def _told_by_control(state: RunState, event: Settled) -> Iterator[Row]:
    """Say of checks without an answer what they count as, now that the control probe has told."""
    newest: dict[str, Operation] = {}
    for one in state.operations.values():
        if one.asked.step == event.step and one.ended is not None:
            newest[one.asked.item] = one
    for item, one in newest.items():
        if one.ended is not None and unsettled(state, one.ended, one.asked) and item in event.answers:
            answer = event.answers[item]
            mark, tone = MARKS.get(answer, (answer, ""))
            ours = (
                "our own network gives no answer either" if answer == "unknown" else "our own network is fine"
            )
            yield Row(mark, f"no answer, and {ours}", name_of(state, one.asked)[0], tone, "item")


def _title(state: RunState, step: PlanStep, target: str) -> str:
    plan = state.plan
    known = plan.steps.get(plan.resolved_path(step.scope, target)) if plan else None
    return f"{known.name}: {known.title}" if known else f"end {target}"


def because(reason: str) -> str:
    """Return a reason as it follows what it is the reason of; none where none was given."""
    return f": {reason}" if reason else ""
