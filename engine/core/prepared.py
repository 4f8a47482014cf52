"""Checks and actions that were asked for before: the same one with the same values is the same question.

A soak asks the same thing every half minute, and a change is worked out again at every turn while somebody is
asked for their consent. A use is known by its identity, which holds as long as it is kept here; what it
depends on are the values of its references, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from engine.core.lookup import find
from engine.core.run_state import RunState
from engine.kinds import codec
from engine.kinds.references import references
from engine.kinds.values import Json

U = TypeVar("U")
R = TypeVar("R")

MOST = 4096
"""Uses that are kept; then it begins anew."""
_LONGEST = 2000
"""Characters of values that are kept."""


class Prepared(Generic[U, R]):
    """What was made of each use; `bare` takes off what is asked apart from it."""

    def __init__(self, bare: Callable[[U], U]) -> None:
        self._bare = bare
        self._uses: dict[int, tuple[U, U, tuple[str, ...]]] = {}
        self._ready: dict[tuple[int, bool, str], R] = {}

    def of(
        self, state: RunState, scope: str, use: U, each: Json, make: Callable[[U], R], *, frozen: bool = False
    ) -> R:
        """Return what `make` makes of the bare use; of a frozen one, whatever its references say is data."""
        if len(self._uses) > MOST or len(self._ready) > MOST:
            self._uses.clear()
            self._ready.clear()
        known = self._uses.get(id(use))
        if known is None:
            bare = self._bare(use)
            named = (name for name in references(codec.plain(bare)) if not name.startswith("secrets."))
            known = self._uses[id(use)] = (use, bare, tuple(dict.fromkeys(named)))
        names = known[2]
        values = "" if frozen or not names else repr([find(state, scope, name, each) for name in names])
        key = (id(use), frozen, values)
        ready = self._ready.get(key)
        if ready is None:
            ready = make(known[1])
            if len(values) <= _LONGEST:
                self._ready[key] = ready
        return ready
