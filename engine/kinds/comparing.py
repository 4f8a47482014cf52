"""Operators that hold one value against one operand; what does not fit an operator is *unknown*.

Numbers, durations and times compare with their own kind by what they are in seconds or as numbers; NaN and
the infinities are no data. Equality is that of JSON: true is not 1, at any depth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from engine.kinds.patterns import found
from engine.kinds.values import Duration, Instant, Json
from engine.kinds.verdicts import Answer

Operator = Callable[[Json, Json], Answer]


def answer(holds: bool) -> Answer:
    """Return pass or fail."""
    return "pass" if holds else "fail"


def number(value: Json) -> float | None:
    """Return what orders the value, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _finite(value)
    if isinstance(value, str):
        for parse in (float, Duration.parse, Instant.parse):
            try:
                return _finite(parse(value))
            except ValueError:
                continue
    return None


def equal(value: Json, operand: Json) -> bool:
    """Compare as JSON does: true is not 1, at any depth, and a list is a list however it is held."""
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    left, right = items(value), items(operand)
    if left is not None and right is not None:
        return len(left) == len(right) and all(map(equal, left, right))
    if isinstance(value, Mapping) and isinstance(operand, Mapping):
        return value.keys() == operand.keys() and all(equal(value[key], operand[key]) for key in value)
    return value == operand


def items(value: object) -> Sequence[Json] | None:
    """Return the items of a list, or None for what is none."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else None


def _finite(value: float) -> float | None:
    try:
        read = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return read if math.isfinite(read) else None


def _compare(holds: Callable[[float, float], bool]) -> Operator:
    def compare(value: Json, operand: Json) -> Answer:
        left, right = number(value), number(operand)
        if left is None or right is None:
            return "unknown"
        return answer(holds(left, right))

    return compare


def _between(value: Json, operand: Json) -> Answer:
    ends = items(operand)
    if ends is None or len(ends) != 2:
        return "unknown"
    low, high, seen = number(ends[0]), number(ends[1]), number(value)
    if low is None or high is None or seen is None:
        return "unknown"
    return answer(low <= seen <= high)


def _in(value: Json, operand: Json) -> Answer:
    options = items(operand)
    return "unknown" if options is None else answer(any(equal(value, one) for one in options))


def _contains(value: Json, operand: Json) -> Answer:
    if isinstance(value, (str, Mapping)):
        return answer(operand in value) if isinstance(operand, str) else "unknown"
    held = items(value)
    if held is None:
        return "unknown"
    several = items(operand)
    wanted = [operand] if several is None else several
    return answer(all(any(equal(item, one) for item in held) for one in wanted))


def _matches(value: Json, operand: Json) -> Answer:
    if not isinstance(value, str) or not isinstance(operand, str):
        return "unknown"
    seen = found(operand, value)  # None: a pattern with a reference in it shows what it is only now
    return "unknown" if seen is None else answer(seen)


def _within(value: Json, operand: Json) -> Answer:
    """`{within: 30m, of: TIME}` arrives here as `[30m, TIME]`."""
    pair = items(operand)
    if pair is None or len(pair) != 2:
        return "unknown"
    window, middle, seen = number(pair[0]), number(pair[1]), number(value)
    if window is None or middle is None or seen is None:
        return "unknown"
    return answer(abs(seen - middle) <= window)


COMPARISONS: Final[Mapping[str, Operator]] = {
    "eq": lambda value, operand: answer(equal(value, operand)),
    "ne": lambda value, operand: answer(not equal(value, operand)),
    "lt": _compare(lambda a, b: a < b),
    "le": _compare(lambda a, b: a <= b),
    "gt": _compare(lambda a, b: a > b),
    "ge": _compare(lambda a, b: a >= b),
    "between": _between,
    "in": _in,
    "contains": _contains,
    "matches": _matches,
    "within": _within,
}
