"""The driver for real time: asyncio tasks, real clocks, other processes appending answers.

Rules:
1. Intent is durable before its task starts; the outcome is appended when it ends; records that fall in
   one turn of the loop share one append.
2. Interrupt (Ctrl-C, SIGTERM): start nothing new, stop reads, let changes land within the grace, record
   `interrupted`. Never an undo by itself.
3. A storage error stops everything at once: nothing further is started.
4. Being fenced (another executor took over) stops everything and writes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from engine.core.consent import problem_with
from engine.core.events import Answered, Ended, Event, Interrupted, Person
from engine.core.moves import Cancel, Move, Perform, Record, WakeAt
from engine.core.next import next_moves
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.people import People
from engine.io.performers.port import Performer

POLL = 0.2
"""Seconds between looks at the journal for what other terminals appended."""
GRACE = 1.0
"""Seconds a performer may overrun its own deadline before the driver ends it."""


@dataclass(slots=True)
class LiveDriver:
    """Drives one run until it ends, waits for nobody, or is interrupted."""

    ledger: Ledger
    performer: Performer
    people: tuple[People, ...] = ()
    stop_when_waiting: Callable[[], bool] = lambda: False
    """With nobody to ask (detached, piped), whether to stop at a prompt."""
    _tasks: dict[str, asyncio.Task[Ended]] = field(default_factory=dict)
    _replies: set[asyncio.Task[None]] = field(default_factory=set)
    _heard: set[str] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _interrupted: str = ""

    async def run(self) -> RunState:
        """Return the state at the end; check `finished`, `interrupted` and open prompts."""
        try:
            while self.ledger.state.finished is None and not self._interrupted:
                if not await self._turn():
                    break
            if self._interrupted and self.ledger.state.finished is None:
                await self._stop()
        finally:
            for task in (*self._tasks.values(), *self._replies):
                task.cancel()
            await asyncio.gather(*self._tasks.values(), *self._replies, return_exceptions=True)
        return self.ledger.state

    def interrupt(self, why: str) -> None:
        """Ask the loop to stop; safe to call from a signal handler of the loop."""
        self._interrupted = why
        self._woken.set()

    def say(self, event: Event, by: Person) -> str:
        """Append what a person at this terminal said; return why it does not count, or ""."""
        while True:
            if isinstance(event, Answered):
                problem = problem_with(self.ledger.state, event, by, self.ledger.now())
                if problem:
                    return problem
            if self.ledger.record([event], by):
                self._woken.set()
                return ""

    async def _turn(self) -> bool:
        """Do what should happen now, then wait for the next thing; False to leave the run waiting."""
        self.ledger.catch_up()
        self._collect()
        self._hear()
        moves = next_moves(self.ledger.state, self.ledger.now(), self._tasks.keys())
        if self._act(moves):
            return True
        if self.ledger.state.finished is not None:
            return True
        if not self._tasks and not self._replies and self._only_people(moves) and self.stop_when_waiting():
            return False
        await self._wait(moves)
        return True

    def _act(self, moves: tuple[Move, ...]) -> bool:
        records = [move.event for move in moves if isinstance(move, Record)]
        for move in moves:
            if isinstance(move, Cancel) and move.operation in self._tasks:
                self._tasks.pop(move.operation).cancel()
                records.append(
                    Ended(operation=move.operation, outcome="unknown", why=move.why, cannot=move.why)
                )
        if records:
            self.ledger.record(records)
            return True
        performs = [move for move in moves if isinstance(move, Perform)]
        if performs and self.ledger.record([move.asked for move in performs]):
            for move in performs:
                self._tasks[move.asked.operation] = asyncio.create_task(self._perform(move))
        return bool(performs)

    async def _perform(self, move: Perform) -> Ended:
        seconds = max(move.asked.due - self.ledger.now(), 0.0) + GRACE
        try:
            async with asyncio.timeout(seconds):
                return await self.performer.perform(move)
        except TimeoutError:
            outcome = {"action": "unknown", "message": "undelivered"}.get(move.asked.what, "unknown")
            why = f"stopped {GRACE:.0f}s after its deadline"
            return Ended(
                operation=move.asked.operation, outcome=outcome, why=why, no_answer="timeout", seconds=seconds
            )

    def _collect(self) -> None:
        done = {name: task for name, task in self._tasks.items() if task.done()}
        if done:
            ended = [task.result() for task in done.values()]
            while not self.ledger.record(ended):
                pass  # somebody else appended first; what ended, ended
            for name in done:
                del self._tasks[name]

    def _hear(self) -> None:
        for name, prompt in self.ledger.state.prompts.items():
            if name in self._heard or prompt.given is not None:
                continue
            self._heard.add(name)
            for person in self.people:
                reply = person.reply(prompt.prompted)
                if reply is not None:
                    task = asyncio.create_task(self._answer(reply.answer, reply.by, reply.after))
                    self._replies.add(task)
                    task.add_done_callback(self._replies.discard)
                    break

    async def _answer(self, answer: Answered, by: Person, after: float) -> None:
        await asyncio.sleep(after)
        self.say(answer, by)

    def _only_people(self, moves: tuple[Move, ...]) -> bool:
        return any(prompt.given is None for prompt in self.ledger.state.prompts.values()) and not any(
            isinstance(move, Perform) for move in moves
        )

    async def _wait(self, moves: tuple[Move, ...]) -> None:
        wakes = [move.at for move in moves if isinstance(move, WakeAt)]
        delay = min([POLL, *(max(at - self.ledger.now(), 0.0) + 0.001 for at in wakes)])
        self._woken.clear()
        woken = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait(
                {woken, *self._tasks.values()}, timeout=delay, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()

    async def _stop(self) -> None:
        """Rule 2: reads are stopped, changes land."""
        state = self.ledger.state
        for name in list(self._tasks):
            operation = state.operations.get(name)
            if operation is None or operation.asked.effect == "read":
                self._tasks.pop(name).cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        self._collect()
        while not self.ledger.record([Interrupted(why=self._interrupted)]):
            pass
