"""Telling a dry run: the way through a runbook if all is well."""

from __future__ import annotations

from collections.abc import Mapping

from engine.app.rehearsing import rehearse
from engine.app.running import Options
from engine.cli.front_json import event_line
from engine.cli.here import progress, put
from engine.cli.session import Session, width
from engine.core.state import RunState, evolve
from engine.kinds.errors import Exit
from engine.render.row import Layout
from engine.render.terminal import name_width, rows


def dry_run(session: Session, runbook: str, options: Options, assume: Mapping[str, str]) -> int:
    """Show what a run would do; return 0 when it comes to an end, 4 where it would wait."""
    rehearsed = rehearse(session.here.workspace, runbook, options, assume)
    session.here.opened()
    state = RunState()
    layout = Layout(width(), name_width(rehearsed.plan), session.rows and session.here.colour)
    for happened in rehearsed.happened:
        before, state = state, evolve(state, happened)
        if not session.rows:
            put(event_line(happened))
            continue
        for line in layout.lines(rows(before, happened, state)):
            put(line)
    if rehearsed.missed:
        progress(f" assumed, and not met on this way: {', '.join(rehearsed.missed)}")
    stuck = f"; it would wait: {rehearsed.stuck}" if rehearsed.stuck else ""
    progress(f" nothing was asked, nothing was changed{stuck}")
    return int(Exit.WAITING if rehearsed.stuck else Exit.RESOLVED)
