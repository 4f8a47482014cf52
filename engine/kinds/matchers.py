"""Matchers: an expectation as data, analysed and explained, never executed.

A bare value means equality; a mapping whose keys are all operators applies every one of them; any
other mapping matches field by field. Three answers, as everywhere: an operator on an absent value,
or on a value it does not fit, is *unknown*.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Duration, Instant, Json, text_schema
from engine.kinds.verdicts import Answer, all_of


@dataclass(frozen=True, slots=True)
class Match:
    """The answer of one matcher, with both sides as text."""

    answer: Answer
    expected: str
    observed: str


_BLANK: Final = {ord(mark): " " for mark in "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"}
Operator = Callable[[Json, Json], Answer]


def _number(value: Json) -> float | None:
    """Return what orders the value, or None; NaN is no data."""
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


def _finite(value: float) -> float | None:
    try:
        number = float(value)
    except OverflowError:  # an integer of hundreds of digits
        return None
    return number if math.isfinite(number) else None


def _compare(holds: Callable[[float, float], bool]) -> Operator:
    def compare(value: Json, operand: Json) -> Answer:
        left, right = _number(value), _number(operand)
        if left is None or right is None:
            return "unknown"
        return "pass" if holds(left, right) else "fail"

    return compare


def _answer(holds: bool) -> Answer:
    return "pass" if holds else "fail"


def _equal(value: Json, operand: Json) -> bool:
    """Compare as JSON does: true is not 1, at any depth, and a list is a list however it is held."""
    if isinstance(value, bool) or isinstance(operand, bool):
        return value is operand
    left, right = _items(value), _items(operand)
    if left is not None and right is not None:
        return len(left) == len(right) and all(map(_equal, left, right))
    if isinstance(value, Mapping) and isinstance(operand, Mapping):
        return value.keys() == operand.keys() and all(_equal(value[key], operand[key]) for key in value)
    return value == operand


def _between(value: Json, operand: Json) -> Answer:
    if not isinstance(operand, Sequence) or isinstance(operand, str) or len(operand) != 2:
        return "unknown"
    low, high, seen = _number(operand[0]), _number(operand[1]), _number(value)
    if low is None or high is None or seen is None:
        return "unknown"
    return _answer(low <= seen <= high)


def _in(value: Json, operand: Json) -> Answer:
    if not isinstance(operand, Sequence) or isinstance(operand, str):
        return "unknown"
    return _answer(any(_equal(value, item) for item in operand))


def _contains(value: Json, operand: Json) -> Answer:
    if isinstance(value, str):
        return _answer(operand in value) if isinstance(operand, str) else "unknown"
    if isinstance(value, Mapping):
        return _answer(operand in value) if isinstance(operand, str) else "unknown"
    if isinstance(value, Sequence):
        wanted = operand if isinstance(operand, Sequence) and not isinstance(operand, str) else [operand]
        return _answer(all(any(_equal(item, one) for item in value) for one in wanted))
    return "unknown"


def _matches(value: Json, operand: Json) -> Answer:
    if not isinstance(value, str) or not isinstance(operand, str):
        return "unknown"
    try:
        return _answer(re.search(operand, value) is not None)
    except re.error:  # a pattern with a reference in it shows what it is only now
        return "unknown"


def _length(value: Json, operand: Json) -> Answer:
    if not isinstance(value, (str, Sequence, Mapping)):
        return "unknown"
    return _judge(operand, len(value))


def _items(value: Json) -> Sequence[Json] | None:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else None


def _every(value: Json, operand: Json) -> Answer:
    items = _items(value)
    if not items:
        return "unknown"
    return all_of(_judge(operand, item) for item in items)


def _some(value: Json, operand: Json) -> Answer:
    items = _items(value)
    if items is None:
        return "unknown"
    answers = {_judge(operand, item) for item in items}
    return "pass" if "pass" in answers else "unknown" if "unknown" in answers else "fail"


def _within(value: Json, operand: Json) -> Answer:
    """`{within: 30m, of: TIME}` arrives here as `[30m, TIME]`."""
    if not isinstance(operand, Sequence) or isinstance(operand, str) or len(operand) != 2:
        return "unknown"
    window, middle, seen = _number(operand[0]), _number(operand[1]), _number(value)
    if window is None or middle is None or seen is None:
        return "unknown"
    return _answer(abs(seen - middle) <= window)


OPERATORS: Final[Mapping[str, Operator]] = {
    "eq": lambda value, operand: _answer(_equal(value, operand)),
    "ne": lambda value, operand: _answer(not _equal(value, operand)),
    "lt": _compare(lambda a, b: a < b),
    "le": _compare(lambda a, b: a <= b),
    "gt": _compare(lambda a, b: a > b),
    "ge": _compare(lambda a, b: a >= b),
    "between": _between,
    "in": _in,
    "contains": _contains,
    "matches": _matches,
    "len": _length,
    "every": _every,
    "some": _some,
    "within": _within,
}
"""Every operator except `exists`, which is the one that may see an absent value."""

_WORDS: Final = {
    "eq": "", "ne": "not ", "lt": "< ", "le": "<= ", "gt": "> ", "ge": ">= ", "between": "between ",
    "in": "one of ", "contains": "containing ", "matches": "matching ", "len": "length ",
    "every": "every ", "some": "some ", "within": "within ",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Matcher:
    """One expectation, as the author wrote it."""

    data: Json

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read a matcher; raises ValueError for a broken operator or pattern."""
        if isinstance(data, Matcher):
            return cls(data.data)
        _validate(data)
        return cls(data)  # type: ignore[arg-type]  # plain data from the document

    def plain(self) -> Json:
        """Return what the author wrote."""
        return self.data

    def judge(self, value: Json | Absent) -> Match:
        """Hold a value against the expectation."""
        return Match(_judge(self.data, value), self.text(), shown(value))

    def text(self) -> str:
        """Say the expectation in words: `< 500ms`, `one of [200, 204]`."""
        return _text(self.data)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        operators: dict[str, dict[str, Any]] = {name: {} for name in (*OPERATORS, "exists", "of")}
        return {
            "description": "a value (equality) or operators",
            "anyOf": [
                {"type": ["string", "number", "boolean", "null", "array"]},
                {"type": "object", "properties": operators},
            ],
        }


def shown(value: Json | Absent, limit: int = 120) -> str:
    """Return a short text of a value, in one line; an absent one says so."""
    if isinstance(value, Absent):
        return "nothing there"
    if isinstance(value, float):
        text = f"{value:.3f}".rstrip("0").rstrip(".")
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False, default=_held)
    text = text[: limit + 1].translate(_BLANK)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _held(value: object) -> Json:
    """Write a mapping or sequence of another class than dict and list."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Sequence) else str(value)


def _operators(data: Json) -> bool:
    return (
        isinstance(data, Mapping)
        and bool(data)
        and all(key in OPERATORS or key in ("exists", "of") for key in data)
    )


def _judge(data: Json, value: Json | Absent) -> Answer:
    if not isinstance(data, Mapping):
        return "unknown" if isinstance(value, Absent) else _answer(_equal(value, data))
    if not _operators(data):
        return all_of(_judge(item, look_up(value, key)) for key, item in data.items())
    answers: list[Answer] = []
    for name, operand in data.items():
        if name == "exists":
            answers.append(_answer(isinstance(value, Absent) is not operand))
        elif name == "of":
            continue
        elif isinstance(value, Absent):
            answers.append("unknown")
        else:
            argument = [operand, data.get("of")] if name == "within" else operand
            answers.append(OPERATORS[name](value, argument))
    return all_of(answers)


def _text(data: Json) -> str:
    if not isinstance(data, Mapping):
        return shown(data)
    if not _operators(data):
        return ", ".join(f"{key} {_text(item)}" for key, item in data.items())
    parts = []
    for name, operand in data.items():
        if name == "exists":
            parts.append("present" if operand else "absent")
        elif name == "of":
            parts.append(f"of {shown(operand)}")
        elif name in ("len", "every", "some"):
            parts.append(_WORDS[name] + _text(operand))
        else:
            parts.append(_WORDS[name] + shown(operand))
    return " and ".join(parts).replace(" and of ", " of ")


def _validate(data: object) -> None:
    if not isinstance(data, Mapping):
        return
    known = [key for key in data if key in OPERATORS or key == "exists"]
    if known and not _operators(data):
        odd = next(key for key in data if key not in OPERATORS and key not in ("exists", "of"))
        raise ValueError(f"'{odd}' is no operator: known are {', '.join([*OPERATORS, 'exists'])}")
    for name, operand in data.items():
        if name == "matches" and known and isinstance(operand, str) and "${" not in operand:
            try:
                re.compile(operand)
            except re.error as error:
                raise ValueError(f"{operand!r} is no regular expression: {error}") from None
        elif name == "exists" and known and not isinstance(operand, bool):
            raise ValueError("'exists' takes true or false")
        elif name == "within" and "of" not in data:
            raise ValueError("'within' needs 'of': {within: 30m, of: ${run.since}}")
        else:
            _validate(operand)


__all__ = ["ABSENT", "OPERATORS", "Match", "Matcher", "shown"]
