"""Drills as a person sees them: the alert, the run, then what it was and how it went."""

from __future__ import annotations

import asyncio
import sys

from engine.app import coverage
from engine.app.drill_records import keep
from engine.app.drilling import Drilled, live_drill, require_playable, virtual_drill_of
from engine.app.library import Library
from engine.app.reporting import drill_report
from engine.cli.front_json import JsonFront
from engine.cli.here import progress, put, put_json
from engine.cli.session import Session, width
from engine.kinds.counted import counted
from engine.kinds.errors import Exit
from engine.render.offered import offered
from engine.render.row import Layout, Row
from engine.render.score_rows import score_rows
from engine.views.score import Score


def all_virtual(session: Session, runbook: str, *, record: bool = False) -> int:
    """Run every scenario in virtual time, a line each; return 1 when one fails."""
    workspace = session.here.workspace
    library, failed, count = Library(workspace), 0, 0
    drills: list[Drilled] = []
    for name in sorted(workspace.scenario_files()):
        scenario = library.scenario(name)
        if (runbook and scenario.runbook != runbook) or scenario.responder:
            continue
        drilled = virtual_drill_of(library, scenario)
        drills.append(drilled)
        told = drill_report(workspace, drilled, "", library.runbook(scenario.runbook).drill_every)
        failed, count = failed + (not told.score.passed), count + 1
        _line(session, told.score, drilled.stuck)
    progress(f"{counted(count, 'drill')}, {failed} failed")
    for name, one in coverage.measured(drills).items():
        progress(f"  {name}: {one.covered} of {counted(one.total, 'branch')} taken")
    if record:
        found = coverage.with_tests(library, drills)
        progress(f"recorded: {workspace.shown(coverage.write(workspace, found))}")
    return int(Exit.ENDED if failed else Exit.RESOLVED)


def one_virtual(session: Session, name: str) -> int:
    """Run one scenario in virtual time and print its report."""
    workspace = session.here.workspace
    library = Library(workspace)
    drilled = virtual_drill_of(library, library.scenario(name))
    every = library.runbook(drilled.scenario.runbook).drill_every
    told = drill_report(workspace, drilled, "", every)
    if session.output != "json":
        put(told.text.rstrip("\n"))
    _line(session, told.score, drilled.stuck)
    return int(Exit.RESOLVED if told.score.passed else Exit.ENDED)


def one_live(session: Session, name: str, seed: int, *, scripted: bool, record: bool, identity: str) -> int:
    """Run one scenario on sockets; the scenario is named only at the end."""
    here = session.here
    library = Library(here.workspace)
    scenario = library.scenario(name)
    require_playable(scenario)  # said before anything is broken
    here.open_with(f"DRILL  {scenario.runbook}  breaking the sandbox …") if session.rows else None
    me = here.person(identity)
    alert = Row(
        "ALERT",
        f"{scenario.alert.name}: runbook {scenario.runbook} (a drill, seed {seed}; nothing here is real)",
    )
    as_json = session.output == "json"
    front = JsonFront(sys.stdout) if as_json else session.front(me, (alert,), aside=not session.rows)
    here.opened()
    drilled, folder = asyncio.run(
        live_drill(here.workspace, name, front, scripted=scripted, seed=seed, identity=identity)
    )
    here.run = folder.run
    if drilled.state.finished is None:
        progress(f"{folder.run} was left before its end: there is no score, and its sandbox is down")
        over = offered(f"runbook abort {folder.run} --reason left", identity)
        again = f"`{over}`; then drill again, with --seed {seed}"
        progress(f"  do not resume it, nothing it asks is there any more: {again}")
        return int(Exit.INTERRUPTED if drilled.state.interrupted else Exit.WAITING)
    every = library.runbook(scenario.runbook).drill_every
    told = drill_report(here.workspace, drilled, folder.head()[1], every)
    path = folder.path / "drill.md"
    path.write_text(told.text, encoding="utf-8")
    if not as_json:
        rows = [
            Row("", ""),
            Row("IT WAS", f"{scenario.scenario}: {scenario.title}", tone="call"),
            *score_rows(told.score),
        ]
        for line in Layout(width(), colour=here.colour).lines(
            [*rows, Row(name="report", text=str(path), place="under")]
        ):
            put(line)
    _line(session, told.score, drilled.stuck)
    if record:
        path = keep(here.workspace, drilled, told, "script" if scripted else "person")
        progress(f"recorded: {here.workspace.shown(path)}")
    return int(Exit.RESOLVED if told.score.passed else Exit.ENDED)


def _line(session: Session, score: Score, stuck: str) -> None:
    missed = [one.what for one in score.expectations if not one.held]
    if session.output != "json":
        held_up = f"  stuck: {stuck}" if stuck else ""
        why = f"  missed: {', '.join(missed)}" if missed else ""
        put(f"{'ok  ' if score.passed else 'FAIL'}  {score.scenario.scenario}{why}{held_up}")
        return
    put_json(
        {
            "scenario": score.scenario.scenario,
            "runbook": score.scenario.runbook,
            "passed": score.passed,
            "end": score.report.end,
            "missed": list(missed),
            "stuck": stuck,
            "path": list(score.path),
        }
    )
