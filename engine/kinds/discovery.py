"""Finding the kinds of a family: one file, one class, one name, no list to edit.

A family is a folder beside this file (`checks`, `actions`, `steps`). Every module in it whose name
has no leading underscore holds exactly one class derived from the family's base, whose `kind` is the
file's name. A kind's first field may carry the kind's own name (`http: <url>`): that key is how an
author names the kind, and its value is the kind's subject.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar


class Kind:
    """Base of all kinds; `family` is set by each family's base, `kind` by each member."""

    __slots__ = ()
    family: ClassVar[str]
    kind: ClassVar[str]
    example: ClassVar[str]
    secrets: ClassVar[tuple[str, ...]] = ()
    """Names of the secrets this kind sends by itself, which none of its fields refers to."""


class BrokenFamily(Exception):
    """A kind's file breaks the rule of one class with one name (a bug of ours, not a user's)."""


@cache
def names(of: str) -> tuple[str, ...]:
    """Return the names of a family's kinds, sorted, without importing them."""
    package = importlib.import_module(f"engine.kinds.{of}")
    return tuple(sorted(m.name for m in pkgutil.iter_modules(package.__path__) if m.name[0] != "_"))


@cache
def family(of: str) -> Mapping[str, type[Any]]:
    """Return every kind of a family by name; raises BrokenFamily."""
    return MappingProxyType({name: _load(of, name) for name in names(of)})


def _load(of: str, name: str) -> type[Any]:
    module = importlib.import_module(f"engine.kinds.{of}.{name}")
    found = [
        item
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Kind) and item.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise BrokenFamily(f"{module.__name__} must hold exactly one kind, it holds {len(found)}")
    if getattr(found[0], "kind", None) != name:
        raise BrokenFamily(f"{module.__name__}.{found[0].__name__} must have kind = {name!r}")
    return found[0]
