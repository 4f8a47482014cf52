"""The live driver when a performer, the journal or another executor gets in its way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from engine.core.events import (
    Answered,
    Ended,
    Prompted,
    TakenOver,
)
from engine.core.moves import Perform
from engine.core.records import Conflict, Journal, Record
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Script
from engine.kinds.errors import Fenced, StorageError
from tests.core.play import ANN, ELI
from tests.io.drivers.room import CHANGE, DO, Hands, Room, begin, events, live


class Faulty:
    """A performer with a fault of its own."""

    def __init__(self, fault: Callable[[], Awaitable[None]]) -> None:
        self.fault = fault

    async def perform(self, move: Perform) -> Ended:
        """Fail."""
        await self.fault()
        raise AssertionError


async def raises() -> None:
    """Fail with a text that may hold anything."""
    raise RuntimeError("hunter2")


async def cancels() -> None:
    """Be stopped from outside."""
    raise asyncio.CancelledError


@pytest.mark.parametrize("fault", [raises, cancels])
def test_whatever_a_performer_raises_is_an_unknown_outcome(fault: Callable[[], Awaitable[None]]) -> None:
    """The change is asked about; the run goes on and other changes land."""

    async def test() -> None:
        journal = MemoryJournal()
        begin(journal, CHANGE)
        room = Room(journal, Faulty(fault), stops=True)
        state = await room.driver.run()
        assert state.finished is None
        ended = [one for one in events(journal) if isinstance(one, Ended)]
        assert ["unknown"] == [one.outcome for one in ended]
        assert "hunter2" not in str(ended)
        assert ["confirm", "happened"] == [one.kind for one in events(journal) if isinstance(one, Prompted)]

    live(test())


@dataclass
class Breaking:
    """A journal that fails for good at a record of some type."""

    inner: MemoryJournal
    at: str
    broken: bool = False

    def append(self, drafts: Any, **more: Any) -> tuple[Record, ...] | Conflict:
        """Fail, or pass on."""
        self.broken = self.broken or any(draft.type == self.at for draft in drafts)
        if self.broken:
            raise StorageError("the disk is full")
        return self.inner.append(drafts, **more)

    def read(self, after: int = 0) -> tuple[Record, ...]:
        """Read on."""
        return self.inner.read(after)

    def head(self) -> tuple[int, str]:
        """Return the head."""
        return self.inner.head()


@pytest.mark.parametrize(
    ("at", "begun"), [("asked", []), ("prompted", []), ("answered", []), ("ended", [DO])]
)
def test_nothing_is_begun_after_a_record_that_failed(at: str, begun: list[str]) -> None:
    """A change that was under way is unknown to the next executor, never repeated."""

    async def test() -> None:
        inner = MemoryJournal()
        begin(inner, CHANGE)
        journal = Breaking(inner, at)
        room = Room(journal, Hands({"one": "done"}))
        if at == "answered":  # the terminal is told; the driver learns it at its own next record
            room.script = Script([])
            room.driver.people = ()
            run = asyncio.create_task(room.driver.run())
            asked = await room.until(Prompted)
            with pytest.raises(StorageError):
                room.driver.say(Answered(prompt=asked.prompt, choice="yes", digest=asked.digest), ANN)
            room.driver.interrupt("Ctrl-C")
            with pytest.raises(StorageError):
                await run
        else:
            with pytest.raises(StorageError):
                await room.driver.run()
        assert begun == room.hands.begun
        if begun:
            again = Room(inner, Hands(), stops=True, script=Script([]))
            await again.driver.run()
            assert [] == again.hands.begun

    live(test())


def test_an_executor_that_was_taken_over_stops_and_writes_nothing(journal: Journal) -> None:
    """Its change is held for lost by the other only after its deadline."""

    async def test() -> None:
        begin(journal, CHANGE)
        room = Room(journal, Hands())
        run = asyncio.create_task(room.driver.run())
        change = await room.hands.under_way(DO)
        other = Room(journal, Hands({"look": "pass"}))
        other.ledger.epoch += 1
        assert other.ledger.record([TakenOver(why="r")], ELI)
        length = len(journal.read())
        change.set_result("done")
        with pytest.raises(Fenced):
            await run
        assert length == len(journal.read())
        theirs = asyncio.create_task(other.driver.run())
        await asyncio.sleep(0.05)
        assert length == len(journal.read())
        other.boot += 61.0
        lost = await other.until(Ended)
        assert (DO, True) == (lost.operation, lost.lost)
        other.driver.interrupt("enough")
        await theirs
        assert [] == other.hands.begun

    live(test())
