"""What differs in behaviour between two versions: what got weaker, stronger, or only different.

Rules:
1. A version is a sheet of marks: what holds, by where it holds and what it is about, in words. Titles,
   reasons and hints are no marks: rewording them changes nothing.
2. Of a mark that tells how strict it is, the numbers decide, place by place. Where one place got weaker and
   another stronger it counts as weaker: nobody should find the weaker one by accident.
3. A mark that is gone is a guard that is gone, where it says so; the same mark, new, makes it stronger.
4. What cannot be told apart is different, never weaker: `weaker` is an alarm, and must be worth looking at.
5. A dead end is not weaker: it asks for what nobody can give, so nothing happens any more. It has a name of
   its own.
6. Of a step that is new or gone only that is told, not each of its marks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["weaker", "dead end", "different", "stronger"]
_OTHER_WAY: Final[Mapping[Direction, Direction]] = {
    "weaker": "stronger",
    "stronger": "weaker",
    "different": "different",
    "dead end": "stronger",
}
STEP: Final = "step"
"""What the mark of a whole step is about."""
ORDER: Final[tuple[Direction, ...]] = ("weaker", "dead end", "different", "stronger")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a mark holds and what it is about: `restart`, `undo`; of the head or the catalogue, its part."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Which way a difference goes, and why where that is not plain from both sides."""

    direction: Direction
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that holds in a version."""

    said: str
    """In words; two marks that say the same are the same."""
    strict: tuple[float, ...] = ()
    """How strict it is, place by place, greater is stricter; empty where that cannot be told."""
    gone: Direction | None = "different"
    """What it means when it is not there any more; its opposite when it is new; None: told elsewhere."""
    come: bool = True
    """Whether it is told where it is new."""
    exact: str = ""
    """What is compared in place of the words, where they are too short to tell two apart."""
    data: object = None
    """What its judge reads of the mark whose place it took."""
    judge: Callable[[Mark], Judged | None] | None = None
    """Says what it means that this one took the place of another; before `strict`. None: nothing to tell."""


Sheet = Mapping[Place, Mark]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` or `after` is empty where there was or is nothing."""

    direction: Direction
    place: Place
    before: str
    after: str
    why: str = ""
    """Which protection was lost, where both sides do not show it."""

    def text(self) -> str:
        """Say the difference in a line."""
        why = f" ({self.why})" if self.why else ""
        if self.before == self.after:
            return f"{self.place.what}: {self.before}{why}"
        match (self.before, self.after):
            case ("", new):
                return f"{self.place.what}: new: {new}{why}"
            case (old, ""):
                return f"{self.place.what}: gone: {old}{why}"
            case (old, new):
                return f"{self.place.what}: {old} -> {new}{why}"


def changes(before: Sheet, after: Sheet) -> tuple[Change, ...]:
    """Return every difference between two sheets, by place."""
    found = []
    whole = {one.where for one in before.keys() ^ after.keys() if one.what == STEP}
    for place in dict.fromkeys((*before, *after)):
        if place.where in whole and place.what != STEP:
            continue
        old, new = before.get(place), after.get(place)
        if old is None and new is not None and new.gone is not None and new.come:
            found.append(Change(_OTHER_WAY[new.gone], place, "", new.said))
        elif old is not None and new is None and old.gone is not None:
            found.append(Change(old.gone, place, old.said, ""))
        elif old is not None and new is not None and (old.said, old.exact) != (new.said, new.exact):
            judged = _judged(old, new)
            if judged is not None:
                found.append(Change(judged.direction, place, old.said, new.said, judged.why))
    return tuple(found)


def _judged(old: Mark, new: Mark) -> Judged | None:
    if new.judge is not None:
        return new.judge(old)
    return Judged(by_strictness(old.strict, new.strict))


def by_strictness(old: tuple[float, ...], new: tuple[float, ...]) -> Direction:
    """Return which way a mark went, by its numbers alone."""
    if not old or len(old) != len(new) or old == new:
        return "different"
    return "weaker" if any(now < then for then, now in zip(old, new, strict=True)) else "stronger"


__all__ = [
    "ORDER",
    "STEP",
    "Change",
    "Direction",
    "Judged",
    "Mark",
    "Place",
    "Sheet",
    "by_strictness",
    "changes",
]
