"""What the state makes of an operation that was asked for, and of how it ended.

A control probe belongs to its round, a message to the outbox (core/heard.py), all else to the visit that
asked. Once that visit has settled, an outcome tells it nothing any more; of a change it is still known.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.events import Asked, Ended, Happened
from engine.core.heard import acknowledged, message_ended
from engine.core.operations import with_operation, without
from engine.core.redacted import marked
from engine.core.run_state import Change, Operation, RunState, evolved, fact_name, in_doubt, is_current
from engine.core.soaking import soaked
from engine.kinds.steps.undo import UndoStep
from engine.kinds.values import Json


def was_asked(state: RunState, happened: Happened, event: Asked) -> RunState:
    """Return the state in which an operation is under way."""
    operation = Operation(event, happened.at, epoch=happened.epoch)
    if event.what == "control":
        number = event.operation.partition(".")[0]
        kept = {name: op for name, op in state.controls.items() if name.partition(".")[0] == number}
        return evolved(state, controls={**kept, event.operation: operation})
    state = soaked(state, event)
    if event.effect == "read":
        return with_operation(state, operation)
    if event.undoes:
        return with_operation(state, operation, recovered=False)
    made = state.changed.get(event.change, 0) + 1
    return with_operation(state, operation, recovered=False, changed={**state.changed, event.change: made})


def has_ended(state: RunState, happened: Happened, event: Ended) -> RunState:
    """Return the state in which an operation has its outcome; a second one changes nothing."""
    if event.operation in state.controls:
        probe = state.controls[event.operation]
        if probe.ended is not None:
            return state
        ended = _over(probe, happened, event)
        return evolved(state, controls={**state.controls, event.operation: ended})
    operation = state.operations.get(event.operation)
    if operation is None or operation.ended is not None:
        return state
    asked = operation.asked
    ended = _over(operation, happened, event)
    current = is_current(state, asked)
    # when its visit has settled, it cannot tell that one anything, nor the next
    state = with_operation(state, ended) if current else without(state, (event.operation,))
    if asked.what == "message":
        return message_ended(state, asked, event)
    if asked.effect != "read":
        return _landed(state, asked, ended, event, current)
    if not current:
        return state
    if asked.what in ("proof", "code"):
        return state
    if asked.what == "acknowledgement":
        return acknowledged(state, asked) if event.outcome == "acknowledged" else state
    if asked.what != "check":
        facts = {**state.facts, asked.step: marked({**event.facts, "outcome": event.outcome}, event.redacted)}
        return evolved(state, facts=facts)
    state = evolved(
        state,
        facts=facts_with_check(
            state, asked, marked({**event.facts, "answer": event.outcome}, event.redacted)
        ),
    )
    return found_to_have_happened(state, asked.step, asked.item) if event.outcome == "pass" else state


def _over(operation: Operation, happened: Happened, event: Ended) -> Operation:
    return Operation(operation.asked, operation.asked_at, event, happened.at, operation.epoch)


def _landed(state: RunState, asked: Asked, operation: Operation, event: Ended, current: bool) -> RunState:
    """Note how a change ended; what a recovery check saw before that proves nothing about after it."""
    if event.outcome != "named":
        state = evolved(state, recovered=False)
    if current:
        found = marked({**event.facts, "outcome": event.outcome}, event.redacted)
        state = evolved(state, facts={**state.facts, asked.step: found})
    else:
        doubtful = in_doubt(state, {asked.operation: operation})
        state = evolved(state, doubtful=(*state.doubtful, *doubtful))
    if event.outcome != "done":
        return state
    if asked.undoes:
        return evolved(state, undone=state.undone | {asked.undoes})
    return _with_change(state, asked)


def _with_change(state: RunState, asked: Asked) -> RunState:
    change = Change(asked.operation, asked.step, asked.title, asked.undo, asked.irreversible)
    return evolved(state, changes=(*state.changes, change))


def found_to_have_happened(state: RunState, step: str, item: str) -> RunState:
    """Note a change, or an undo, whose outcome was unknown and that turned out to have happened."""
    kind, _, rest = item.partition(".")
    if kind not in ("reconcile", "happened", "verify"):
        return state
    known = state.plan.steps.get(step) if state.plan else None
    if known is not None and isinstance(known.step, UndoStep):
        return evolved(state, undone=state.undone | {rest})
    found = [
        op.asked for op in state.operations.values() if (op.asked.step, op.asked.item) == (step, f"do.{rest}")
    ]
    if not found or found[-1].effect == "read":
        return state
    return _with_change(state, found[-1])


def facts_with_check(state: RunState, asked: Asked, facts: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the facts with those of one check: under the step, or under step and name."""
    name = fact_name(state, asked.step, asked.item)
    if not name:
        return {**state.facts, asked.step: facts}
    before = state.facts.get(asked.step)
    return {**state.facts, asked.step: {**(before if isinstance(before, Mapping) else {}), name: facts}}
