"""Show what changed in behaviour since a revision: for a terminal, and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from engine.kinds.values import Json
from engine.render.findings import visible
from engine.views.weakened import ORDER, Change

_LONG = 160
_NEAR = 20  # characters before the first that differs
_REASONS = 2
_WORDS = {"weaker": "WEAKER   ", "dead end": "DEAD END ", "stronger": "stronger ", "different": "different"}


def lines(compared: Sequence[tuple[str, Sequence[Change]]], revision: str) -> Iterator[str]:
    """Yield a block for each runbook, what got weaker first, and a summary."""
    for name, changes in compared:
        yield visible(name)
        for change in sorted(changes, key=lambda one: ORDER.index(one.direction)):
            yield f"  {_WORDS[change.direction]}  {visible(change.place.where)}: {_short(change)}"
        yield ""
    yield summary([one for _, changes in compared for one in changes], revision)


def summary(changes: Sequence[Change], revision: str) -> str:
    """Say in a line how many differences there are, and which way they go."""
    if not changes:
        return f"nothing has changed in behaviour since {visible(revision)}"
    counts = [(sum(one.direction == direction for one in changes), direction) for direction in ORDER]
    told = [f"{count} {direction}" for count, direction in counts if count or direction != "dead end"]
    return f"since {visible(revision)}: " + ", ".join(told)


def as_json(compared: Sequence[tuple[str, Sequence[Change]]]) -> list[Json]:
    """Return every difference as plain data, texts whole."""
    return [
        {
            "runbook": name,
            "direction": one.direction,
            "where": one.place.where,
            "what": one.place.what,
            "before": one.before,
            "after": one.after,
            "why": one.why,
        }
        for name, changes in compared
        for one in changes
    ]


def _short(change: Change) -> str:
    """Return the text of a change; long sides are cut to where they differ, the data holds them whole."""
    before, after = visible(change.before), visible(change.after)
    if before and after and max(len(before), len(after)) > _LONG:
        same = sum(1 for _ in takewhile(lambda both: both[0] == both[1], zip(before, after, strict=False)))
        begin = max(0, before.rfind(" ", 0, max(0, same - _NEAR)) + 1)
        before, after = (f"…{side[begin:]}" if begin else side for side in (before, after))
    sides = (_cut(before), _cut(after))
    return Change(change.direction, change.place, *sides, _reasons(visible(change.why))).text()


def _reasons(why: str) -> str:
    """Return the first reasons; the data holds them all."""
    each = why.split("; ")
    return "; ".join(
        each if len(each) <= _REASONS else [*each[:_REASONS], f"and {len(each) - _REASONS} more"]
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


__all__ = ["as_json", "lines", "summary"]
