"""A run with a live driver over a performer that ends when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from engine.core.events import (
    Ended,
    Started,
)
from engine.core.moves import Perform
from engine.core.records import Journal
from engine.io.drivers.ledger import Ledger, happened_from
from engine.io.drivers.live import LiveDriver
from engine.io.people import Line, Script
from engine.kinds.values import Instant
from tests.core.play import ANN, START, plan_of
from tests.patience import PATIENCE


@dataclass
class Hands:
    """A performer whose operations end when the test says so, or at once as `told` says."""

    told: dict[str, str] = field(default_factory=dict)
    open: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def perform(self, move: Perform) -> Ended:
        """End as told, or wait to be told."""
        name = move.asked.operation
        self.begun.append(name)
        self.open[name] = asyncio.get_running_loop().create_future()
        self.news.set()
        try:
            outcome = self.told.get(move.asked.step) or await self.open[name]
        except asyncio.CancelledError:
            self.stopped.append(name)
            raise
        return Ended(operation=name, outcome=outcome)

    async def under_way(self, name: str) -> asyncio.Future[str]:
        """Wait until an operation is under way."""
        while name not in self.open:
            self.news.clear()
            await self.news.wait()
        return self.open[name]


@dataclass
class Room:
    """One run with its driver, over a journal of the test's choice."""

    journal: Journal
    hands: Any
    script: Script = field(default_factory=lambda: Script([Line("yes", person=ANN, after=0.0)]))
    shift: float = 0.0
    boot: float = 0.0
    stops: bool = False

    def __post_init__(self) -> None:
        self.seen = asyncio.Event()
        self.ledger = Ledger(self.journal, self.wall, lambda: self.boot)
        self.ledger.catch_up()
        self.ledger.epoch = max(self.ledger.state.epoch, 1)
        self.ledger.watchers.append(lambda one, state: self.seen.set())
        self.driver = LiveDriver(self.ledger, self.hands, (self.script,), lambda: self.stops)

    def wall(self) -> Instant:
        """Return the wall clock, which the test sets."""
        return START.after(self.boot + self.shift)

    async def until(self, kind: type) -> Any:
        """Wait until an event of a kind is recorded."""
        while True:
            for one in events(self.journal):
                if isinstance(one, kind):
                    return one
            self.seen.clear()
            await self.seen.wait()


def events(journal: Journal) -> list[Any]:
    """Return the events in a journal."""
    return [happened_from(record).event for record in journal.read()]


def begin(journal: Journal, text: str) -> None:
    """Record the start of a run."""
    plan = plan_of(text)
    ledger = Ledger(journal, lambda: START, lambda: 0.0)
    ledger.record([Started(plan=plan, digest=plan.digest(), engine="test", operator=ANN)], ANN)


def live(test: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop of its own."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await test

    asyncio.run(bounded())


CHANGE = """
one: {action: {http: "http://x/", operation: restart-machine, undo: {http: "http://x/-"}}, then: look}
look: {check: {http: "http://x/"}, then: {any: mitigated}}
"""
DO = "one#1.do.0@1"
