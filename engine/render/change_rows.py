"""What the rows of a change need beside its event: which one of a list it is, and what was told already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.core.events import Asked, Settled
from engine.core.lookup import lookup_in
from engine.core.plan import PlanStep
from engine.core.state import RunState
from engine.kinds.matcher_text import shown
from engine.kinds.references import Unresolved, resolve
from engine.kinds.steps.action import ActionStep

ITEM: Final = 40
"""Letters of one of a list that are shown beside a change."""


def doing(state: RunState, step: PlanStep | None, asked: Asked) -> str:
    """Return what is being done and where: of a list, to which one."""
    at, item = asked.target or asked.command, _item(state, step, asked)
    return f"{step.title if step else asked.title}: {f'{item} ({at})' if item and item != at else at}"


def told_as_it_ended(state: RunState, event: Settled) -> bool:
    """Say whether the change itself has just failed with these words: once is enough."""
    return any(
        one.ended is not None and one.ended.outcome == "failed" and one.ended.why == event.why
        for one in state.operations.values()
        if one.asked.step == event.step and one.asked.what == "action"
    )


def _item(state: RunState, step: PlanStep | None, asked: Asked) -> str:
    kind, number = step.step if step else None, asked.item.removeprefix("do.")
    if step is None or not isinstance(kind, ActionStep) or kind.for_each is None or not number.isdigit():
        return ""
    each = list(kind.for_each) if isinstance(kind.for_each, tuple) else kind.for_each
    try:
        found = resolve(each, lookup_in(state, step.scope))
    except Unresolved:
        return ""
    items = [found] if isinstance(found, str) or not isinstance(found, Sequence) else found
    return shown(items[int(number)], ITEM) if int(number) < len(items) else ""
