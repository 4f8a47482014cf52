"""Narrowing a list to the items that are meant: `where` first, then `newest_by`.

Of an item that lacks what `where` asks for nobody can say whether it is meant: it is kept apart, so that a
count over such items can be unknown instead of wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Answer


@dataclass(frozen=True, slots=True)
class Narrowed:
    """The items of a list that fit, those nobody can say it of, and how many there were."""

    certain: tuple[Json, ...]
    doubtful: tuple[Json, ...]
    total: int


def narrowed(items: Sequence[Json], fits: Callable[[Json], Answer] | None) -> Narrowed:
    """Return the items by whether they fit; all of them where nothing is asked."""
    if fits is None:
        return Narrowed(tuple(items), (), len(items))
    judged = [(item, fits(item)) for item in items]
    return Narrowed(
        tuple(item for item, answer in judged if answer == "pass"),
        tuple(item for item, answer in judged if answer == "unknown"),
        len(items),
    )


def newest(items: Sequence[Json], path: str) -> Json | Absent:
    """Return the item with the latest time or largest number at a path; items without one are left out."""
    dated = [item for item in items if not isinstance(look_up(item, path), Absent)]
    return max(dated, key=lambda item: _age(look_up(item, path))) if dated else ABSENT


def certainly_newest(found: Narrowed, path: str) -> bool:
    """Say whether no doubtful item could be newer than the newest of those that fit."""
    if not found.doubtful:
        return True
    best = newest(found.certain, path)
    if isinstance(best, Absent):
        return False
    ages = [look_up(item, path) for item in found.doubtful]
    return all(not isinstance(age, Absent) and _age(age) < _age(look_up(best, path)) for age in ages)


def _age(value: Json | Absent) -> tuple[float, str]:
    """Return what orders times and numbers; a text that is neither comes before them, by its letters."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (value, "")
    try:
        return (float(Instant.parse(value)), "")
    except ValueError:
        return (float("-inf"), str(value))
