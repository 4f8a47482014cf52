"""The last rows of a run: how it ended or why it stands, what it changed, what is owed, what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.core.state import RunState
from engine.kinds.counted import counted
from engine.kinds.errors import Exit
from engine.kinds.values import Instant
from engine.render.durations import length
from engine.render.offered import LATER, offered
from engine.render.prompt_rows import answer_rows
from engine.render.row import Row
from engine.views.changes import REFUSED
from engine.views.clocks import Clock
from engine.views.report import Report

OWED = 6
"""Lines of what is owed that are shown; the report has all."""


def end_screen(
    report: Report,
    state: RunState,
    clocks: Sequence[Clock],
    folder: str,
    written: str = "",
    identity: str = "",
) -> tuple[Row, ...]:
    """Return the rows that close a run on the screen; `written` is where its report stands.

    `identity` is who must be named in a line that is offered here.
    """
    return tuple(_rows(report, state, clocks, folder, written, identity))


def _rows(
    report: Report, state: RunState, clocks: Sequence[Clock], folder: str, written: str, identity: str
) -> Iterator[Row]:
    if state.finished is None:
        yield from _unfinished(report, state, clocks, identity)
    else:
        yield Row("", "")
        good = report.end in ("resolved", "false-alarm")
        severity = f"   {report.severity}" if report.severity else ""
        text = f"{report.run}{severity}   {_times(report)}"
        yield Row(report.end.upper(), text, tone="good" if good else "bad")
    for page in report.pages if state.finished and state.undelivered and not state.delivered else ():
        if not page.delivered:
            yield Row(name="NOT TOLD", text=f"{page.to}: {page.why}", place="under", tone="bad")
    if state.finished and state.undelivered and not state.delivered:
        where = written or f"what `runbook report {report.run}` prints"
        text = f"by phone; the record has its end, so write who was called and when into {where}"
        yield Row(name="CALL", text=text, place="under", tone="bad")
    for change in report.changes:
        if change.outcome == REFUSED:
            yield Row(name=REFUSED, text=f"{change.title}: nothing was started", place="under")
            continue
        undo = f"; {change.undo}" if change.undo else ""
        yield Row(name="changed", text=f"{change.title}: {change.outcome}{undo}", place="under")
    for owed in report.owed[:OWED] if state.finished else ():
        yield Row(name="owed", text=f"{owed.what} ({owed.role}{_by(owed.due)})", place="under")
    if state.finished and len(report.owed) > OWED:
        yield Row(name="owed", text=f"and {len(report.owed) - OWED} more, in the report", place="under")
    files, records = counted(len(report.evidence), "file"), counted(report.records, "record")
    yield Row(name="evidence", text=f"{folder}/evidence ({files}), {records}", place="under")
    yield Row(name="head", text=report.head, place="under")
    yield Row(name="report", text=written or f"runbook report {report.run}", place="under")
    yield Row(name="check it", text=f"runbook verify {report.run}", place="under")


def _unfinished(report: Report, state: RunState, clocks: Sequence[Clock], identity: str) -> Iterator[Row]:
    yield Row("", "")
    asked = [one.prompted for one in state.prompts.values() if one.given is None]
    if state.interrupted:
        yield Row("STOPPED", f"{report.run} is not over; nothing runs until somebody resumes it", tone="bad")
    else:
        yield Row(
            "WAITING",
            f"{report.run} needs a person; nothing runs until somebody answers and resumes it",
            tone="bad",
        )
    for one in clocks:
        if one.kind in ("page", "update"):
            yield Row(
                name="will not", text=f"come by itself now: {one.text}, {one.at.clock()}", place="under"
            )
    for prompt in asked:
        yield Row(name="question", text=prompt.text, place="under")
        yield from answer_rows(report.run, prompt, identity)
    on, up = f"runbook resume {report.run}", f"runbook abort {report.run} --reason {LATER}"
    yield Row(name="go on", text=offered(on, identity), place="command")
    yield Row(name="give up", text=offered(up, identity), place="command")


def _times(report: Report) -> str:
    """Return the durations a response is measured by, from the alert."""
    when = report.when
    parts = [
        ("alert to first check", when.first_check),
        ("first change", when.first_change),
        ("verified recovery", when.recovered),
        ("end", when.ended),
    ]
    return ", ".join(f"{name} {_about(when.alert, at)}" for name, at in parts if at is not None)


def _about(begin: Instant, end: Instant) -> str:
    return length(max(0.0, end - begin))


def _by(due: Instant | None) -> str:
    return f", by {due.utc():%Y-%m-%d %H:%MZ}" if due is not None else ""


def final_line(state: RunState, code: Exit, head: str, folder: str, identity: str = "") -> str:
    """Return the one line a program's log ends with; `identity` is who must be named in a line in it."""
    run = state.plan.run if state.plan else ""
    on = offered(f"runbook resume {run}", identity)
    if state.finished is not None:
        stands = state.finished.end
    elif state.interrupted:
        stands = f"interrupted; go on with `{on}`"
    else:
        open_now = [one.prompted.prompt for one in state.prompts.values() if one.given is None]
        stands = f"waiting for a person ({', '.join(open_now)}); answer, then `{on}`"
    return f"{run}: {stands}; exit {int(code)}; head {head}; report: `runbook report {run}`; files: {folder}"
