"""What a run changed, who agreed, and whether it is still in place."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.asking import undoable
from engine.core.events import Answered, Person
from engine.core.state import Operation
from engine.kinds.values import Instant
from engine.views.history import History


@dataclass(frozen=True, slots=True)
class Change:
    """A change that was asked for: what, where, how it ended, and whether it is still in place."""

    at: Instant
    step: str
    title: str
    operation: str
    target: str
    command: str
    outcome: str
    undo: str
    consent: Person | None = None
    by_hand: bool = False


def changes(past: History) -> tuple[Change, ...]:
    """Return every change that was asked for or done by hand in a step's stead, in order."""
    made = [
        _change(past, one)
        for one in past.operations.values()
        if one.asked.what == "action" and one.asked.effect != "read"
    ]
    made += [
        _by_hand(past, one.at, one.by, one.event)
        for one in past.happened
        if isinstance(one.event, Answered) and _hand(past, one.event)
    ]
    return tuple(sorted(made, key=lambda one: one.at))


def _change(past: History, operation: Operation) -> Change:
    asked = operation.asked
    consent = next(
        (
            one.by
            for one in past.askings.values()
            if one.prompted.prompt == f"{asked.step}#{asked.visit}.consent" and one.answered
        ),
        None,
    )
    outcome = _outcome(past, operation)
    return Change(
        operation.asked_at, asked.step, asked.title, asked.change, asked.target, asked.command, outcome,
        _undo(past, operation, outcome), consent,
    )  # fmt: skip


def _outcome(past: History, operation: Operation) -> str:
    """Return how a change ended; an unknown one as the reconcile check or a person settled it."""
    asked, ended = operation.asked, operation.ended
    if ended is None or ended.outcome != "unknown":
        return ended.outcome if ended else "under way"
    number = asked.item.partition(".")[2]
    for other in past.operations.values():
        same = (other.asked.step, other.asked.visit) == (asked.step, asked.visit)
        if (
            same
            and other.asked.item == f"reconcile.{number}"
            and other.ended
            and other.ended.outcome in ("pass", "fail")
        ):
            return "done (reconciled)" if other.ended.outcome == "pass" else "failed (reconciled)"
    name = f"{asked.step}#{asked.visit}.happened.{number}"
    said = next((one for one in past.askings.values() if one.prompted.prompt == name and one.answered), None)
    return (
        f"{said.answered.choice} (said {said.by.name})" if said and said.answered and said.by else "unknown"
    )


def _undo(past: History, operation: Operation, outcome: str) -> str:
    asked = operation.asked
    if asked.undoes:
        return f"takes back {asked.undoes}"
    if not outcome.startswith("done"):
        return "" if outcome != "unknown" else "unknown whether it is in place"
    if asked.operation in past.state.undone:
        return "undone"
    entry = next((one for one in undoable(past.state) if one.operation == asked.operation), None)
    if entry is not None and entry.action is not None:
        return f"in place, can be undone: {entry.action.command()}"
    return f"in place, not undoable: {asked.irreversible or 'no undo was declared'}"


def _hand(past: History, event: Answered) -> bool:
    return event.choice == "hand" and any(asking.answered is event for asking in past.askings.values())


def _by_hand(past: History, at: Instant, by: Person, event: Answered) -> Change:
    asked = next(one.prompted for one in past.askings.values() if one.answered is event)
    commands = "; ".join(asked.changes)
    undo = "done by hand: the engine cannot undo it"
    return Change(
        at,
        asked.step,
        asked.text,
        asked.detail.get("operation", ""),
        "",
        commands,
        "done by hand",
        undo,
        by,
        True,
    )
