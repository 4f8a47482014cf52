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
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, TypeVar, cast

from engine.kinds.discovery import Kind, family
from engine.kinds.values import Json

T = TypeVar("T")


class BadData(ValueError):
    """The plain data does not fit the class; the message says where."""


def plain(value: object) -> Json:
    """Return the plain JSON form of a value."""
    return _writer(type(value))(value)  # type: ignore[arg-type]  # a class is hashable; mypy sees its own __hash__


@cache
def _writer(kind: type) -> Callable[[Any], Json]:
    """Return how values of a class are written: it depends on the class alone, and there are few of them."""
    if kind is types.NoneType or issubclass(kind, (bool, str)):
        return _as_it_is
    own: Callable[[Any], Json] | None = getattr(kind, "plain", None)
    if own is not None:
        return own
    if issubclass(kind, (int, float)):
        return _as_it_is
    if dataclasses.is_dataclass(kind):
        return partial(_record, {"kind": kind.kind} if issubclass(kind, Kind) else {}, _defaults(kind))
    if issubclass(kind, Mapping):
        return lambda value: {str(key): plain(item) for key, item in value.items()}
    if issubclass(kind, frozenset):
        return lambda value: [plain(item) for item in sorted(value)]
    if issubclass(kind, Sequence):
        return lambda value: [plain(item) for item in value]
    raise TypeError(f"{kind.__name__} has no plain form")


def _as_it_is(value: Any) -> Json:
    return cast(Json, value)


def _record(head: Mapping[str, Json], defaults: Sequence[tuple[str, Any, bool]], value: object) -> Json:
    """Write a dataclass without what is as it would be anyway."""
    fields = dict(head)
    for name, default, strict in defaults:
        item = getattr(value, name)
        if item is default or (item == default and (not strict or type(item) is type(default))):
            continue
        fields[name] = plain(item)
    return fields


def _defaults(kind: type[Any]) -> tuple[tuple[str, Any, bool], ...]:
    """Return name and default of each field, and whether the default's type counts: 0 is not false.

    What a factory makes is made once: it is only compared with.
    """
    return tuple(
        (field.name, field.default_factory(), False)
        if field.default_factory is not dataclasses.MISSING
        else (field.name, field.default, True)  # without a default it is MISSING, which nothing equals
        for field in dataclasses.fields(kind)
    )


def canonical(value: object) -> str:
    """Return canonical JSON: sorted keys, no spaces, no escapes; what digests are taken over."""
    return _ENCODE(plain(value))


_ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def decode(kind: type[T], data: Json, at: str = "") -> T:
    """Return an instance of `kind` from plain data; raises BadData."""
    return cast(T, _reader(kind)(data, at or getattr(kind, "__name__", "value")))


Reader = Callable[[Json, str], object]
"""Reads plain data that stands at a named place."""


def _reader(hint: Any) -> Reader:
    """Return how data is read for an annotation.

    Kept with the fields of a class, and never by itself: `a | b` equals `b | a`, and is read otherwise.
    """
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _reader(typing.get_args(hint)[0])
    if hint is Any or hint is object:
        return _any
    if origin in (typing.Union, types.UnionType):
        known = [_reader(option) for option in typing.get_args(hint) if option is not types.NoneType]
        return partial(_union, known, types.NoneType in typing.get_args(hint))
    if origin is typing.Literal:
        return partial(_literal, typing.get_args(hint))
    if origin is tuple:
        return partial(_tuple, _reader(typing.get_args(hint)[0]))
    if origin is not None and issubclass(origin, Mapping):
        return partial(_mapping_of, _reader(typing.get_args(hint)[1]))
    if origin is frozenset:
        return lambda data, at: frozenset(cast("list[str]", _list(data, at)))
    if callable(getattr(hint, "parse", None)):
        return partial(_parsed, hint.parse)
    if isinstance(hint, type) and issubclass(hint, Kind) and "family" in vars(hint):
        return partial(_kind, hint.family)
    if dataclasses.is_dataclass(hint):
        return partial(_instance, cast(type[Any], hint))
    return partial(_scalar, types.NoneType if hint is type(None) else hint)


def _any(data: Json, at: str) -> object:
    return data


def _union(options: Sequence[Reader], optional: bool, data: Json, at: str) -> object:
    if data is None and optional:
        return None
    problems = []
    for option in options:
        try:
            return option(data, at)
        except ValueError as error:
            problems.append(str(error))
    raise BadData("; ".join(problems))


def _literal(options: tuple[Any, ...], data: Json, at: str) -> object:
    if data not in options:
        raise BadData(f"{at}: {data!r} is none of {options}")
    return data


def _tuple(item: Reader, data: Json, at: str) -> object:
    return tuple(item(one, f"{at}.{n}") for n, one in enumerate(_list(data, at)))


def _mapping_of(item: Reader, data: Json, at: str) -> object:
    return {key: item(one, f"{at}.{key}") for key, one in _mapping(data, at).items()}


def _parsed(parse: Callable[[Json], object], data: Json, at: str) -> object:
    try:
        return parse(data)
    except ValueError as error:
        raise BadData(f"{at}: {error}") from None


def _kind(of: str, data: Json, at: str) -> object:
    """Read a kind by the name in the data."""
    fields = dict(_mapping(data, at))
    name = fields.pop("kind", None)
    known = family(of)
    if not isinstance(name, str) or name not in known:
        raise BadData(f"{at}: this engine has no {of} kind {name!r}")
    return _instance(known[name], fields, at)


def _scalar(kind: type[Any], data: Json, at: str) -> object:
    if kind is float and isinstance(data, int) and not isinstance(data, bool):
        return float(data)
    if not isinstance(data, kind) or (kind in (int, float) and isinstance(data, bool)):
        raise BadData(f"{at}: expected {getattr(kind, '__name__', kind)}, found {data!r}")
    return data


def _instance(kind: type[Any], data: Json, at: str) -> object:
    fields, known = _mapping(data, at), _fields(kind)  # type: ignore[arg-type]  # as above
    if not fields.keys() <= known.keys():
        raise BadData(f"{at}: unknown {', '.join(sorted(fields.keys() - known.keys()))}")
    values = {}
    for name, (reader, required) in known.items():
        if name in fields:
            values[name] = reader(fields[name], f"{at}.{name}")
        elif required:
            raise BadData(f"{at}: {name} is missing")
    try:
        return kind(**values)
    except ValueError as error:  # what a class says about its fields taken together
        raise BadData(f"{at}: {error}") from None


@cache
def _fields(kind: type[Any]) -> Mapping[str, tuple[Reader, bool]]:
    """Return how each field of a class is read, and whether it must be there."""
    # Json is recursive, and its inner names need not be known where it is used: to us it is any data.
    hints = typing.get_type_hints(kind, localns={"Json": object})
    return {
        field.name: (
            _reader(hints[field.name]),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(kind)
    }


def _list(data: Json, at: str) -> Sequence[Json]:
    if not isinstance(data, Sequence) or isinstance(data, str):
        raise BadData(f"{at}: expected a list, found {data!r}")
    return data


def _mapping(data: Json, at: str) -> Mapping[str, Json]:
    if not isinstance(data, Mapping):
        raise BadData(f"{at}: expected a mapping, found {data!r}")
    return data
