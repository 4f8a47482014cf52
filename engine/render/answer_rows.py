"""How an operation that has ended is told: a check by its answer, a change by its outcome.

A check is one row when it has answered; no answer is `?` until the control probe has told whose it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.core.events import Asked, Ended
from engine.core.lookup import network
from engine.core.state import Operation, RunState
from engine.kinds.replies import took
from engine.kinds.steps.wait import WaitStep
from engine.render.judged import answered
from engine.render.row import Row, Tone
from engine.render.told_rows import message_rows

MARKS: Mapping[str, tuple[str, Tone]] = {
    "pass": ("ok", "good"),
    "done": ("done", "good"),
    "fail": ("FAIL", "bad"),
    "failed": ("FAIL", "bad"),
    "unknown": ("?", "unsure"),
    "named": ("named", "unsure"),
}


def ended_rows(before: RunState, event: Ended, after: RunState) -> Iterator[Row]:
    """Tell how one ended, where it is told at all: of the samples of a wait only a change is."""
    if event.operation in before.controls:
        if network(after) == "down" and network(before) != "down":
            yield Row(
                "NETWORK",
                "it is ours: the control probe gets no answer either, so no answer counts as unknown",
                tone="bad",
            )
        return
    operation = before.operations.get(event.operation)
    if operation is None or operation.ended is not None:
        return
    asked = operation.asked
    said = f" in {took(event.seconds)}" in event.why or event.why.endswith(f"{event.seconds:.1f}s")
    seconds = f" ({event.seconds:.1f}s)" if event.seconds >= 1 and not said else ""
    if asked.what in ("message", "acknowledgement"):
        yield from message_rows(operation, event, _try_before(before, operation))
        return
    mark, tone = MARKS.get(event.outcome, (event.outcome, ""))
    name, sample = name_of(before, asked)
    if sample and not turned(before, operation, event.outcome):
        return
    if unsettled(before, event, asked):
        mark, tone = MARKS["unknown"]
    again = asked.what == "check" and (event.no_answer or event.outcome == "unknown") and not event.cannot
    if again and not event.lost and asked.attempt <= asked.retries:
        yield Row("…", f"{event.why}{seconds}; asked again", name, "", "item")
    else:
        text = answered(event) if asked.what == "check" else event.why or event.outcome
        yield Row(mark, f"{text}{seconds}", name, tone, "item")


def _try_before(state: RunState, operation: Operation) -> Ended | None:
    """Return how the try before this one of the same operation ended, where there was one."""
    asked = operation.asked
    same = [
        one.ended
        for one in (state.operations.values() if asked.attempt > 1 else ())
        if (one.asked.step, one.asked.visit, one.asked.item) == (asked.step, asked.visit, asked.item)
        and one.asked.attempt < asked.attempt
    ]
    return same[-1] if same else None


def unsettled(state: RunState, event: Ended, asked: Asked) -> bool:
    """Say whether a check failed only by no answer: our own network may be why."""
    probed = state.plan is not None and bool(state.plan.controls)
    return probed and asked.what == "check" and bool(event.no_answer) and event.outcome == "fail"


def turned(state: RunState, sample: Operation, outcome: str) -> bool:
    """Say whether a sample of a wait is the first of its check, or says something else than the last one."""
    earlier = _sample_before(state, sample)
    return earlier is None or earlier.ended is None or earlier.ended.outcome != outcome


def _sample_before(state: RunState, sample: Operation) -> Operation | None:
    """Return the last try of the sample before."""
    number, _, item = sample.asked.item.partition(".")
    wanted = f"{int(number) - 1}.{item}" if number.isdigit() else ""
    tries = [
        one
        for one in state.operations.values()
        if (one.asked.step, one.asked.visit, one.asked.item)
        == (sample.asked.step, sample.asked.visit, wanted)
    ]
    return tries[-1] if tries else None


def name_of(state: RunState, asked: Asked) -> tuple[str, bool]:
    """Return the name of an operation, and whether it is a sample of a wait."""
    step = state.plan.steps.get(asked.step) if state.plan else None
    if asked.what == "action":
        return (step.name if step else asked.step), False
    if step is not None and isinstance(step.step, WaitStep):
        number, _, item = asked.item.partition(".")
        return (f"{item} {number}" if item else f"{step.name} {number}"), True
    word, _, rest = asked.item.partition(".")
    if word == "flight":
        return rest, False  # what is looked at for somebody else's change
    if word in ("reconcile", "verify", "proof", "code", "watch"):
        return f"watch {rest}" if word == "watch" else word, False
    return asked.item or (step.name if step else asked.step), False
