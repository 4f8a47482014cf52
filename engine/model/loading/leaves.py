"""Single values, and plain lists and mappings of them, against their annotations; the only user of pydantic.

Strict: a number is not taken for a text, nor a text for a number. A value goes in as JSON, so that a list
may become a tuple, which strict Python mode refuses.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from engine.kinds.findings import Route, did_you_mean
from engine.kinds.values import Json

_ADVICE = re.compile(r"""((?:'[^']*'|"[^"]*"|[^:'"]|:(?! ))+): (.+)""", re.DOTALL)  # not inside quotes


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value does not fit, at a place inside it."""

    route: Route
    message: str
    fix: str = ""


def validate(hint: Any, value: Json) -> tuple[object, tuple[Problem, ...]]:
    """Return the value as the annotation wants it, or every reason why it cannot be had."""
    if hint is str and isinstance(value, str):  # nearly all values of a file: do not go the long way
        return value, ()
    try:
        return _adapter(hint).validate_json(json.dumps(value)), ()
    except ValidationError as error:
        return None, tuple(_problem(one, value) for one in error.errors(include_url=False))


@cache
def schema(hint: Any) -> Mapping[str, Any]:
    """Return the JSON schema of an annotation."""
    return _adapter(hint).json_schema()


def described(value: Json) -> str:
    """Say in a few words what stands there."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 40 else f"'{value[:37]}...'"
    return "a mapping" if isinstance(value, Mapping) else "a list"


def advice(error: ValueError) -> tuple[str, str]:
    """Split what a class says of a bad value into what is wrong and what to do."""
    found = _ADVICE.match(str(error))
    return (found[1], found[2]) if found else (str(error), "")


@cache
def _adapter(hint: Any) -> TypeAdapter[Any]:
    if dataclasses.is_dataclass(hint):  # one that parses itself: it takes no configuration from outside
        return TypeAdapter(hint)
    return TypeAdapter(hint, config=ConfigDict(strict=True))


_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    "string_type": ("a text", 'put it in quotes: "{}"'),
    "int_type": ("a whole number", "write one without quotes"),
    "int_from_float": ("a whole number", "write one without a fraction"),
    "float_type": ("a number", "write one without quotes"),
    "bool_type": ("true or false", "write true or false, without quotes"),
    "tuple_type": ("a list", "write [one, two], or one '- item' on each line"),
    "list_type": ("a list", "write [one, two], or one '- item' on each line"),
    "mapping_type": ("keys with values", "write 'key: value' lines under it"),
    "dict_type": ("keys with values", "write 'key: value' lines under it"),
}


def _problem(error: Any, value: Json) -> Problem:
    route = _inside(error["loc"], value)
    kind, found = error["type"], error["input"]
    if kind in _WANTED:
        wanted, fix = _WANTED[kind]
        scalar = isinstance(found, bool | int | float)
        if kind == "string_type" and not scalar:
            fix = "write a text"
        return Problem(route, f"expected {wanted}, found {described(found)}", fix.format(json.dumps(found)))
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", error["ctx"]["expected"])
        hint = did_you_mean(found, options) if isinstance(found, str) else ""
        return Problem(route, f"{described(found)} is none of {', '.join(options)}", hint)
    if kind == "value_error":
        return Problem(route, *advice(error["ctx"]["error"]))
    return Problem(route, f"{described(found)} does not fit: {error['msg'].lower()}")


def _inside(loc: Sequence[str | int], value: Json) -> Route:
    """Return the part of an error's place that exists in the value; the rest names types, not keys."""
    route: list[str | int] = []
    for step in loc:
        if isinstance(value, Mapping) and step in value:
            value = value[str(step)]
        elif isinstance(value, list | tuple) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            break
        route.append(step)
    return tuple(route)
