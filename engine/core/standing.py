"""What a run does by itself, whatever step it is at: its own messages, its ladder, its cadence.

Most records touch none of it. While it only waits, the answer is that of the turn before: it depends on the
parts of the state that are named here, and on the time only from the first moment that it waits for.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.memo import Memo
from engine.core.moves import Move, WakeAt
from engine.core.operations import items_of
from engine.core.run_state import ANNOUNCE, INCIDENT, LADDER, UPDATES, Items
from engine.core.telling import Pursuit, own_messages
from engine.core.timers import EARLY, timers
from engine.kinds.frozen import quick
from engine.kinds.values import Instant


@quick
@dataclass(frozen=True, slots=True)
class Standing:
    """Its moves, before and after those of the steps, and for which moments they are the same."""

    before: tuple[Move, ...]
    after: tuple[Move, ...]
    since: Instant
    until: Instant


def standing(turn: Pursuit) -> Standing:
    """Return what the run does by itself now."""
    state = turn.state
    told = [items_of(state, step, 1) for step in (ANNOUNCE, INCIDENT, UPDATES, LADDER)]
    made: list[Standing] = []

    def make() -> Standing:
        made.append(_standing(turn, told))
        return made[0]

    known = _KNOWN.of(
        make,
        *(state.plan, state.severity, state.started, state.graded, state.operator, state.operated),
        *(state.timers, state.acknowledged, state.told, state.updates, state.updated),
        *told,
    )
    if made or known.since <= turn.now < known.until:
        return known
    return _standing(turn, told)


_KNOWN: Memo[Standing] = Memo()


def _standing(turn: Pursuit, told: list[Items]) -> Standing:
    before, after = tuple(own_messages(turn)), tuple(timers(turn))
    waits = [move.at for move in (*before, *after) if isinstance(move, WakeAt)]
    if len(waits) < len(before) + len(after) or _under_way(told):
        return Standing(before, after, turn.now, turn.now)  # the next question may find it otherwise
    level = turn.plan.severities.get(turn.state.severity)
    every = level.cadence if level and level.cadence else 0.0
    first = min(waits, default=_NEVER)
    return Standing(before, after, turn.now, first.after(-2 * EARLY * every / turn.plan.time_scale))


_NEVER = Instant(1e12)


def _under_way(told: list[Items]) -> bool:
    """Say whether a try has no end yet: whoever asks knows whether it is still in flight."""
    return any(one.ended is None for items in told for tries in items.values() for one in tries)
