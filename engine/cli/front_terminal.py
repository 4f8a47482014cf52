"""The front of a run for a person: rows, a footer with the clocks, and keys.

Rules:
1. Nothing here may end the run: output that fails goes silent, a fault in showing a record is told as a
   row, a fault in the keys leaves the run to other terminals.
2. Ctrl-C once: nothing new starts, reads stop, a change in the air lands, the run can be resumed. Twice:
   told what it waits for. Three times: out at once; what was in the air is reconciled by `resume`.
3. The terminal is given back as it was, also then.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from engine.cli.conversation import Conversation
from engine.cli.keyboard import Keyboard
from engine.cli.screen import Screen
from engine.core.events import Event, Happened, Person, Prompted, TimerFired
from engine.core.state import RunState, evolve
from engine.io.drivers.live import LiveDriver
from engine.kinds.errors import Exit
from engine.kinds.values import Instant
from engine.render.footer import footer
from engine.render.prompt_rows import answer_rows, prompt_rows
from engine.render.row import Row
from engine.render.terminal import name_width, rows
from engine.render.told_rows import nobody_told
from engine.views import messages
from engine.views.clocks import Clock
from engine.views.history import history
from engine.views.paging import alarm, unheard
from engine.views.progress import Board, board

TICK: Final = 0.5
"""Seconds between two drawings of the footer, when nothing happens."""
SETTLE: Final = 0.05
"""Seconds in which what happens shares one drawing."""
REPLAYED: Final = 20
"""Rows of an earlier executor that are shown again."""
HEADER: Final = 3
"""Rows of the header: what, title, who."""
LARGE: Final = 3000
"""Records from which on the board is drawn less often: it reads the whole journal."""


@dataclass(slots=True)
class TerminalFront:
    """One terminal. `keys` is its file descriptor for reading, None where nobody can press any."""

    screen: Screen
    me: Person
    now: Callable[[], Instant]
    keys: int | None = None
    waits: bool = False
    replays: bool = False
    """The first records are old ones: only the last rows of them are shown."""
    notes: Sequence[Row] = ()
    """What is to be known beforehand, told below the header."""
    said: str = ""
    """Who was named with `--as`: lines that are offered here name them too."""
    _happened: list[Happened] = field(default_factory=list)
    _state: RunState = field(default_factory=RunState)
    _held: list[Row] = field(default_factory=list)
    _driver: LiveDriver | None = None
    _talk: Conversation | None = None
    _board: Board | None = None
    _board_at: tuple[int, float] = (0, 0.0)
    _keyboard: Keyboard | None = None
    _interrupts: int = 0
    _updates: int = 0
    """Status updates that fell due since the text was copied."""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    # --- engine.app.running.Front ------------------------------------------------------------------------

    def watch(self, happened: Happened, state: RunState) -> None:
        """Show one event."""
        before = self._state
        self._state = evolve(before, happened)
        self._happened.append(happened)
        try:
            told = rows(before, happened, self._state)
        except Exception as fault:  # rule 1
            told = (Row("", f"record {happened.seq} could not be shown: {fault}"),)
        if before.plan is None:
            self.screen.names = name_width(self._state.plan)
            told = (*told[:HEADER], *self.notes, *told[HEADER:])
        if isinstance(happened.event, TimerFired) and happened.event.timer == "update":
            told = self._update_due(told)
        asks = isinstance(happened.event, Prompted)
        deaf = alarm(self._state) and not alarm(before)
        if deaf:
            told = (*told, *nobody_told(unheard(history(self._happened))))
        if self.replays:
            self._held += told
            return
        self.screen.add(told, ring=asks or deaf)
        self._news.set()
        if asks and self._talk is not None and isinstance(happened.event, Prompted):
            self._talk.shown(happened.event.prompt)
            self._tell_keys()

    def _update_due(self, told: Sequence[Row]) -> tuple[Row, ...]:
        """Tell one due update until its text was copied; the footer counts those after it.

        Where the run sends them itself, what became of each is told then.
        """
        if self._state.plan is not None and self._state.plan.guards.updates:
            return ()
        self._updates += 1
        if self._updates > 1:
            return ()
        if self.keys is None:
            return tuple(told)
        key = self._talk.key("c") if self._talk is not None else "c"
        return tuple(replace(row, text=f"{row.text}: [{key}] copies the text") for row in told)

    async def converse(self, driver: LiveDriver) -> None:
        """Draw the clocks and take keys until cancelled."""
        self._driver = driver
        self._talk = Conversation(self, self.me, self.said)
        self._show_held()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        loop.add_signal_handler(signal.SIGWINCH, self.screen.resized)
        for prompt in self._talk.open_prompts():
            self._talk.shown(prompt.prompt)
        self._tell_keys()
        try:
            if self.keys is None:
                await self._draw_for_ever()
            with Keyboard(self.keys or 0) as keyboard:
                self._keyboard = keyboard
                loop.add_signal_handler(signal.SIGCONT, self._continued, keyboard)
                loop.add_reader(keyboard.fd, self._typed, keyboard)
                try:
                    await self._draw_for_ever()
                finally:
                    loop.remove_reader(keyboard.fd)
                    loop.remove_signal_handler(signal.SIGCONT)
        finally:
            loop.remove_signal_handler(signal.SIGWINCH)
            self.screen.close()

    def attended(self) -> bool:
        """Say whether somebody can answer here, or elsewhere."""
        return self.waits or (self.keys is not None and not self.screen.gone)

    # --- engine.cli.conversation.Desk -----------------------------------------------------------------------

    def state(self) -> RunState:
        """Return the newest state."""
        return self._state

    def say(self, event: Event, by: Person) -> str:
        """Record what a person says."""
        return self._driver.say(event, by) if self._driver else "the run has not begun"

    def show(self, shown: Sequence[Row]) -> None:
        """Append rows."""
        self.screen.add(shown)

    def clocks(self) -> Sequence[Clock]:
        """Return what will happen by itself."""
        known = self._seen()
        return known.clocks if known else ()

    def status_text(self) -> str:
        """Return the status update to copy: the first one opens the incident."""
        self._updates = 0
        known = board(self._happened, self.now())
        return messages.update(known) if self._state.updates else messages.opening(known)

    def quit(self) -> None:
        """Leave the run so that it can be resumed."""
        self._leave("the person at the terminal left")

    # --- drawing --------------------------------------------------------------------------------------------

    async def _draw_for_ever(self) -> None:
        while True:
            self._draw()
            await asyncio.sleep(SETTLE)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await self._news.wait()
            self._news.clear()

    def _draw(self) -> None:
        known, width = self._seen(), self.screen.width()
        if known is None or self._talk is None:
            return
        lines = footer(known, width)
        if self.keys is not None and not self._interrupts:
            if self._updates > 1:
                lines = (
                    *lines,
                    f" {self._updates} status updates are due: [{self._talk.key('c')}] copies the text",
                )
            lines = (*lines, *self._talk.footer(width))
        self.screen.footer(lines)

    def _tell_keys(self) -> None:
        """Say how to answer where there is no footer to say it."""
        active = self._talk.active() if self._talk is not None else None
        if active is None or self._talk is None or self._state.plan is None or self.screen.ansi:
            return
        if self.keys is not None:
            lines = self._talk.footer(self.screen.width())
            self.screen.add([Row(text=line.strip()) for line in lines])
            return
        self.screen.add([*answer_rows(self._state.plan.run, active, self.said)])

    def _seen(self) -> Board | None:
        """Return the board of this moment, or a little earlier for a large run."""
        now, size = self.now(), len(self._happened)
        stale = 10.0 if size > LARGE else 0.2
        if size and (
            self._board is None
            or now - self._board_at[1] > stale
            or (self._board_at[0] != size and size <= LARGE)
        ):
            self._board, self._board_at = board(self._happened, now), (size, float(now))
        return self._board

    def _show_held(self) -> None:
        held, self._held, self.replays = self._held, [], False
        asked = [one.prompted for one in self._state.prompts.values() if one.given is None] if held else []
        open_now = [list(prompt_rows(prompted, self._state)) for prompted in asked]
        first, rest = held[:HEADER], _without(held[HEADER:], [rows[0] for rows in open_now if rows])
        left_out = len(rest) - REPLAYED
        if left_out > 0:
            run = self._state.plan.run if self._state.plan else ""
            rest = [Row("", f"({left_out} rows before this: runbook show {run})"), *rest[-REPLAYED:]]
        again = [row for rows in open_now for row in rows]
        self.screen.add([*first, *rest, *again], ring=bool(again))

    # --- keys and signals ---------------------------------------------------------------------------------

    def _typed(self, keyboard: Keyboard) -> None:
        typed = keyboard.read()
        if typed is None:
            asyncio.get_running_loop().remove_reader(keyboard.fd)
            self.keys = None
            return
        if not typed or self._talk is None:
            return
        try:
            self._talk.press(typed)
        except Exception as fault:  # rule 1
            self.screen.add(
                (Row("", f"a bug of ours: that key did nothing: {type(fault).__name__}: {fault}"),)
            )
        self._draw()

    def _continued(self, keyboard: Keyboard) -> None:
        keyboard.grab()
        self.screen.resized()

    def _interrupted(self) -> None:
        self._interrupts += 1
        if self._interrupts == 1:
            self.screen.add((Row("STOPPING", "nothing new starts; a change in the air lands first"),))
            self._leave("Ctrl-C")
            return
        if self._interrupts == 2:
            waits = [
                one.asked
                for one in self._state.operations.values()
                if one.ended is None and one.asked.effect != "read"
            ]
            until = max((one.due for one in waits), default=self.now())
            names = ", ".join(one.title for one in waits) or "what is in the air"
            self.screen.add(
                (Row("", f"waiting for: {names} (until {until.clock()}); Ctrl-C once more leaves at once"),)
            )
            return
        self.screen.close()
        if self._keyboard is not None:
            self._keyboard.restore()
        os._exit(Exit.INTERRUPTED)

    def _leave(self, why: str) -> None:
        self._interrupts = max(self._interrupts, 1)
        if self._driver is not None:
            self._driver.interrupt(why)


def _without(held: Sequence[Row], asked: Sequence[Row]) -> list[Row]:
    """Return rows without those of the questions that are still open: they are told once, at the end."""
    left: list[Row] = []
    inside = False
    heads = {(row.tag, row.text) for row in asked}
    for row in held:
        inside = (row.tag, row.text) in heads or (inside and row.place in ("under", "command"))
        if not inside:
            left.append(row)
    return left
