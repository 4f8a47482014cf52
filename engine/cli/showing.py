"""Telling a run from its journal, once or as it grows."""

from __future__ import annotations

import time

from engine.app.parts import system_now
from engine.app.runs import RunFolder
from engine.cli.front_json import event_line
from engine.cli.here import Here, put
from engine.cli.session import width
from engine.core.state import RunState, evolve
from engine.io.drivers.ledger import happened_from
from engine.io.journal.files import FileJournal
from engine.kinds.errors import Exit
from engine.render.end_screen import end_screen
from engine.render.row import Layout, Row
from engine.render.terminal import name_width, rows
from engine.views.progress import board
from engine.views.report import report

POLL = 0.2
"""Seconds between two looks at a journal that is being followed."""
PIPED = 100
"""Width of lines where there is no terminal."""


def show(here: Here, folder: RunFolder, *, follow: bool, as_json: bool) -> int:
    """Write the rows or the events of a run; return 0, or 130 when the looking was stopped."""
    state, happened = RunState(), []
    layout = Layout(PIPED)
    with FileJournal(folder.path) as journal:
        while True:
            for record in journal.read(state.seq):
                one = happened_from(record)
                before, state = state, evolve(state, one)
                happened.append(one)
                if as_json:
                    put(event_line(one))
                    continue
                layout = Layout(
                    width() if here.at_terminal else PIPED, name_width(state.plan), here.colour, clock=True
                )
                for line in layout.lines(rows(before, one, state)):
                    put(line)
            if not follow or state.finished is not None:
                break
            try:
                time.sleep(POLL)
            except KeyboardInterrupt:
                put("")
                return int(Exit.INTERRUPTED)
        _, head = journal.head()
    if as_json or not happened:
        return 0
    if state.finished is None and folder.driven():
        stand = [Row("UNDER WAY", f"{folder.run} is being run; `runbook show {folder.run} --follow` goes on")]
        stand += [
            Row(name="question", text=one.text, place="under") for one in board(happened, system_now()).calls
        ]
    else:
        clocks = board(happened, system_now()).clocks
        named = here.named(state)
        stand = list(end_screen(report(happened, head), state, clocks, str(folder.path), identity=named))
    for line in Layout(layout.width, colour=here.colour).lines(stand):
        put(line)
    return 0
