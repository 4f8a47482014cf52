"""Whether an expectation holds of more than another did: it was loosened, tightened, or is another one.

Rules:
1. Only what can be told for sure is told: where one expectation implies the other (model/implication.py), of
   ranges of numbers and lengths of time, lists of values, a value among others, and operators side by side.
   All else is another expectation, `different`.
2. An operator that is gone loosens, one that is new tightens. So does a field of an object.
3. The opposite of an expectation is weaker: it takes what the other refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.kinds.matchers import OPERATORS, Matcher
from engine.kinds.values import Duration, Json
from engine.model.implication import implies
from engine.views.weakened import Direction

_UPPER: Final = frozenset({"lt", "le", "within"})
_LOWER: Final = frozenset({"gt", "ge"})


def looser(old: Json, new: Json) -> Direction:
    """Return `weaker` where all that fitted still fits and more does, `stronger` the other way round."""
    if old == new:
        return "different"
    was, now = Matcher(old), Matcher(new)
    fits, fitted = implies(was, now), implies(now, was)
    if fits != fitted:
        return "weaker" if fits else "stronger"
    if _turned(old, new) or _turned(new, old):
        return "weaker"  # it takes what it was there to refuse
    before, after = _terms(old), _terms(new)
    if before is None and after is not None:
        return "weaker" if now.judge(old).answer == "pass" else "different"
    if before is not None and after is None:
        return "stronger" if was.judge(new).answer == "pass" else "different"
    if before is None or after is None or (_operators(old) is None) != (_operators(new) is None):
        return "different"
    found: list[Direction | None] = ["weaker" for name in before if name not in after]
    found += ["stronger" for name in after if name not in before]
    fields = _operators(old) is None
    found += [
        looser(before[name], after[name]) if fields else _operand(name, before[name], after[name])
        for name in before
        if name in after and before[name] != after[name]
    ]
    return together(found)


def together(directions: list[Direction | None]) -> Direction:
    """Return what several differences come to: one direction only where all agree."""
    found = {one for one in directions if one is not None}
    return next(iter(found)) if len(found) == 1 else "different"


def _turned(data: Json, other: Json) -> bool:
    """Say whether one is the opposite of the other, in so many words."""
    return isinstance(data, Mapping) and data.keys() == {"not"} and data["not"] == other


def _terms(data: Json) -> Mapping[str, Json] | None:
    """Return operators, or fields; None for a bare value."""
    return data if isinstance(data, Mapping) and data else None


def _operators(data: Json) -> Mapping[str, Json] | None:
    """Return the operators of a matcher; None for a bare value and for fields."""
    if isinstance(data, Mapping) and data and all(name in OPERATORS or name == "exists" for name in data):
        return data
    return None


def _operand(name: str, old: Json, new: Json) -> Direction | None:
    if old == new:
        return None
    if name in ("len", "every", "some"):
        return looser(old, new)
    if name in ("in", "between") and isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        return _between(old, new) if name == "between" else _among(old, new)
    then, now = number(old), number(new)
    if then is None or now is None or name not in _UPPER | _LOWER:
        return "different"
    return "weaker" if (now > then) == (name in _UPPER) else "stronger"


def _among(old: list[Json] | tuple[Json, ...], new: list[Json] | tuple[Json, ...]) -> Direction:
    if all(one in new for one in old):
        return "weaker"
    return "stronger" if all(one in old for one in new) else "different"


def _between(old: list[Json] | tuple[Json, ...], new: list[Json] | tuple[Json, ...]) -> Direction:
    ends = [number(one) for one in (*old, *new)]
    if len(ends) != 4:  # two ends each
        return "different"
    low, high, now_low, now_high = ends
    if low is None or high is None or now_low is None or now_high is None:
        return "different"
    if now_low <= low and now_high >= high:
        return "weaker"
    return "stronger" if now_low >= low and now_high <= high else "different"


def number(value: Json) -> float | None:
    """Return a number, or a length of time in seconds; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if not isinstance(value, str):
        return float(value)
    try:
        return float(Duration.parse(value))
    except ValueError:
        return None


__all__ = ["looser", "number", "together"]
