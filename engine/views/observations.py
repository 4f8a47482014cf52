"""What a run saw and could not see: its evidence, and the checks that answered unknown."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.asking import prompt_name
from engine.core.events import Ended, Noted
from engine.core.records import EvidenceRef
from engine.core.state import Operation, fact_name
from engine.kinds.values import Instant
from engine.views.history import History
from engine.views.timeline import mark_of


@dataclass(frozen=True, slots=True)
class Unseen:
    """A check that answered unknown."""

    at: Instant
    step: str
    title: str
    why: str
    settled: str
    """Who looked instead, or an empty text."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One stored observation and the operation it belongs to; what a person attached belongs to none."""

    at: Instant
    step: str
    operation: str
    ref: EvidenceRef


def unseen(past: History) -> tuple[Unseen, ...]:
    """Return the checks that answered unknown in the end, our own network's fault included.

    What was stopped because nobody waited for it is none; the samples of one wait are one.
    """
    last: dict[tuple[str, int, str], Operation] = {}
    for one in past.operations.values():
        if one.asked.what == "check":
            last[one.asked.step, one.asked.visit, one.asked.item] = one
    groups: dict[tuple[str, int, str], list[Operation]] = {}
    for (step, visit, item), one in last.items():
        if mark_of(past, one) == "?":
            groups.setdefault((step, visit, fact_name(past.state, step, item)), []).append(one)
    return tuple(_unseen(past, members) for members in groups.values())


def _unseen(past: History, members: list[Operation]) -> Unseen:
    first = members[0]
    why = first.ended.why if first.ended else ""
    times = f" ({len(members)} times)" if len(members) > 1 else ""
    at = first.ended_at or first.asked_at
    return Unseen(at, first.asked.step, first.asked.title, f"{why}{times}", _looked(past, first))


def _looked(past: History, operation: Operation) -> str:
    asked = operation.asked
    asking = past.askings.get(prompt_name(asked.step, asked.visit, f"look:{asked.item}"))
    if asking is None or asking.answered is None or asking.by is None:
        return ""
    return (
        f"{asking.by.name} looked"
        if asking.answered.choice == "seen"
        else f"{asking.by.name} could not look either"
    )


def exhibits(past: History) -> tuple[Exhibit, ...]:
    """Return all evidence in the order in which it was recorded, what people attached too."""
    found: list[Exhibit] = []
    for one in past.happened:
        match one.event:
            case Ended(operation=operation, evidence=refs) if operation in past.operations:
                step = past.operations[operation].asked.step
                found += [Exhibit(one.at, step, operation, ref) for ref in refs]
            case Noted(evidence=refs):
                found += [Exhibit(one.at, f"attached by {one.by.name}", "", ref) for ref in refs]
    return tuple(found)
