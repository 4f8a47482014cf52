"""The driver for virtual time: one thread, a heap, a clock that jumps to whatever comes next.

It asks the same `next_moves` as the live driver and records the same events, so a run here and a run
on sockets differ only in their times. Performing never waits: the in-process world says how long an
answer takes, and its outcome is recorded that much later.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from engine.core.answers import problem_with
from engine.core.events import Answered, Ended, Event, Person, Prompted
from engine.core.moves import Perform, Record, WakeAt
from engine.core.next import next_moves
from engine.core.state import RunState
from engine.io.drivers.ledger import ENGINE, Ledger
from engine.io.people import People
from engine.io.performers.port import Performer
from engine.kinds.errors import Waiting
from engine.kinds.values import Duration, Instant

T = TypeVar("T")


@dataclass(slots=True)
class VirtualClock:
    """A clock that moves only when it is told to."""

    at: Instant

    def now(self) -> Instant:
        """Return the current virtual time."""
        return self.at

    def monotonic(self) -> float:
        """Return the same as a monotonic reading."""
        return float(self.at)


class Blocked(Exception):
    """Something waited for real inside virtual time (a bug of ours)."""


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never really waits; raises Blocked when it does."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    coroutine.close()
    raise Blocked(f"{coroutine} waited for something real")


@dataclass(slots=True)
class VirtualDriver:
    """Drives one run to its end, or until only a person could move it on."""

    ledger: Ledger
    clock: VirtualClock
    performer: Performer
    people: People
    limit: Duration = Duration(14_400.0)
    refused: dict[str, tuple[Person, str]] = field(default_factory=dict)
    """The last answer to each question that did not count: whose it was, and why."""
    _queue: list[tuple[Instant, int, Event | None, Person]] = field(default_factory=list)
    _in_flight: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)
    _wakes: set[Instant] = field(default_factory=set)
    """Moments in the queue at which it asks again: most turns name the same ones."""
    _count: int = 0

    def run(self, until: Callable[[RunState], bool] | None = None) -> RunState:
        """Return the final state, or that in which `until` holds; raises Waiting when nobody will answer."""
        stop = self.clock.at.after(self.limit)
        while self.ledger.state.finished is None and not (until and until(self.ledger.state)):
            if not self._turn():
                self._advance(stop)
        return self.ledger.state

    def _turn(self) -> bool:
        """Do what should happen now; False when there is nothing before a later moment."""
        if self.ledger.state.prompts:
            self._hear()
        records: list[Event] = []
        performs: list[Perform] = []
        wakes: list[Instant] = []
        cancels: list[str] = []
        for move in next_moves(self.ledger.state, self.clock.at, self._in_flight):
            if isinstance(move, WakeAt):
                wakes.append(move.at)
            elif isinstance(move, Record):
                records.append(move.event)
            elif isinstance(move, Perform):
                performs.append(move)
            else:
                ended = Ended(operation=move.operation, outcome="unknown", why=move.why, cannot=move.why)
                records.insert(len(cancels), ended)  # what is stopped is recorded first
                cancels.append(move.operation)
        if records:
            self._in_flight.difference_update(cancels)
            return self.ledger.record(records)
        if performs:
            self.ledger.record([move.asked for move in performs])
            for move in performs:
                self._in_flight.add(move.asked.operation)
                ended = at_once(self.performer.perform(move))
                self._later(self.clock.at.after(ended.seconds), ended)
            return True
        for at in wakes:
            if at not in self._wakes:
                self._wakes.add(at)
                self._later(at, None)
        return False

    def _hear(self) -> None:
        """Ask the people about every question that is new to them."""
        for name, prompt in self.ledger.state.prompts.items():
            if name not in self._asked and prompt.given is None:
                self._asked.add(name)
                self._reply(prompt.prompted)

    def _reply(self, prompted: Prompted) -> None:
        reply = self.people.reply(prompted)
        if reply is not None:
            self._later(self.clock.at.after(reply.after), reply.answer, reply.by)

    def _later(self, at: Instant, event: Event | None, by: Person = ENGINE) -> None:
        self._count += 1
        heapq.heappush(self._queue, (at, self._count, event, by))

    def _advance(self, stop: Instant) -> None:
        while self._queue:
            at, _, event, by = heapq.heappop(self._queue)
            if at > stop:
                break
            if event is None:
                self._wakes.discard(at)
                if at <= self.clock.at:
                    continue
            self.clock.at = max(at, self.clock.at)
            if isinstance(event, Ended):
                if event.operation not in self._in_flight:
                    continue
                self._in_flight.discard(event.operation)
            if isinstance(event, Answered):
                problem = problem_with(self.ledger.state, event, by, self.clock.at)
                if problem:
                    self.refused[event.prompt] = (by, problem)
                    return  # as a terminal would: it is told why, and nothing is recorded
            if event is not None:
                self.ledger.record([event], by)
            return
        waiting = [
            prompt.prompted.text for prompt in self.ledger.state.prompts.values() if prompt.given is None
        ]
        raise Waiting(f"the run waits for a person: {'; '.join(waiting) or 'nothing else can happen'}")
