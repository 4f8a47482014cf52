"""What a run does by itself is worked out again whenever it may be another, over random runs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from random import Random

import pytest

from engine.core.events import Happened, Started
from engine.core.moves import WakeAt
from engine.core.run_state import RunState, evolved
from engine.core.standing import standing
from engine.core.telling import own_messages
from engine.core.timers import timers
from engine.core.turn import Turn
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Script
from engine.kinds.errors import Waiting
from engine.kinds.values import Instant
from engine.model.guards import Guards
from tests.core.graphs import Graphs, Nature
from tests.core.play import ANN, START, Outcomes, plan_of


def asked_at(state: RunState, now: Instant, in_flight: frozenset[str]) -> int:
    """Hold what is kept against what is worked out anew; return how many moves there were."""
    assert state.plan is not None
    turn = Turn(state, state.plan, now, in_flight, [])
    known = standing(turn)
    assert tuple(own_messages(turn)) == known.before
    assert tuple(timers(turn)) == known.after
    return len(known.before) + len(known.after)


def moments(state: RunState) -> list[Instant]:
    """Return the time of the last record, and those around everything that the run waits for by itself."""
    assert state.plan is not None
    turn = Turn(state, state.plan, state.now, frozenset(), [])
    due = [move.at for move in (*own_messages(turn), *timers(turn)) if isinstance(move, WakeAt)]
    around = [at.after(by) for at in due for by in (-60.0, -0.002, -0.0005, 0.0, 0.5)]
    return [state.now, *(at for at in around if at > state.now)]


def test_what_is_kept_is_what_would_be_worked_out() -> None:
    """After every record of random runs, at every moment at which it may be otherwise, twice."""
    moves: list[int] = []

    def watch(happened: Happened, state: RunState) -> None:
        open_ones = {name for name, one in state.operations.items() if one.ended is None}
        for in_flight in (frozenset(open_ones), frozenset[str]()):
            for now in moments(state):
                moves.extend(asked_at(state, now, in_flight) for _ in range(2))

    for seed in range(12):
        nature = Nature(seed, calm=seed % 2 == 0)
        plan = Graphs(Random(seed), seed % 2 == 0).plan()
        clock = VirtualClock(START)
        ledger = nature.ledger = Ledger(MemoryJournal(), clock.now, clock.monotonic)
        ledger.watchers.append(watch)
        ledger.record([Started(plan=plan, digest="", engine="test", operator=ANN)], ANN)
        with suppress(Waiting):
            VirtualDriver(ledger, clock, nature, nature).run()
    assert max(moves) > 1


def waiting(minutes: float = 20.0) -> RunState:
    """Return the state of a run that waits, so long after its start: a page at once, one after five minutes."""
    found: list[RunState] = []
    plan = replace(
        plan_of("pause: {wait: 4h, then: escalated}"),
        severity="SEV-1",
        guards=Guards(announce="pager", updates="pager"),
        incident="INCIDENT",
    )
    clock = VirtualClock(START)
    ledger = Ledger(MemoryJournal(), clock.now, clock.monotonic)
    ledger.watchers.append(lambda happened, state: found.append(state))
    ledger.record([Started(plan=plan, digest="", engine="test", operator=ANN)], ANN)
    VirtualDriver(ledger, clock, Outcomes({}), Script(())).run(lambda state: state.updates == 2)
    return [state for state in found if state.now < START.after(60 * minutes)][-1]


OTHER: dict[str, object] = {
    "severity": "SEV-2",
    "started": START.after(-120.0),
    "graded": START.after(7200.0),
    "timers": frozenset[str](),
    "acknowledged": frozenset({"manager", "engineer"}),
    "told": {"manager": "stopped", "engineer": "stopped"},
    "operated": frozenset({"manager", "engineer"}),
    "updates": 5,
    "updated": None,
    "tries": {},
}


@pytest.mark.parametrize("part", OTHER)
def test_no_part_of_the_state_is_overlooked(part: str) -> None:
    """One of them is another, and nothing else: what was known of the state before does not count."""
    state = waiting(4.0 if part in ("graded", "acknowledged", "told", "operated") else 20.0)
    now = state.now.after(30.0)
    asked_at(state, now, frozenset())
    asked_at(evolved(state, **{part: OTHER[part]}), now, frozenset())


def test_it_is_not_worked_out_again_while_nothing_of_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten records of a step, and the ladder is not looked at once."""
    state = waiting()
    plan = state.plan
    assert plan is not None
    known = standing(Turn(state, plan, state.now, frozenset(), []))
    monkeypatch.setattr("engine.core.standing.timers", lambda turn: pytest.fail("looked at the ladder"))
    for number in range(10):
        state = evolved(state, seq=state.seq + 1, now=state.now.after(1.0), facts={"look": {"n": number}})
        assert known is standing(Turn(state, plan, state.now, frozenset(), []))
