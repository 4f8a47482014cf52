"""One run driven from this process: the right front, the end on the screen, the exit code."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.cli.here import Here, progress

if TYPE_CHECKING:
    from engine.app.runs import RunFolder
    from engine.cli.front_terminal import TerminalFront
    from engine.core.events import Person
    from engine.core.state import RunState
    from engine.io.journal.lease import Lease
    from engine.io.people import People
    from engine.render.row import Row


@dataclass(frozen=True)
class Session:
    """How this process shows a run and takes answers."""

    here: Here
    output: str | None
    waits: bool = False

    @property
    def rows(self) -> bool:
        """Say whether rows are shown, not events as JSON."""
        return self.output == "text" or (self.output is None and self.here.at_terminal)

    def header(self, text: str) -> None:
        """Show the first line at once, before anything heavy is imported."""
        if self.rows:
            self.here.open_with(text)

    def drive(
        self,
        folder: RunFolder,
        lease: Lease,
        me: Person,
        people: tuple[People, ...] = (),
        *,
        notes: Sequence[Row] = (),
        resumed: int = 0,
    ) -> int:
        """Drive a run to its end, or until it waits; return the exit code."""
        import asyncio

        from engine.app.running import drive, exit_code
        from engine.cli.front_json import JsonFront
        from engine.render.end_screen import final_line

        self.here.run = folder.run
        self.here.opened()
        try:
            if self.rows:
                front = self.front(me, notes, replays=bool(resumed))
                state = asyncio.run(drive(self.here.workspace, folder, front, people))
                show_end(front, folder, self.written_report(folder, state), self.here.said)
            else:
                self.tell(notes)
                quiet = JsonFront(sys.stdout, resumed, self.waits)
                state = asyncio.run(drive(self.here.workspace, folder, quiet, people))
                self.written_report(folder, state)
        finally:
            lease.release()
        code = exit_code(state)
        if not self.rows:
            _, head = folder.head()
            progress(final_line(state, code, head, str(folder.path), self.here.said))
        return int(code)

    def written_report(self, folder: RunFolder, state: RunState) -> str:
        """Write the report of a run that is over and return where; its failure is told, and ends nothing."""
        if state.finished is None:
            return ""
        from engine.app.reporting import write_report
        from engine.kinds.errors import EngineError

        try:
            return str(write_report(self.here.workspace, folder))
        except (EngineError, OSError) as fault:
            progress(f"the report could not be written: {fault}; `runbook report {folder.run}` tries again")
            return ""

    def tell(self, notes: Sequence[Row]) -> None:
        """Say what is to be known beforehand where no front shows it."""
        from engine.render.row import Layout

        for line in Layout(width()).lines(notes):
            progress(line)

    def front(
        self, me: Person, notes: Sequence[Row] = (), *, replays: bool = False, aside: bool = False
    ) -> TerminalFront:
        """Return the front for a person at this terminal; `aside` tells on standard error."""
        from engine.app.parts import system_now
        from engine.cli.front_terminal import TerminalFront
        from engine.cli.screen import Screen

        ansi = self.here.at_terminal and self.here.environ.get("TERM", "dumb") != "dumb"
        screen = Screen(sys.stderr if aside else sys.stdout, width, ansi=ansi, colour=self.here.colour)
        keys = sys.stdin.fileno() if self.here.keys and self.here.at_terminal else None
        return TerminalFront(
            screen, me, system_now, keys, self.waits, replays, tuple(notes), said=self.here.said
        )


def show_end(front: TerminalFront, folder: RunFolder, written: str, said: str) -> None:
    """Show how the run ended or why it stands; `said` is who was named with `--as`."""
    from engine.app.parts import system_now
    from engine.render.end_screen import end_screen
    from engine.views.progress import board
    from engine.views.report import report

    happened = folder.read()
    _, head = folder.head()
    clocks = board(happened, system_now()).clocks
    front.screen.add(
        end_screen(report(happened, head), front.state(), clocks, str(folder.path), written, said)
    )


def width() -> int:
    """Return the width of the terminal; 80 where there is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return shutil.get_terminal_size((80, 24)).columns
