"""The rows of messages: whom a run told, what became of an incident, and that nobody could be told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.core.events import Ended, Settled
from engine.core.run_state import ANNOUNCE, INCIDENT, LADDER, UPDATES, Operation, RunState
from engine.core.telling import action_of
from engine.render.row import Row
from engine.views.paging import Unheard

_ABOUT = {"acknowledge": ("TAKEN UP", "NOT TAKEN"), "resolve": ("RESOLVED", "UNRESOLVED")}
_RECEIPT = re.compile(r": HTTP 2\d\d$")
"""A receipt that says no more than that it was delivered."""
_OWN = {ANNOUNCE: "ANNOUNCED"}


def message_rows(operation: Operation, event: Ended, before: Ended | None = None) -> Iterator[Row]:
    """Return the row of one try of a message, or of a look that saw who acknowledged; others have none.

    A try that failed just as the one `before` it has none either: with the network down, tries would push
    the open question off the screen. When it is tried next stands among the clocks.
    """
    asked = operation.asked
    if (
        asked.what == "message"
        and before is not None
        and (before.outcome, before.why) == (event.outcome, event.why)
    ):
        return
    if asked.what == "acknowledgement":
        if event.outcome == "acknowledged":
            yield Row("ANSWERED", event.why, tone="good")
        return
    good = event.outcome == "delivered"
    if asked.step == INCIDENT and action_of(asked) in _ABOUT:
        key = asked.title.partition(" ")[2]
        tag = _ABOUT[action_of(asked)][not good]
        said = f"in {asked.target}" if good else event.why
        yield Row(tag, f"incident {key}: {said}", tone="good" if good else "unsure")
        return
    to = asked.item if asked.step == LADDER else asked.title.removeprefix("tell ")
    if asked.step == UPDATES and good:
        yield Row("UPDATE", f"status update {asked.item} delivered to {to}", tone="good")
        return
    if asked.step == UPDATES:
        to = f"{to}, status update {asked.item}"
    tries = f" (try {asked.attempt})" if asked.attempt > 1 else ""
    rings = asked.step == LADDER or asked.item == "page"  # of an escalate step; a notify only tells
    tag = _OWN.get(asked.step, "PAGED" if rings else "TOLD") if good else "NOT TOLD"
    why = _RECEIPT.sub("", event.why) if good else event.why
    yield Row(tag, f"{to}{tries}: {why}", tone="good" if good else "bad")


def escalated(state: RunState, event: Settled, role: str) -> Row:
    """Say that a role has taken it, and who said so where that was somebody else."""
    if event.outcome != "acknowledged":
        return Row("NO ANSWER", f"{role}: {event.why}", tone="call")
    for one in state.prompts.values():
        given, asked = one.given, one.prompted
        if asked.step == event.step and asked.kind == "acknowledge" and given is not None:
            label = next((option.label for option in asked.options if option.key == given.choice), "")
            if label and given.role != role:
                return Row("ESCALATED", f"{label}, said by {given.by}", tone="call")
    return Row("ESCALATED", f"{role}: {event.why}", tone="call")


def nobody_told(unheard: Sequence[Unheard]) -> tuple[Row, ...]:
    """Return the banner while nobody could be told: call by phone, and whom."""
    if not unheard:
        return ()
    rows = [
        Row(
            "NOBODY",
            "could be told: pages do not go out. Call by phone, and write it into the report",
            tone="bad",
        )
    ]
    for one in unheard:
        again = f"tried again {one.next.clock()}" if one.next is not None else "not tried again"
        reach = f"; {one.contact}" if one.contact else ""
        text = f"since {one.since.clock()}, tried {one.tries}x, {again}{reach}"
        rows.append(Row(name=one.to, text=text, place="under"))
    return tuple(rows)
