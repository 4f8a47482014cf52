"""The operations of a state by where they belong, over random runs and by hand."""

from __future__ import annotations

from contextlib import suppress
from random import Random

from engine.core.events import Asked, Ended, Happened, Person, Started
from engine.core.operations import by_visit, items_of, with_operation, without
from engine.core.run_state import Operation, RunState
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.kinds.errors import Waiting
from engine.kinds.values import Instant
from tests.core.graphs import Graphs, Nature
from tests.core.play import ANN, START


def operation(name: str, item: str, visit: int = 1, ended: bool = False) -> Operation:
    """Return an operation of one step."""
    asked = Asked(
        operation=name, step="look", item=item, what="check", title="", target="", args=None, digest="",
        due=START, visit=visit,
    )  # fmt: skip
    return Operation(asked, START, Ended(operation=name, outcome="pass") if ended else None)


def played(*operations: Operation) -> RunState:
    """Return a state with these operations, in this order."""
    state = RunState()
    for one in operations:
        state = with_operation(state, one)
    return state


def test_both_say_the_same_after_every_record() -> None:
    """Whatever random runs do, what is kept by visit is what all operations say, in the same order."""
    most: list[int] = []

    def watch(happened: Happened, state: RunState) -> None:
        expected = {visit: list(items.items()) for visit, items in by_visit(state.operations).items()}
        assert expected == {visit: list(items.items()) for visit, items in state.tries.items()}
        most.append(len(state.operations))

    for seed in range(40):
        nature = Nature(seed, calm=seed % 2 == 0)
        plan = Graphs(Random(seed), seed % 2 == 0).plan()
        clock = VirtualClock(START)
        ledger = nature.ledger = Ledger(MemoryJournal(), clock.now, clock.monotonic)
        ledger.watchers.append(watch)
        ledger.record([Started(plan=plan, digest="", engine="test", operator=ANN)], ANN)
        with suppress(Waiting):
            VirtualDriver(ledger, clock, nature, nature).run()
    assert max(most) > 3


def test_an_item_to_which_nothing_happens_keeps_its_tries() -> None:
    """What follows from them is known by their identity."""
    before = played(operation("look#1.a@1", "a"), operation("look#1.b@1", "b"))
    after = with_operation(before, operation("look#1.b@1", "b", ended=True))
    assert items_of(before, "look", 1)["a"] is items_of(after, "look", 1)["a"]
    assert ["b"] == [item for item, tries in items_of(after, "look", 1).items() if tries[-1].ended]


def test_an_end_takes_the_place_of_its_try() -> None:
    """The order of the tries stays."""
    state = played(operation("look#1.a@1", "a"), operation("look#1.a@2", "a"))
    state = with_operation(state, operation("look#1.a@1", "a", ended=True))
    assert [("look#1.a@1", True), ("look#1.a@2", False)] == [
        (one.asked.operation, one.ended is not None) for one in items_of(state, "look", 1)["a"]
    ]


def test_what_is_taken_out_leaves_nothing_empty_behind() -> None:
    """Neither an item without tries, nor a visit without items; another visit of the step stays."""
    state = played(
        operation("look#1.a@1", "a"), operation("look#1.a@2", "a"), operation("look#2.a@1", "a", 2)
    )
    state = without(state, ["look#1.a@1"])
    assert ["look#1.a@2"] == [one.asked.operation for one in items_of(state, "look", 1)["a"]]
    state = without(state, ["look#1.a@2"])
    assert [("look", 2)] == list(state.tries)
    assert {} == items_of(state, "look", 1)


def test_nothing_taken_out_is_the_same_state() -> None:
    """No state is made for nothing."""
    state = RunState(operator=Person(name="ann"), started=Instant(1.0))
    assert without(state, ()) is state
