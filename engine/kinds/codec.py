"""Frozen dataclasses to plain JSON data and back, without a validator.

The plan travels in the journal as JSON and must be read again on any machine, quickly and without
pydantic (80 ms). Only what the plan and the events use is supported: scalars, Duration, Instant and
other classes with `parse`/`plain`, optional values, tuples, mappings, dataclasses, and *kinds*: a
field annotated with a family's base class is written with `kind: name` and read by that name.
Defaults are left out, so that a new optional field does not change the digest of an old plan.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from engine.kinds.discovery import Kind, family
from engine.kinds.values import Json

T = TypeVar("T")


class BadData(ValueError):
    """The plain data does not fit the class; the message says where."""


def plain(value: object) -> Json:
    """Return the plain JSON form of a value."""
    if value is None or isinstance(value, (bool, str)):
        return value
    own = getattr(value, "plain", None)
    if own is not None:
        return cast(Json, own())
    if isinstance(value, (int, float)):
        return value
    if dataclasses.is_dataclass(value):
        fields = {} if not isinstance(value, Kind) else {"kind": value.kind}
        for field in dataclasses.fields(value):
            item = getattr(value, field.name)
            if not _is_default(field, item):
                fields[field.name] = plain(item)
        return fields
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (Sequence, frozenset)):
        items = sorted(value) if isinstance(value, frozenset) else value
        return [plain(item) for item in items]
    raise TypeError(f"{type(value).__name__} has no plain form")


def canonical(value: object) -> str:
    """Return canonical JSON: sorted keys, no spaces, no escapes; what digests are taken over."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def decode(kind: type[T], data: Json, at: str = "") -> T:
    """Return an instance of `kind` from plain data; raises BadData."""
    return cast(T, _decode(kind, data, at or getattr(kind, "__name__", "value")))


def _is_default(field: dataclasses.Field[Any], item: object) -> bool:
    if field.default is not dataclasses.MISSING:
        return type(item) is type(field.default) and item == field.default
    if field.default_factory is not dataclasses.MISSING:
        return bool(item == field.default_factory())
    return False


@cache
def _fields(kind: type[Any]) -> tuple[tuple[str, Any, bool], ...]:
    # Json is recursive, and its inner names need not be known where it is used: to us it is any data.
    hints = typing.get_type_hints(kind, localns={"Json": object})
    return tuple(
        (
            field.name,
            hints[field.name],
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    )


def _decode(hint: Any, data: Json, at: str) -> object:
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _decode(typing.get_args(hint)[0], data, at)
    if hint is Any or hint is object:
        return data
    if origin in (typing.Union, types.UnionType):
        return _union(typing.get_args(hint), data, at)
    if origin is typing.Literal:
        if data not in typing.get_args(hint):
            raise BadData(f"{at}: {data!r} is none of {typing.get_args(hint)}")
        return data
    if origin is tuple:
        item = typing.get_args(hint)[0]
        return tuple(_decode(item, one, f"{at}.{n}") for n, one in enumerate(_list(data, at)))
    if origin is not None and issubclass(origin, Mapping):
        item = typing.get_args(hint)[1]
        return {key: _decode(item, one, f"{at}.{key}") for key, one in _mapping(data, at).items()}
    if origin is frozenset:
        return frozenset(cast("list[str]", _list(data, at)))
    return _plain_class(hint, data, at)


def _plain_class(hint: Any, data: Json, at: str) -> object:
    if callable(getattr(hint, "parse", None)):
        try:
            return hint.parse(data)
        except ValueError as error:
            raise BadData(f"{at}: {error}") from None
    if isinstance(hint, type) and issubclass(hint, Kind) and "family" in vars(hint):
        fields = dict(_mapping(data, at))
        name = fields.pop("kind", None)
        known = family(hint.family)
        if not isinstance(name, str) or name not in known:
            raise BadData(f"{at}: this engine has no {hint.family} kind {name!r}")
        return _instance(known[name], fields, at)
    if dataclasses.is_dataclass(hint):
        return _instance(cast(type[Any], hint), _mapping(data, at), at)
    if hint is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if hint is type(None):
        hint = types.NoneType
    if not isinstance(data, hint) or (hint in (int, float) and isinstance(data, bool)):
        raise BadData(f"{at}: expected {getattr(hint, '__name__', hint)}, found {data!r}")
    return data


def _instance(kind: type[Any], data: Mapping[str, Json], at: str) -> object:
    known = _fields(kind)  # type: ignore[arg-type]  # a class is hashable; mypy sees its own __hash__
    surplus = set(data) - {name for name, _, _ in known}
    if surplus:
        raise BadData(f"{at}: unknown {', '.join(sorted(surplus))}")
    values = {}
    for name, hint, required in known:
        if name in data:
            values[name] = _decode(hint, data[name], f"{at}.{name}")
        elif required:
            raise BadData(f"{at}: {name} is missing")
    try:
        return kind(**values)
    except ValueError as error:  # what a class says about its fields taken together
        raise BadData(f"{at}: {error}") from None


def _union(options: tuple[Any, ...], data: Json, at: str) -> object:
    if data is None and types.NoneType in options:
        return None
    problems = []
    for option in options:
        if option is types.NoneType:
            continue
        try:
            return _decode(option, data, at)
        except ValueError as error:
            problems.append(str(error))
    raise BadData("; ".join(problems))


def _list(data: Json, at: str) -> Sequence[Json]:
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise BadData(f"{at}: expected a list, found {data!r}")
    return data


def _mapping(data: Json, at: str) -> Mapping[str, Json]:
    if not isinstance(data, Mapping):
        raise BadData(f"{at}: expected a mapping, found {data!r}")
    return data
