"""What is wrong with a matcher before it meets any value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from engine.kinds.matching import ALL, MATCHERS, PLAIN_NAMES, is_operators, narrows
from engine.kinds.units import UNITS
from engine.kinds.values import Json


def validate(data: object) -> None:
    """Raise ValueError for operators that are mixed up, or whose operand can never do."""
    if not isinstance(data, Mapping):
        return
    sure = [key for key in data if key in ALL and key not in PLAIN_NAMES]
    if not is_operators(data):
        odd = next((key for key in data if key not in ALL), "get")
        if sure and odd == "get":
            raise ValueError(
                "'get' needs 'newest_by' or 'where': {newest_by: created_at, get: {state: done}}"
            )
        if sure:
            known = ", ".join(name for name in ALL if name != "of")
            raise ValueError(f"'{odd}' is no operator: known are {known}")
        for item in data.values():
            validate(item)
        return
    for name, operand in data.items():
        _SHAPES.get(name, _any)(operand)
        if name in MATCHERS:
            validate(operand)
    if "within" in data and "of" not in data:
        raise ValueError("'within' needs 'of': {within: 30m, of: ${run.since}}")
    if narrows(data) and "as" in data:
        raise ValueError("'as' reads one value: write it inside, under 'get', 'where' or 'every'")
    if all(name in ("where", "newest_by", "default", "of") for name in data):
        raise ValueError(
            "'where' and 'newest_by' only say which items: add 'count', 'every', 'some' or 'get'"
        )


def _any(operand: object) -> None:
    """Take any operand."""


def _flag(operand: object) -> None:
    if not isinstance(operand, bool):
        raise ValueError("'exists' takes true or false")


def _path(operand: object) -> None:
    if not isinstance(operand, str) or not operand:
        raise ValueError("'newest_by' takes the path of a time: {newest_by: created_at, get: {state: done}}")


def _fields(operand: object) -> None:
    if not isinstance(operand, Mapping):
        raise ValueError("'get' takes what the newest must be: {get: {conclusion: success}}")


def _unit(operand: object) -> None:
    if operand not in UNITS and "${" not in str(operand):
        raise ValueError(f"'as' cannot read '{operand}': known are {', '.join(UNITS)}")


_SHAPES: Final[Mapping[str, Callable[[object], None]]] = {
    "exists": _flag,
    "newest_by": _path,
    "get": _fields,
    "as": _unit,
}


def patterns(data: Json) -> Iterator[str]:
    """Yield the patterns that can be looked into already."""
    if not isinstance(data, Mapping):
        return
    operators = is_operators(data)
    for name, item in data.items():
        if operators and name == "matches":
            if isinstance(item, str) and "${" not in item:
                yield item
        elif not operators or name in MATCHERS:
            yield from patterns(item)
