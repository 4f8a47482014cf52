"""What holds for any runbook, any world and any people: random graphs in virtual time.

RUNBOOK_EXAMPLES multiplies the number of examples (1 in CI; 20 or more before a release).
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from engine.core.events import Happened, Person, Resumed, Settled, Started, TakenOver
from engine.core.moves import Cancel, Perform, Record, WakeAt
from engine.core.next import next_moves
from engine.core.plan import Plan
from engine.core.state import RunState, evolve
from engine.io.drivers.ledger import Ledger, happened_from
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.kinds.errors import Waiting
from tests.core.graphs import Graphs, Nature
from tests.core.play import ANN, ELI, START
from tests.core.rules import broken

TIMES = int(os.environ.get("RUNBOOK_EXAMPLES", "1"))


def examples(count: int) -> settings:
    """Return the settings of one property."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(
        max_examples=count * TIMES,
        deadline=None,
        suppress_health_check=quiet,
        database=None,
    )


SEEDS = st.integers(0, 2**32)


def drawn(seed: int, *, calm: bool) -> tuple[Plan, Nature]:
    """Return a plan and the world it meets."""
    return Graphs(Random(seed), calm).plan(), Nature(seed, calm)


def executor(journal: MemoryJournal, nature: Nature, clock: VirtualClock) -> VirtualDriver:
    """Return an executor of what is in the journal."""
    ledger = Ledger(journal, clock.now, clock.monotonic)
    ledger.catch_up()
    ledger.epoch = max(ledger.state.epoch, 1)
    nature.ledger = ledger
    return VirtualDriver(ledger, clock, nature, nature)


def begin(plan: Plan) -> MemoryJournal:
    """Return a journal with its first record."""
    journal = MemoryJournal()
    ledger = Ledger(journal, lambda: START, lambda: 0.0)
    ledger.record([Started(plan=plan, digest=plan.digest(), engine="test", operator=ANN)], ANN)
    return journal


def play(
    journal: MemoryJournal, nature: Nature, clock: VirtualClock, by: Person = ANN
) -> tuple[RunState, bool]:
    """Drive a run to its end, or until only a person could move it on; say which."""
    driver = executor(journal, nature, clock)
    if driver.ledger.state.finished is None and driver.ledger.state.seq > 1:
        driver.ledger.record([Resumed(why="test")], by)
    try:
        return driver.run(), False
    except Waiting:
        return driver.ledger.state, True


def history(journal: MemoryJournal) -> list[Happened]:
    """Return what happened, as any reader of the journal sees it."""
    return [happened_from(record) for record in journal.read()]


def folded(happened: list[Happened]) -> RunState:
    """Return the state after it all."""
    state = RunState()
    for one in happened:
        state = evolve(state, one)
    return state


@examples(800)
@given(SEEDS)
def test_any_run_ends_or_waits_for_a_person_and_breaks_no_rule(seed: int) -> None:
    """Any graph, any outcomes, people who answer late, wrongly or not at all, and deviate."""
    plan, nature = drawn(seed, calm=False)
    journal = begin(plan)
    state, waits = play(journal, nature, VirtualClock(START))
    happened = history(journal)
    assert [] == broken(happened)
    assert waits is (state.finished is None)
    assert not waits or any(prompt.given is None for prompt in state.prompts.values()) or _long(happened)
    assert folded(happened) == state


def _long(happened: list[Happened]) -> bool:
    """Say whether a run ran into the limit of virtual time: a loop the author bounded by visits only."""
    return happened[-1].at - happened[0].at > 7_000.0


@examples(200)
@given(SEEDS, st.randoms(use_true_random=False))
def test_any_prefix_at_any_moment_with_anything_in_flight_has_an_answer(seed: int, random: Random) -> None:
    """`next_moves` is total and pure: it is asked twice, and moves name only what can be."""
    plan, nature = drawn(seed, calm=False)
    journal = begin(plan)
    play(journal, nature, VirtualClock(START))
    state = RunState()
    for one in history(journal):
        state = evolve(state, one)
        names = [*state.operations, *state.controls]
        in_flight = frozenset(name for name in names if random.random() < 0.5)
        now = one.at.after(random.choice([-3600.0, 0.0, 0.0, 1.0, 60.0, 36_000.0]))
        moves = next_moves(state, now, in_flight)
        assert moves == next_moves(state, now, in_flight)
        for move in moves:
            match move:
                case Perform(asked):
                    assert asked.operation not in state.operations
                case Cancel(operation):
                    assert operation in in_flight
                case WakeAt(at):
                    assert at > state.now or at >= now
                case Record(event):
                    evolve(state, Happened(state.seq + 1, now, Person(), event))
        if state.finished is not None:
            assert () == moves


@example(seed=2434618)  # a change that lands while an undo is under way
@examples(80)
@given(SEEDS)
def test_a_run_that_is_cut_anywhere_resumes_to_the_same_end(seed: int) -> None:
    """Where the world has one truth, a crash changes nothing but who asks."""
    plan, nature = drawn(seed, calm=True)
    journal = begin(plan)
    whole, waits = play(journal, nature, VirtualClock(START))
    records = journal.read()
    path = settled(history(journal))
    cuts = range(1, len(records)) if len(records) <= 40 else Random(seed).sample(range(1, len(records)), 40)
    for cut in cuts:
        shorter = MemoryJournal(records[:cut])
        state, again = play(shorter, Nature(seed, True), VirtualClock(records[cut - 1].at))
        assert [] == broken(history(shorter)), cut
        assert (waits, path) == (again, settled(history(shorter))), cut
        if whole.finished is not None and state.finished is not None:
            assert whole.finished.end == state.finished.end, cut


def settled(happened: list[Happened]) -> dict[str, list[str]]:
    """Return by scope the steps in order with their outcomes: branches may overtake one another."""
    found: dict[str, list[str]] = {}
    for one in happened:
        if isinstance(one.event, Settled):
            scope, _, name = one.event.step.rpartition("/")
            found.setdefault(scope, []).append(f"{name}={one.event.outcome}")
    return found


@examples(400)
@given(
    SEEDS,
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from([0.0, 5.0, 3600.0, 86_400.0]), st.booleans()), max_size=5
    ),
)
def test_kills_sleeps_and_takeovers_break_no_rule(seed: int, kills: list[tuple[float, float, bool]]) -> None:
    """Killed again and again, resumed later, by somebody else, the run still keeps every rule."""
    plan, nature = drawn(seed, calm=False)
    journal, clock = begin(plan), VirtualClock(START)
    for where, sleep, taken in kills:
        play(journal, nature, clock)
        records = journal.read()
        cut = 1 + int(where * (len(records) - 1))
        journal = MemoryJournal(records[:cut])
        clock = VirtualClock(records[cut - 1].at.after(sleep))
        ledger = executor(journal, nature, clock).ledger
        if taken and ledger.state.finished is None:
            ledger.epoch = ledger.state.epoch + 1
            ledger.record([TakenOver(why="test")], ELI)
    state, _ = play(journal, nature, clock)
    happened = history(journal)
    assert [] == broken(happened)
    assert folded(happened) == state
    times = [one.at for one in happened]
    assert times == sorted(times)


@example(seed=514, jumps=[-36_000.0, 36_000.0, -30.0])  # ten hours between an answer and what it allows
@examples(60)
@given(
    SEEDS,
    st.lists(st.sampled_from([-36_000.0, -30.0, 30.0, 36_000.0, 315_360_000.0]), min_size=1, max_size=4),
)
def test_a_clock_that_jumps_revives_nothing_and_hangs_nothing(seed: int, jumps: list[float]) -> None:
    """The wall clock jumps at random records; the boot clock goes on."""
    plan, nature = drawn(seed, calm=False)
    journal, clock = begin(plan), VirtualClock(START)
    shift = 0.0
    driver = executor(journal, nature, clock)

    def wall() -> object:
        return clock.at.after(shift)

    driver.ledger.now = wall  # type: ignore[assignment]
    random = Random(seed)
    at = sorted(random.randint(2, 40) for _ in jumps)

    lived: list[Happened] = []

    def jump(happened: Happened, state: RunState) -> None:
        nonlocal shift
        lived.append(replace(happened, at=clock.at))  # by the clock that decides here and does not jump
        if at and happened.seq >= at[0]:
            at.pop(0)
            shift += jumps[len(at)]

    driver.ledger.watchers.append(jump)
    try:
        driver.run()
    except Waiting:
        pass
    happened = history(journal)
    assert [] == broken([*happened[: len(happened) - len(lived)], *lived])
    assert [one.at for one in happened] == sorted(one.at for one in happened)


@pytest.mark.parametrize("calm", [True, False])
def test_the_graphs_reach_every_kind_and_every_end(calm: bool) -> None:
    """A property over runs that all end the same way would prove little."""
    ends: set[str] = set()
    kinds: set[str] = set()
    for seed in range(120):
        plan, nature = drawn(seed, calm=calm)
        state, waits = play(begin(plan), nature, VirtualClock(START))
        ends.add("waits" if waits else state.finished.end if state.finished else "")
        kinds |= {type(plan.steps[step].step).__name__ for step in state.outcomes}
    assert {"resolved", "mitigated", "escalated", "false-alarm", "aborted"} <= ends
    assert 9 <= len(kinds)
