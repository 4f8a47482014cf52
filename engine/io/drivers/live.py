"""The driver for real time: asyncio tasks, real clocks, other processes appending answers.

Rules:
1. Intent is durable before its task starts; the outcome is appended when it ends; records that fall in
   one turn of the loop share one append.
2. Interrupt (Ctrl-C, SIGTERM): start nothing new, stop reads, let changes land within the grace, record
   `interrupted`. Never an undo by itself.
3. A storage error stops everything at once: nothing further is started.
4. Being fenced (another executor took over) stops everything and writes nothing.
5. Whatever a performer raises is how its operation ended, never the end of the run.
6. Cancelling `run` is an interrupt: changes land and are recorded before it ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.core.answers import problem_with
from engine.core.events import Answered, Ended, Event, Interrupted, Person
from engine.core.moves import Cancel, Move, Perform, Record, WakeAt
from engine.core.next import next_moves
from engine.core.run_state import RunState, lands
from engine.io.drivers.ledger import Ledger
from engine.io.people import People
from engine.io.performers.port import Performer
from engine.kinds.errors import Fenced

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
    news: Callable[[RunState], Sequence[Event]] = lambda state: ()
    """What has changed around the run since it was last asked: a freeze, another policy."""
    _tasks: dict[str, asyncio.Task[Ended]] = field(default_factory=dict)
    _replies: set[asyncio.Task[None]] = field(default_factory=set)
    _heard: set[str] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _interrupted: str = ""
    _stopped: list[asyncio.Task[Ended]] = field(default_factory=list)
    """Reads that were told to stop."""

    async def run(self) -> RunState:
        """Return the state at the end; check `finished`, `interrupted` and open prompts."""
        try:
            while self.ledger.state.finished is None and not self._interrupted:
                if not await self._turn():
                    break
            if self._interrupted and self.ledger.state.finished is None:
                await self._stop()
        except asyncio.CancelledError:
            self._interrupted = self._interrupted or "cancelled"
            await self._stop()
            raise
        finally:
            left = (*self._tasks.values(), *self._replies, *self._stopped)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        return self.ledger.state

    def interrupt(self, why: str) -> None:
        """Ask the loop to stop; safe to call from a signal handler of the loop."""
        self._interrupted = why or "interrupted"
        self._woken.set()

    def say(self, event: Event, by: Person) -> str:
        """Append what a person at this terminal said; return why it does not count, or ""."""
        while True:
            if self.ledger.state.finished is not None:
                return f"the run has ended: {self.ledger.state.finished.end}"
            if isinstance(event, Answered):
                problem = problem_with(self.ledger.state, event, by, self.ledger.moment())
                if problem:
                    return problem
            if self.ledger.record([event], by):
                self._woken.set()
                return ""

    async def _turn(self) -> bool:
        """Do what should happen now, then wait for the next thing; False to leave the run waiting."""
        self._woken.clear()  # what wakes us from here on is not seen by this turn
        self.ledger.catch_up()
        if self.ledger.state.epoch > self.ledger.epoch:
            message = f"another executor took this run over (epoch {self.ledger.state.epoch})"
            raise Fenced(message, hint="`runbook show` tells who; leave the run to them")
        self._collect()
        news = self.news(self.ledger.state)
        if news:
            self.ledger.record(news)
            return True
        self._hear()
        moves = next_moves(self.ledger.state, self.ledger.moment(), self._tasks.keys())
        if self._act(moves):
            return True
        if self.ledger.state.finished is not None:
            return True
        if not self._tasks and not self._replies and self._only_people(moves) and self.stop_when_waiting():
            return False
        await self._wait(moves)
        return True

    def _act(self, moves: tuple[Move, ...]) -> bool:
        records: list[Event] = []
        for move in moves:
            if isinstance(move, Cancel) and move.operation in self._tasks:
                self._cancel(move.operation)
                records.append(
                    Ended(operation=move.operation, outcome="unknown", why=move.why, cannot=move.why)
                )
        records += [move.event for move in moves if isinstance(move, Record)]
        if records:
            self.ledger.record(records)
            return True
        performs = [move for move in moves if isinstance(move, Perform)]
        if performs and self.ledger.record([move.asked for move in performs]):
            for move in performs:
                self._tasks[move.asked.operation] = asyncio.create_task(self._perform(move))
        return bool(performs)

    def _cancel(self, operation: str) -> None:
        task = self._tasks.pop(operation)
        task.cancel()
        self._stopped = [one for one in self._stopped if not one.done()] + [task]

    async def _perform(self, move: Perform) -> Ended:
        seconds = move.use.timeout + GRACE  # by the loop's clock: no step of the wall clock prolongs it
        try:
            async with asyncio.timeout(seconds):
                return await self.performer.perform(move)
        except TimeoutError:
            why, no_answer = f"stopped {GRACE:.0f}s after its deadline", "timeout"
        except Exception as fault:  # rule 5; its text may hold anything, so it is not recorded
            why, no_answer = f"a fault of the engine itself: {type(fault).__name__}", ""
        outcome = "undelivered" if move.asked.what == "message" else "unknown"
        return Ended(
            operation=move.asked.operation,
            outcome=outcome,
            why=why,
            seconds=seconds if no_answer else 0.0,
            no_answer=no_answer,
            cannot="" if no_answer else why,
        )

    def _collect(self) -> None:
        done = {name: task for name, task in self._tasks.items() if task.done()}
        if done:
            ended = [_result(name, task) for name, task in done.items()]
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
            isinstance(move, Perform) or (isinstance(move, WakeAt) and move.own) for move in moves
        )

    async def _wait(self, moves: tuple[Move, ...]) -> None:
        wakes = [move.at for move in moves if isinstance(move, WakeAt)]
        delay = min([POLL, *(max(at - self.ledger.moment(), 0.0) + 0.001 for at in wakes)])
        woken = asyncio.create_task(self._woken.wait())
        try:
            await asyncio.wait(
                {woken, *self._tasks.values()}, timeout=delay, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            woken.cancel()

    async def _stop(self) -> None:
        """Rule 2: reads are stopped, changes and messages to people land."""
        self._collect()
        state = self.ledger.state
        for name in list(self._tasks):
            operation = state.operations.get(name)
            if operation is None or not lands(operation.asked):
                self._cancel(name)
        if self._tasks:
            await asyncio.wait(self._tasks.values())
        self._collect()
        interrupted = Interrupted(why=self._interrupted)
        while self.ledger.state.finished is None and not self.ledger.record([interrupted]):
            pass  # somebody else appended first


def _result(operation: str, task: asyncio.Task[Ended]) -> Ended:
    """Return how a task ended; one that somebody stopped left its outcome unknown."""
    if not task.cancelled():
        return task.result()
    why = "stopped from outside"
    return Ended(operation=operation, outcome="unknown", why=why, cannot=why)
