"""What should happen now: `next_moves(state, now, in_flight)`.

Rules:
1. A question changes nothing; it is total and may be asked as often as anyone likes.
2. Only recorded outcomes move the run on: a move that records something comes before any that
   depends on it, and the driver asks again after every record.
3. Asked but not ended and not in flight means the engine stopped in between. A read is asked again; a
   change is repeated only if declared repeatable, else its outcome is unknown and its step reconciles.
4. A definite answer is an answer. No answer, or unknown, is asked again within the check's retries.
5. No answer is held against the control probe: when that gets none either, it is our own network and
   the result is unknown.
6. Deadlines are in records. What is overdue is recorded first, in order, once.
7. After an abort nothing new starts; what is in the air lands. The end waits for it too, and for the last
   tries of the run's own messages.
8. Time holds by the later of the clock and the last record: a clock set back revives nothing.
How a visit is taken further is in core/turn.py, what the run does by itself in core/standing.py, tries in
core/tries.py.
Changing an answer of this module for an old journal needs a new DECISION_VERSION (core/plan.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import cast

from engine.core.asking import undoable
from engine.core.events import Expired, Finished
from engine.core.moves import Cancel, Move, Record
from engine.core.run_state import DOUBT, RunState, in_doubt, lands
from engine.core.standing import standing
from engine.core.telling import last_messages
from engine.core.turn import Turn
from engine.kinds.values import Instant


def next_moves(state: RunState, now: Instant, in_flight: Set[str]) -> tuple[Move, ...]:
    """Return what should happen now, in a declared order."""
    if state.plan is None or state.finished is not None:
        return ()
    now = max(now, state.now)
    turn = Turn(state, state.plan, now, in_flight, [])
    if state.aborting:
        undone = _undoable_titles(state)
        return tuple(_end(turn, Finished(end="aborted", why=state.aborting, undoable=undone)))
    overdue = tuple(_overdue(state, now)) if state.prompts else ()
    if overdue:
        return overdue
    end = state.visits[""].end
    if end:
        return tuple(_end(turn, _finished(state, end)))
    itself = standing(turn)
    return (*itself.before, *turn.scopes(), *itself.after, *turn.controls())


def _end(turn: Turn, finished: Finished) -> Iterator[Move]:
    """Stop the reads, let land what is in the air, then end the run."""
    landing = False
    for name, operation in {**turn.state.operations, **turn.state.controls}.items():
        if operation.ended is not None:
            continue
        if lands(operation.asked):
            landing = True
            if name not in turn.in_flight:
                yield from turn.missing(operation)
        elif name in turn.in_flight:
            yield Cancel(name, "the run has ended")
    if landing:
        return
    last = tuple(last_messages(turn, finished.end))
    yield from last or (Record(finished),)


def _overdue(state: RunState, now: Instant) -> Iterator[Move]:
    late = [
        prompt
        for prompt in state.prompts.values()
        if prompt.given is None and prompt.prompted.due is not None and prompt.prompted.due < now
    ]
    for prompt in sorted(late, key=lambda one: one.prompted.due or now):
        yield Record(Expired(prompt=prompt.prompted.prompt, due=cast(Instant, prompt.prompted.due)))


def _finished(state: RunState, end: str) -> Finished:
    why = state.why
    if end == "resolved" and not state.recovered:
        end, why = "mitigated", "no recovery check has held since the last change"
    return Finished(end=end, why=why, undoable=_undoable_titles(state))


def _undoable_titles(state: RunState) -> tuple[str, ...]:
    """Return what a person could take back, and which changes nobody knows about."""
    titles = []
    for entry in undoable(state):
        known = entry.irreversible if entry.irreversible == DOUBT else f"irreversible: {entry.irreversible}"
        titles.append(f"{entry.title} ({known})" if entry.irreversible else entry.title)
    return (*titles, *(f"{change.title} ({DOUBT})" for change in in_doubt(state, state.operations)))
