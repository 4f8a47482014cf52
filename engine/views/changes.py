"""What a run changed, who agreed, and whether it is still in place."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.asking import prompt_name, undoable
from engine.core.events import Person
from engine.core.state import Operation
from engine.kinds.values import Instant
from engine.views.history import Asking, History

REFUSED = "refused"
"""The outcome of a change that the engine itself stopped before anything was sent."""
_BY_POLICY = "refused by policy"


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
    """Whether it is still in place."""
    back_out: str = ""
    """The command that takes it back, where there is one."""
    why: str = ""
    """Why it was refused, where policy did: then nothing was started."""
    consent: Person | None = None
    by_hand: bool = False


def changes(past: History) -> tuple[Change, ...]:
    """Return every change that was asked for or done by hand in a step's stead, in order."""
    made = [
        _change(past, one)
        for one in past.operations.values()
        if one.asked.what == "action" and one.asked.effect != "read"
    ]
    made += [_by_hand(one) for one in past.askings.values() if _done_by_hand(one)]
    return tuple(sorted(made, key=lambda one: one.at))


def _change(past: History, operation: Operation) -> Change:
    asked = operation.asked
    asking = past.askings.get(prompt_name(asked.step, asked.visit, "consent"))
    outcome = _outcome(past, operation)
    undo, back_out = _undo(past, operation, outcome)
    return Change(
        at=operation.asked_at,
        step=asked.step,
        title=asked.title,
        operation=asked.change,
        target=asked.target,
        command=asked.command,
        outcome=outcome,
        undo=undo,
        back_out=back_out,
        why=operation.ended.why if operation.ended and outcome == REFUSED else "",
        consent=asking.by if asking and asking.answered else None,
    )


def _outcome(past: History, operation: Operation) -> str:
    """Return how a change ended; an unknown one as a person or the reconcile check settled it."""
    asked, ended = operation.asked, operation.ended
    if ended is not None and ended.outcome == "failed" and ended.cannot.startswith(_BY_POLICY):
        return REFUSED
    if ended is None or ended.outcome != "unknown":
        return ended.outcome if ended else "under way"
    number = asked.item.partition(".")[2]
    said = past.askings.get(prompt_name(asked.step, asked.visit, f"happened.{number}"))
    if said and said.answered and said.by:
        return f"{said.answered.choice} (said {said.by.name})"
    tries = (
        one.ended.outcome
        for one in past.operations.values()
        if (one.asked.step, one.asked.visit, one.asked.item)
        == (asked.step, asked.visit, f"reconcile.{number}")
        and one.ended
    )
    found = {"pass": "done (reconciled)", "fail": "failed (reconciled)"}
    return next((found[outcome] for outcome in tries if outcome in found), "unknown")


def _undo(past: History, operation: Operation, outcome: str) -> tuple[str, str]:
    asked = operation.asked
    if asked.undoes:
        return f"takes back {asked.undoes}", ""
    if not outcome.startswith("done"):
        return ("" if outcome != "unknown" else "nobody knows whether it is in place"), ""
    if asked.operation in past.state.undone:
        return "undone", ""
    entry = next((one for one in undoable(past.state) if one.operation == asked.operation), None)
    if entry is not None and entry.action is not None:
        return "in place, can be undone", entry.action.command()
    if entry is None and asked.undo is not None:
        return "in place; the run holds no undo of it, because its outcome was unknown at first", ""
    return f"in place, cannot be undone: {asked.irreversible or 'no undo was declared'}", ""


def _done_by_hand(asking: Asking) -> bool:
    """Say whether a person did a change in the engine's stead; an author may call an option `hand` too."""
    chosen = asking.answered
    return chosen is not None and chosen.choice == "hand" and asking.prompted.decides_change


def _by_hand(asking: Asking) -> Change:
    asked = asking.prompted
    return Change(
        at=asking.closed or asking.at,
        step=asked.step,
        title=asked.text,
        operation=asked.detail.get("operation", ""),
        target="",
        command="; ".join(asked.changes),
        outcome="done by hand",
        undo="done by hand: the engine cannot undo it",
        consent=asking.by,
        by_hand=True,
    )
