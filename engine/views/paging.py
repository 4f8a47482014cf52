"""Whom a run told, whether it got through, who answered, and whom nobody has reached.

The tries of one message, on whatever channels, are one page; events about an incident (seen by us, over) are
not: they tell nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.core.asking import prompt_name
from engine.core.events import Person
from engine.core.run_state import ANNOUNCE, LADDER, UPDATES
from engine.core.state import Operation, RunState
from engine.core.telling import action_of, prospect_of
from engine.kinds.values import Instant
from engine.views.history import History


@dataclass(frozen=True, slots=True)
class Page:
    """A message to a role, how it ended, and who acknowledged it."""

    at: Instant
    to: str
    channel: str
    source: str
    delivered: bool
    why: str
    tries: int = 1
    acknowledged: Instant | None = None
    by: Person | None = None
    awaited: bool = False
    """Whether the run waited for an acknowledgement."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """Somebody who should know and does not: since when, why, when it is tried again, how to reach them."""

    to: str
    since: Instant
    tries: int
    why: str
    next: Instant | None
    """None: it is not tried again."""
    contact: str
    """How to reach them when the engine cannot."""


def pages(past: History) -> tuple[Page, ...]:
    """Return every message with how it ended."""
    return tuple(_page(past, tries) for tries in _messages(past))


def alarm(state: RunState) -> bool:
    """Say whether nobody could be told: a page or a notice failed, and none has got through since.

    The screen rings while this becomes true, and a run that ends so ends with exit code 6.
    """
    return state.undelivered and not state.delivered


def unheard(past: History) -> tuple[Unheard, ...]:
    """Return every page and notice that has not got through, the oldest first."""
    found = []
    for tries in _messages(past):
        last = tries[-1]
        seen = [one for one in tries if one.ended is not None]
        if not seen or last.asked.step in (ANNOUNCE, UPDATES):
            continue
        known = prospect_of(past.plan, tuple(tries))
        if known.outcome in ("delivered", "named"):
            continue
        stay = past.stays.get((last.asked.step, last.asked.visit))
        over = past.state.finished is not None or (stay is not None and stay.left is not None)
        to = _to(last)
        role = past.plan.roles.get(to)
        ended = seen[-1].ended
        found.append(
            Unheard(
                to=to,
                since=tries[0].asked_at,
                tries=len(tries),
                why=ended.why if ended else "",
                next=None if over or known.outcome else known.due,
                contact=role.contact if role else "",
            )
        )
    return tuple(found)


def resolved(past: History) -> tuple[str, ...]:
    """Return the dedup keys of incidents that were resolved with the run."""
    return tuple(
        one.asked.title.partition(" ")[2]
        for one in past.operations.values()
        if one.asked.what == "message" and action_of(one.asked) == "resolve"
        if one.ended is not None and one.ended.outcome == "delivered"
    )


def _messages(past: History) -> Iterator[list[Operation]]:
    """Yield the tries of every message to people."""
    groups: dict[tuple[str, int, str], list[Operation]] = {}
    for one in past.operations.values():
        if one.asked.what == "message" and action_of(one.asked) == "trigger":
            groups.setdefault((one.asked.step, one.asked.visit, one.asked.item), []).append(one)
    yield from groups.values()


def _page(past: History, tries: list[Operation]) -> Page:
    good = next((one for one in tries if one.ended and one.ended.outcome == "delivered"), None)
    told = good or tries[-1]
    asked, ended = told.asked, told.ended
    asking = past.askings.get(prompt_name(asked.step, asked.visit, "ack"))
    seen = _seen(past, asked.step, asked.visit)
    answered = asking if asking and asking.answered else None
    by = answered.by if answered else None
    if answered is None and seen is not None and seen.ended is not None:
        by = Person(name=str(seen.ended.facts.get("by", "")), identity="", via=seen.asked.target)
    return Page(
        at=tries[0].asked_at,
        to=_to(tries[0]),
        channel=asked.target,
        source=past.title(asked.step),
        delivered=good is not None,
        why=ended.why if ended else "under way",
        tries=len(tries),
        acknowledged=answered.closed if answered else seen.ended_at if seen else None,
        by=by,
        awaited=asking is not None,
    )


def _seen(past: History, step: str, visit: int) -> Operation | None:
    """Return the look that found an acknowledgement in the channel."""
    for one in past.of_visit(step, visit):
        if one.asked.what == "acknowledgement" and one.ended and one.ended.outcome == "acknowledged":
            return one
    return None


def _to(message: Operation) -> str:
    asked = message.asked
    return asked.item if asked.step == LADDER else asked.title.removeprefix("tell ")
