"""The live driver: every race that can be forced, with a performer that ends when it is told to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from engine.core.events import (
    Aborted,
    Answered,
    Asked,
    Ended,
    Finished,
    Happened,
    Interrupted,
    Jumped,
    Prompted,
    Settled,
    Skipped,
)
from engine.core.moves import Perform
from engine.core.records import Conflict, Journal, Record
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Script
from tests.core.play import ANN, ELI, START
from tests.io.drivers.room import CHANGE, DO, Hands, Room, begin, events, live


def test_an_interrupt_lets_a_change_land_records_it_and_starts_nothing(journal: Journal) -> None:
    """Ctrl-C: the change in the air is recorded before the driver leaves."""

    async def test() -> None:
        begin(journal, CHANGE)
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        change = await room.hands.under_way(DO)
        room.driver.interrupt("Ctrl-C")
        room.driver.interrupt("Ctrl-C again")
        await asyncio.sleep(0)
        change.set_result("done")
        state = await run
        assert (True, None) == (state.interrupted, state.finished)
        assert [DO] == room.hands.begun
        assert [] == room.hands.stopped
        assert ["done"] == [one.outcome for one in events(journal) if isinstance(one, Ended)]
        assert isinstance(events(journal)[-1], Interrupted)

    live(test())


def test_an_interrupt_stops_a_read_and_it_is_asked_again_on_resume(journal: Journal) -> None:
    """A read costs nothing to repeat; nothing is recorded of it."""

    async def test() -> None:
        begin(journal, "look: {check: {http: 'http://x/'}, then: {any: mitigated}}")
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        await room.hands.under_way("look#1@1")
        room.driver.interrupt("Ctrl-C")
        await run
        assert ["look#1@1"] == room.hands.stopped
        again = Room(journal, Hands({"look": "pass"}))
        state = await again.driver.run()
        assert ["look#1@2"] == again.hands.begun
        assert state.finished is not None

    live(test())


def test_an_interrupt_lets_a_page_go_out() -> None:
    """Stopped half-way it would be sent again, or never."""

    async def test() -> None:
        journal = MemoryJournal()
        begin(journal, "tell: {notify: engineer, text: Hello, then: mitigated}")
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        page = await room.hands.under_way("tell#1.message@1")
        room.driver.interrupt("Ctrl-C")
        await asyncio.sleep(0)
        page.set_result("delivered")
        state = await run
        assert (True, []) == (state.delivered, room.hands.stopped)

    live(test())


def test_a_result_that_came_with_the_interrupt_is_recorded() -> None:
    """Ended in the same turn of the loop: known, so written."""

    async def test() -> None:
        journal = MemoryJournal()
        begin(journal, "look: {check: {http: 'http://x/'}, then: {any: mitigated}}")
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        read = await room.hands.under_way("look#1@1")
        read.set_result("pass")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        room.driver.interrupt("Ctrl-C")
        await run
        assert ["pass"] == [one.outcome for one in events(journal) if isinstance(one, Ended)]

    live(test())


@pytest.mark.parametrize("where", ["prompt", "backoff"])
def test_an_interrupt_while_nothing_is_under_way_leaves_at_once(where: str) -> None:
    """At a question, and between two tries."""

    async def test() -> None:
        journal = MemoryJournal()
        text = 'q: {ask: "Q?", options: {yes: "y"}, then: {yes: mitigated}}'
        if where == "backoff":
            text = "look: {check: {http: 'http://x/', retry: {times: 1, after: 1h}}, then: {any: mitigated}}"
        begin(journal, text)
        room = Room(journal, Hands({"look": "unknown"}), Script([]))
        run = asyncio.create_task(room.driver.run())
        await room.until(Prompted if where == "prompt" else Ended)
        room.driver.interrupt("")
        state = await run
        assert state.interrupted
        assert isinstance(events(journal)[-1], Interrupted)

    live(test())


def test_cancelling_the_driver_is_an_interrupt(journal: Journal) -> None:
    """However the program ends, a change lands and is recorded first."""

    async def test() -> None:
        begin(journal, CHANGE)
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        change = await room.hands.under_way(DO)
        run.cancel()
        await asyncio.sleep(0)
        change.set_result("done")
        with pytest.raises(asyncio.CancelledError):
            await run
        assert ["done"] == [one.outcome for one in events(journal) if isinstance(one, Ended)]
        assert isinstance(events(journal)[-1], Interrupted)

    live(test())


def test_an_answer_between_the_decision_and_the_wait_is_not_slept_over(journal: Journal) -> None:
    """From another terminal, appended while the driver was deciding."""

    async def test() -> None:
        begin(journal, 'q: {ask: "Q?", options: {yes: "y", no: "n"}, then: {yes: mitigated, no: aborted}}')
        room = Room(journal, Hands(), Script([]))
        other = Ledger(journal, room.wall, lambda: 0.0)

        def answer(one: Happened, state: RunState) -> None:
            if isinstance(one.event, Prompted):
                other.catch_up()
                assert other.record([Answered(prompt=one.event.prompt, choice="no")], ELI)

        room.ledger.watchers.append(answer)
        state = await room.driver.run()
        assert state.finished is not None
        assert "aborted" == state.finished.end

    live(test())


@dataclass
class Raced:
    """A journal in which somebody else appends just before the first outcome."""

    inner: Journal
    other: Ledger
    raced: bool = False

    def append(self, drafts: Any, **more: Any) -> tuple[Record, ...] | Conflict:
        """Let the other one be first."""
        if not self.raced and any(draft.type == "ended" for draft in drafts):
            self.raced = True
            self.other.catch_up()
            assert self.other.record([Jumped(step="one", target="look", reason="r")], ELI)
        return self.inner.append(drafts, **more)

    def read(self, after: int = 0) -> tuple[Record, ...]:
        """Read on."""
        return self.inner.read(after)

    def head(self) -> tuple[int, str]:
        """Return the head."""
        return self.inner.head()


def test_what_ended_is_recorded_even_when_somebody_else_appended_first(journal: Journal) -> None:
    """A conflict costs a second try, never the outcome."""

    async def test() -> None:
        begin(journal, CHANGE)
        raced = Raced(journal, Ledger(journal, lambda: START, lambda: 0.0))
        room = Room(raced, Hands({"look": "pass"}))
        run = asyncio.create_task(room.driver.run())
        (await room.hands.under_way(DO)).set_result("done")
        state = await run
        assert raced.raced
        assert ["one"] == [change.step for change in state.changes]
        path = [f"{e.step}={e.outcome}" for e in events(journal) if isinstance(e, Settled)]
        assert ["one=skipped", "look=pass"] == path

    live(test())


def test_an_abort_from_another_terminal_waits_for_the_change() -> None:
    """And the end says what can be taken back."""

    async def test() -> None:
        journal = MemoryJournal()
        begin(journal, CHANGE)
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        change = await room.hands.under_way(DO)
        assert "" == room.driver.say(Aborted(reason="wrong run"), ELI)
        await asyncio.sleep(0)
        change.set_result("done")
        state = await run
        assert state.finished == Finished(end="aborted", why="eli: wrong run", undoable=("one",))
        assert "has ended" in room.driver.say(Aborted(reason="again"), ELI)

    live(test())


def test_leaving_a_sub_runbook_does_not_stop_its_change() -> None:
    """The task itself is left alone, in the deepest scope."""

    async def test() -> None:
        journal = MemoryJournal()
        text = """
        both:
          parallel: {a: {steps: {one: {action: {http: "http://x/", operation: restart-machine, irreversible: r}, then: {any: pass}}}}}
          then: {any: mitigated}
        """
        begin(journal, text)
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        change = await room.hands.under_way("both/a/one#1.do.0@1")
        room.driver.say(Skipped(step="both", reason="r"), ANN)
        await asyncio.sleep(0.01)
        assert [] == room.hands.stopped
        change.set_result("done")
        state = await run
        assert ["both/a/one"] == [change.step for change in state.changes]

    live(test())


@pytest.mark.parametrize("shift", [-36_000.0, -3.0])
def test_a_clock_that_is_set_back_puts_no_deadline_off(shift: float) -> None:
    """While the wall clock lags, time goes on with the boot clock."""

    async def test() -> None:
        journal = MemoryJournal()
        begin(
            journal,
            'q: {ask: "Q?", options: {yes: "y"}, timeout: 2m, then: {yes: mitigated, timeout: aborted}}',
        )
        room = Room(journal, Hands(), Script([]))
        run = asyncio.create_task(room.driver.run())
        asked = await room.until(Prompted)
        room.boot = 60.0
        room.ledger.moment()
        room.shift = shift
        room.boot = 121.0
        assert "expired" in room.driver.say(Answered(prompt=asked.prompt, choice="yes"), ANN)
        state = await run
        assert state.finished is not None
        assert "aborted" == state.finished.end
        times = [record.at for record in journal.read()]
        assert sorted(times) == times

    live(test())


def test_a_machine_that_slept_finds_the_deadline_passed() -> None:
    """The boot clock and the wall clock went on; the loop's own did not."""

    async def test() -> None:
        journal = MemoryJournal()
        begin(
            journal,
            'q: {ask: "Q?", options: {yes: "y"}, timeout: 2m, then: {yes: mitigated, timeout: aborted}}',
        )
        room = Room(journal, Hands(), Script([]))
        run = asyncio.create_task(room.driver.run())
        await room.until(Prompted)
        room.boot = 36_000.0
        state = await run
        assert state.finished is not None
        assert "aborted" == state.finished.end

    live(test())


def test_the_state_of_a_living_run_is_the_state_of_its_journal(journal: Journal) -> None:
    """What a target answers is folded as it was written: NaN is no data for both."""

    class Odd:
        async def perform(self, move: Perform) -> Ended:
            facts = {"n": float("nan"), "t": (1, 2), "s": "half \ud83d"}
            return Ended(operation=move.asked.operation, outcome="pass", facts=facts)

    async def test() -> None:
        begin(journal, "look: {check: {http: 'http://x/'}, then: {any: mitigated}}")
        room = Room(journal, Odd())
        state = await room.driver.run()
        again = Ledger(journal, room.wall, lambda: 0.0)
        again.catch_up()
        assert again.state.facts == state.facts
        assert again.state == state

    live(test())


def test_intent_is_durable_before_the_performer_hears_of_it(journal: Journal) -> None:
    """The first thing a performer could see is its own record."""

    class Looking:
        def __init__(self) -> None:
            self.found: list[bool] = []

        async def perform(self, move: Perform) -> Ended:
            self.found.append(any(isinstance(one, Asked) and one == move.asked for one in events(journal)))
            return Ended(
                operation=move.asked.operation, outcome="done" if move.asked.what == "action" else "pass"
            )

    async def test() -> None:
        begin(journal, CHANGE)
        looking = Looking()
        await Room(journal, looking).driver.run()
        assert [True, True] == looking.found

    live(test())


def test_a_run_that_nobody_attends_stops_at_its_question_only_when_it_has_nothing_of_its_own_to_do() -> None:
    """A pause in one branch ends first; the question in the other is left for whoever resumes."""

    async def test() -> None:
        text = """
        both:
          parallel:
            asks: {steps: {q: {ask: "Q?", options: {yes: "Y"}, then: {yes: pass}}}}
            waits: {steps: {pause: {wait: 60s, then: pass}}}
          then: {any: escalated}
        """
        journal = MemoryJournal()
        begin(journal, text)
        room = Room(journal, Hands(), script=Script([]), stops=True)
        driving = asyncio.create_task(room.driver.run())
        await room.until(Prompted)
        room.boot = 61.0
        state = await driving
        assert ["both/waits/pause"] == [one.step for one in events(journal) if isinstance(one, Settled)]
        assert state.finished is None

    live(test())
