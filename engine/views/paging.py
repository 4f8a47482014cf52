"""Whom a run told, whether it got through, and who answered."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.asking import prompt_name
from engine.core.events import Person
from engine.core.state import LADDER, Operation
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


def pages(past: History) -> tuple[Page, ...]:
    """Return every message with how it ended; the tries of one message are one page."""
    groups: dict[tuple[str, int, str], list[Operation]] = {}
    for one in past.operations.values():
        if one.asked.what == "message":
            groups.setdefault((one.asked.step, one.asked.visit, one.asked.item), []).append(one)
    return tuple(_page(past, tries) for tries in groups.values())


def _page(past: History, tries: list[Operation]) -> Page:
    asked, ended = tries[-1].asked, tries[-1].ended
    asking = past.askings.get(prompt_name(asked.step, asked.visit, "ack"))
    to = asked.item if asked.step == LADDER else asked.title.removeprefix("tell ")
    return Page(
        at=tries[0].asked_at,
        to=to,
        channel=asked.target,
        source=past.title(asked.step),
        delivered=ended is not None and ended.outcome == "delivered",
        why=ended.why if ended else "under way",
        tries=len(tries),
        acknowledged=asking.closed if asking and asking.answered else None,
        by=asking.by if asking and asking.answered else None,
        awaited=asking is not None,
    )
