"""Holding a value against the data of a matcher; the rules are those of engine.kinds.matchers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from engine.kinds.comparing import COMPARISONS, Operator, answer, equal, items
from engine.kinds.narrowing import Narrowed, certainly_newest, narrowed, newest
from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent
from engine.kinds.units import read_as
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, all_of


def _length(value: Json, operand: Json) -> Answer:
    if not isinstance(value, (str, Sequence, Mapping)):
        return "unknown"
    return judge(operand, len(value))


def _every(value: Json, operand: Json) -> Answer:
    held = items(value)
    if not held:
        return "unknown"
    return all_of(judge(operand, item) for item in held)


def _some(value: Json, operand: Json) -> Answer:
    held = items(value)
    if held is None:
        return "unknown"
    answers = {judge(operand, item) for item in held}
    return "pass" if "pass" in answers else "unknown" if "unknown" in answers else "fail"


def _not(value: Json, operand: Json) -> Answer:
    return _OPPOSITE[judge(operand, value)]


_OPPOSITE: Final[Mapping[Answer, Answer]] = {"pass": "fail", "fail": "pass", "unknown": "unknown"}
OPERATORS: Final[Mapping[str, Operator]] = {
    **{name: COMPARISONS[name] for name in COMPARISONS if name != "within"},
    "len": _length,
    "every": _every,
    "some": _some,
    "not": _not,
    "within": COMPARISONS["within"],
}
"""Every operator of one value and one operand. `exists` is not here: it may see an absent value."""

NARROWING: Final = ("where", "newest_by", "get", "count", "default", "as")
"""The words that say first which value is meant."""
ALL: Final = (*OPERATORS, "exists", "of", *NARROWING)
PLAIN_NAMES: Final = frozenset({"of", "get", "count", "default", "as"})
"""Words that may as well be the name of a field, where something else than operators stands beside them."""
MATCHERS: Final = frozenset({"len", "every", "some", "not", "where", "count", "get"})
"""Operators whose operand is a matcher itself."""
_SAME_AT_BOTH_ENDS: Final = frozenset({"every", "some", "contains"})
"""Operators that can only change once while items are added."""


def is_operators(data: Json) -> bool:
    """Say whether a matcher is one of operators, and not of fields."""
    if not isinstance(data, Mapping) or not data or any(key not in ALL for key in data):
        return False
    if "get" in data and "newest_by" not in data and "where" not in data:
        return False
    return any(key not in ("of", "default", "as") for key in data)


def judge(data: Json, value: Json | Absent) -> Answer:
    """Return pass, fail or unknown; never raises, whatever the data."""
    if not isinstance(data, Mapping):
        return "unknown" if isinstance(value, Absent) else answer(equal(value, data))
    if not is_operators(data) or (data.keys() == {"count"} and isinstance(value, Mapping)):
        # a mapping has no items to count, but it may well have a field of that name
        return all_of(judge(item, look_up(value, key)) for key, item in data.items())
    data, value = meant(data, value)
    if not narrows(data):
        return _apply(data, value)
    rest = {key: item for key, item in data.items() if key not in ("where", "newest_by", "count")}
    if is_one(data, value):
        return _apply(rest, value if judge(data["where"], value) == "pass" else ABSENT)
    found = narrowed_list(data, value)
    if found is None:
        return "unknown"
    answers: list[Answer] = []
    if "count" in data:
        answers.append(_numbers(data["count"], found))
    path = data.get("newest_by")
    if isinstance(path, str) and rest:
        item = newest(found.certain, path)
        answers.append(_apply(rest, item) if certainly_newest(found, path) else "unknown")
    elif rest:
        answers += [_of_list(name, rest, found) for name in rest if name != "of"]
    return all_of(answers)


def _apply(data: Mapping[str, Json], value: Json | Absent) -> Answer:
    """Apply every operator to the value that is meant."""
    answers: list[Answer] = []
    for name, operand in data.items():
        if name == "of":
            continue
        if name == "exists":
            answers.append(answer(isinstance(value, Absent) is not operand))
        elif isinstance(value, Absent):
            answers.append("unknown")
        elif name == "get":
            answers.append(judge(operand, value))
        else:
            argument = [operand, data.get("of")] if name == "within" else operand
            answers.append(OPERATORS[name](value, argument))
    return all_of(answers)


def meant(data: Mapping[str, Json], value: Json | Absent) -> tuple[Mapping[str, Json], Json | Absent]:
    """Let the default stand in, and read both sides in the unit; what is left are operators and lists."""
    if isinstance(value, Absent) and "default" in data:
        value = data["default"]
    unit = data.get("as")
    left = {key: item for key, item in data.items() if key not in ("default", "as")}
    if not isinstance(unit, str):
        return left, value if "as" not in data else ABSENT
    if not isinstance(value, Absent):
        value = read_as(unit, value)
    return {name: _operand(unit, name, operand) for name, operand in left.items()}, value


def _operand(unit: str, name: str, operand: Json) -> Json:
    """Read the right side in the unit too; what the unit does not read stays: `500ms`, `${run.since}`."""
    several = items(operand) if name in ("between", "in") else None
    if several is not None:
        return [_operand(unit, "eq", one) for one in several]
    if name not in ("eq", "ne", "lt", "le", "gt", "ge", "of"):
        return operand
    read = read_as(unit, operand)
    return operand if isinstance(read, Absent) else read


def narrows(data: Mapping[str, Json]) -> bool:
    """Say whether operators are about the items of a list."""
    return "where" in data or "newest_by" in data or "count" in data


def is_one(data: Mapping[str, Json], value: Json | Absent) -> bool:
    """Say whether `where` is asked of one object, which then counts or is as good as absent."""
    listed = "newest_by" in data or "count" in data
    return isinstance(value, Mapping) and "where" in data and not listed


def narrowed_list(data: Mapping[str, Json], value: Json | Absent) -> Narrowed | None:
    """Return the items that are meant, or None where the value is no list."""
    held = items(value)
    if held is None:
        return None
    where = data.get("where")
    return narrowed(held, (lambda item: judge(where, item)) if "where" in data else None)


def _numbers(operand: Json, found: Narrowed) -> Answer:
    """Hold every number of items it may be against a matcher."""
    least = len(found.certain)
    return _agreed(judge(operand, number) for number in range(least, least + len(found.doubtful) + 1))


def _of_list(name: str, data: Mapping[str, Json], found: Narrowed) -> Answer:
    """Apply one operator to the items that are left."""
    if name == "len":
        return _numbers(data[name], found)
    one = {key: data[key] for key in (name, "of") if key in data}
    if name == "get":  # without `newest_by`: of the one that fits
        alone = len(found.certain) == 1 and not found.doubtful
        return _apply(one, found.certain[0]) if alone else "unknown"
    if not found.doubtful:
        return _apply(one, found.certain)
    if name not in _SAME_AT_BOTH_ENDS:
        return "unknown"
    return _agreed(_apply(one, some) for some in (found.certain, (*found.certain, *found.doubtful)))


def _agreed(answers: Iterator[Answer]) -> Answer:
    """Return the one answer they all give, else unknown."""
    first = next(answers)
    return first if all(other == first for other in answers) else "unknown"
