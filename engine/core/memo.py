"""What follows from frozen objects alone, worked out once: a soak asks the same thing hundreds of times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
P = TypeVar("P")

MOST = 4096
"""Values that are kept; then it begins anew."""


class Memo(Generic[T]):
    """Values of a pure function, by the objects they were made of.

    An object is known by its identity, and kept beside the value, so that no other one is taken for it;
    one that is equal and made anew is worked out again. All are frozen, or never written to again.
    """

    def __init__(self) -> None:
        self._known: dict[object, tuple[tuple[object, ...], T]] = {}
        """By the identity of the parts: of a single one, or of several in their order."""

    def of(self, make: Callable[[], T], *parts: object) -> T:
        """Return what `make` returns, which depends on these parts and on nothing else."""
        return self._kept(tuple(map(id, parts)), parts, make)

    def one(self, make: Callable[[P], T], part: P) -> T:
        """Return what `make` returns for one object: as `of`, without a function made for the occasion."""
        known = self._known.get(id(part))
        if known is not None:
            return known[1]
        return self._kept(id(part), (part,), lambda: make(part))

    def _kept(self, key: object, parts: tuple[object, ...], make: Callable[[], T]) -> T:
        known = self._known.get(key)
        if known is not None:
            return known[1]
        value = make()
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = (parts, value)
        return value
