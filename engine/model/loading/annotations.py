"""What the annotations of a dataclass say: the keys an author writes, and how each value is read."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

Form = Literal["any", "leaf", "record", "list", "mapping", "choice"]


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """One key an author may write, and the field it fills."""

    name: str
    field: str
    hint: Any
    required: bool


def keys(kind: Any) -> Mapping[str, Key]:
    """Return the keys of a dataclass as authors spell them, in the order of its fields."""
    return _keys(kind)  # a class of its own type is hashable, but a type checker doubts it


@cache
def _keys(kind: Any) -> Mapping[str, Key]:
    # `Json` refers to itself by names that other modules need not import; every reader takes it as it is.
    hints = typing.get_type_hints(kind, localns={"Json": Any}, include_extras=True)
    spelled = {field: key for key, field in getattr(kind, "spelled", {}).items()}
    found = {}
    for field in dataclasses.fields(kind):
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        name = spelled.get(field.name, field.name)
        found[name] = Key(name, field.name, hints[field.name], required)
    return MappingProxyType(found)


def optional(hint: Any) -> tuple[Any, ...]:
    """Return the members of a union without None; of any other annotation, itself."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(one for one in typing.get_args(hint) if one is not types.NoneType)
    return (hint,)


def nullable(hint: Any) -> bool:
    """Say whether an annotation allows null."""
    return types.NoneType in typing.get_args(hint) or hint is Any


@cache
def form(hint: Any) -> Form:
    """Return how values of an annotation are read: whole by the validator, or part by part."""
    if hint is Any:
        return "any"
    members = optional(hint)
    if len(members) > 1:
        return "choice"
    hint = members[0]
    origin = typing.get_origin(hint)
    if origin is tuple and form(typing.get_args(hint)[0]) != "leaf":
        return "list"
    if _is_mapping(origin) and form(typing.get_args(hint)[1]) != "leaf":
        return "mapping"
    if dataclasses.is_dataclass(hint) and not callable(getattr(hint, "parse", None)):
        return "record"
    return "leaf"


def takes(hint: Any, value: object) -> bool:
    """Say whether a value has the shape of an annotation, to choose one of a union."""
    origin = typing.get_origin(hint) or hint
    if isinstance(value, list | tuple):
        return origin is tuple
    if isinstance(value, Mapping):
        return _is_mapping(origin) or form(hint) == "record"
    return origin is not tuple and not _is_mapping(origin)


def _is_mapping(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, Mapping)
