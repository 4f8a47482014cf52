"""What differs in behaviour between two versions: what got weaker, stronger, or only different.

Rules:
1. A version is a sheet of marks: what holds, by where it holds and what it is about, in words. Titles,
   reasons and hints are no marks: rewording them changes nothing.
2. Of a mark that tells how strict it is, the numbers decide, place by place. Where one place got weaker and
   another stronger it counts as weaker: nobody should find the weaker one by accident.
3. A mark that is gone is a guard that is gone, where it says so; the same mark, new, makes it stronger.
4. What cannot be told apart is different, never weaker: `weaker` is an alarm, and must be worth looking at.
5. Of a step that is new or gone only that is told, not each of its marks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Direction = Literal["weaker", "stronger", "different"]
_OTHER_WAY: Final[Mapping[Direction, Direction]] = {
    "weaker": "stronger",
    "stronger": "weaker",
    "different": "different",
}
STEP: Final = "step"
"""What the mark of a whole step is about."""
ORDER: Final[tuple[Direction, ...]] = ("weaker", "different", "stronger")


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a mark holds and what it is about: `restart`, `undo`; of the head or the catalogue, its part."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that holds in a version."""

    said: str
    """In words; two marks that say the same are the same."""
    strict: tuple[float, ...] = ()
    """How strict it is, place by place, greater is stricter; empty where that cannot be told."""
    gone: Direction = "different"
    """What it means when it is not there any more; its opposite when it is new."""
    judge: Callable[[Mark], Direction] | None = None
    """Says what it means that this one took the place of another; before `strict`."""


Sheet = Mapping[Place, Mark]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` or `after` is empty where there was or is nothing."""

    direction: Direction
    place: Place
    before: str
    after: str

    def text(self) -> str:
        """Say the difference in a line."""
        match (self.before, self.after):
            case ("", new):
                return f"{self.place.what}: new: {new}"
            case (old, ""):
                return f"{self.place.what}: gone: {old}"
            case (old, new):
                return f"{self.place.what}: {old} -> {new}"


def changes(before: Sheet, after: Sheet) -> tuple[Change, ...]:
    """Return every difference between two sheets, by place."""
    found = []
    whole = {one.where for one in before.keys() ^ after.keys() if one.what == STEP}
    for place in dict.fromkeys((*before, *after)):
        if place.where in whole and place.what != STEP:
            continue
        old, new = before.get(place), after.get(place)
        if old is None and new is not None:
            found.append(Change(_OTHER_WAY[new.gone], place, "", new.said))
        elif old is not None and new is None:
            found.append(Change(old.gone, place, old.said, ""))
        elif old is not None and new is not None and old.said != new.said:
            found.append(Change(_direction(old, new), place, old.said, new.said))
    return tuple(found)


def _direction(old: Mark, new: Mark) -> Direction:
    if new.judge is not None:
        return new.judge(old)
    if not old.strict or len(old.strict) != len(new.strict) or old.strict == new.strict:
        return "different"
    weaker = any(now < then for then, now in zip(old.strict, new.strict, strict=True))
    return "weaker" if weaker else "stronger"


__all__ = ["ORDER", "STEP", "Change", "Direction", "Mark", "Place", "Sheet", "changes"]
