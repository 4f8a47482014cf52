"""Frozen dataclasses that are made by the thousand: filled as fast as those that are not frozen.

A frozen dataclass keeps everybody from writing to it, its own `__init__` too, which goes around that with one
call for each field: a good part of what a record costs. Here a new object is of a twin class without the lock
while it is being filled, and of its own class ever after: the same slots, the same parameters, and the same
refusal to be written to.

    @quick
    @dataclass(frozen=True, slots=True)
    class Wake: …
"""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

T = TypeVar("T")

_BECOME = vars(object)["__class__"].__set__
"""Makes an object one of another class with the same slots, though the object refuses to be written to."""


def quick(cls: type[T]) -> type[T]:
    """Return the frozen dataclass with a faster `__init__`; no class may be derived from it."""
    if hasattr(cls, "__post_init__") or not hasattr(cls, "__slots__"):
        raise TypeError(f"{cls.__name__}: only for frozen dataclasses with slots and without __post_init__")
    unlocked = {"__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    open_twin = type(cls.__name__, (cls,), {"__slots__": (), **unlocked})
    own = fields(cls)  # type: ignore[arg-type]  # a dataclass, as said; the decorator takes any class
    names: dict[str, Any] = {"_BECOME": _BECOME, "_OPEN": open_twin, "_OWN": cls, "_MISSING": MISSING}
    exec(_source(own, names), names)  # noqa: S102  # built of field names alone, as dataclasses do it
    cls.__init__ = names["__init__"]  # type: ignore[method-assign]  # the same parameters, in the same order
    return cls


def _source(own: tuple[Field[Any], ...], names: dict[str, Any]) -> str:
    """Return the text of `__init__`; defaults and their makers go into `names`."""
    places = [_parameter(one) for one in own if one.init and not one.kw_only]
    words = [_parameter(one) for one in own if one.init and one.kw_only]
    head = ", ".join(["self", *places, *(["*", *words] if words else [])])
    body = [f"self.{one.name} = {_value(one, names)}" for one in own]
    return "\n    ".join([f"def __init__({head}):", "_BECOME(self, _OPEN)", *body, "self.__class__ = _OWN"])


def _parameter(one: Field[Any]) -> str:
    if one.default is MISSING and one.default_factory is MISSING:
        return one.name
    return f"{one.name}={f'_default_{one.name}' if one.default_factory is MISSING else '_MISSING'}"


def _value(one: Field[Any], names: dict[str, Any]) -> str:
    if one.default_factory is MISSING:
        names[f"_default_{one.name}"] = one.default
        return one.name
    names[f"_make_{one.name}"] = one.default_factory
    return f"_make_{one.name}() if {one.name} is _MISSING else {one.name}"
