"""The operations of a state, and the same by where they belong: a visit, its items, their tries in order.

Rules:
1. Both change together, and only here, so that a turn finds what is its own without looking at all of them.
2. The tries of an item are one tuple, and stay the same object while nothing happens to that item: what
   follows from them alone is worked out once (core/memo.py).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from engine.core.run_state import Items, Operation, RunState, evolved

_NONE: Items = {}


def items_of(state: RunState, step: str, visit: int) -> Items:
    """Return the tries of each item of a visit."""
    return state.tries.get((step, visit), _NONE)


def with_operation(state: RunState, operation: Operation, **changes: Any) -> RunState:
    """Return the state with an operation that was asked for, or that has ended, and other fields changed."""
    asked = operation.asked
    name, visit = asked.operation, (asked.step, asked.visit)
    items = state.tries.get(visit, _NONE)
    tries = items.get(asked.item, ())
    if name in state.operations:
        tries = tuple([operation if one.asked.operation == name else one for one in tries])
    else:
        tries = (*tries, operation)
    return evolved(
        state,
        operations={**state.operations, name: operation},
        tries={**state.tries, visit: {**items, asked.item: tries}},
        **changes,
    )


def without(state: RunState, names: Collection[str], **changes: Any) -> RunState:
    """Return the state without these operations, and other fields changed."""
    if not names and not changes:
        return state
    operations, visits = dict(state.operations), dict(state.tries)
    gone = [operations.pop(name).asked for name in names]
    for visit in {(asked.step, asked.visit): None for asked in gone}:
        left = _left(visits[visit], names)
        if left:
            visits[visit] = left
        else:
            del visits[visit]
    return evolved(state, operations=operations, tries=visits, **changes)


def _left(items: Items, names: Collection[str]) -> Items:
    left: dict[str, tuple[Operation, ...]] = {}
    for item, tries in items.items():
        kept = tuple(one for one in tries if one.asked.operation not in names)
        if kept:
            left[item] = tries if len(kept) == len(tries) else kept
    return left


def by_visit(operations: Mapping[str, Operation]) -> Mapping[tuple[str, int], Items]:
    """Return operations by where they belong, from scratch: what `RunState.tries` must equal."""
    found: dict[tuple[str, int], dict[str, tuple[Operation, ...]]] = {}
    for operation in operations.values():
        items = found.setdefault((operation.asked.step, operation.asked.visit), {})
        items[operation.asked.item] = (*items.get(operation.asked.item, ()), operation)
    return found
