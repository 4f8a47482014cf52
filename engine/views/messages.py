"""Texts to copy into a channel: opening, update, resolved.

Plain text with one field a line, in the order of the team's templates. What the engine does not know
is written as `<…>` for the person who sends it, never guessed.
"""

from __future__ import annotations

from engine.kinds.counted import counted
from engine.kinds.values import Duration, Instant
from engine.views.progress import Board
from engine.views.report import Report


def opening(board: Board, impact: str = "") -> str:
    """Return the first message of an incident; `impact` stands in where the plan has none."""
    return _lines(
        _head(board),
        f"Started: {_time(board.since)}",
        f"Users notice: {board.impact or impact or '<what users notice>'}",
        f"Runbook: {board.runbook}",
        f"Doing now: {_doing(board)}",
        f"Next update: {_next_update(board)}",
        f"Owner: {_owner(board)}",
    )


def update(board: Board, impact: str = "") -> str:
    """Return a status update: what changed, what is next, and no promise of an end."""
    failing = ", ".join(
        f"{one.name} ({one.observed})" if one.observed else one.name
        for one in board.sights
        if one.mark == "FAIL"
    )
    unseen = ", ".join(one.name for one in board.sights if one.mark == "?")
    soak = next(
        (
            f"{one.passes} of {counted(one.of, 'pass')}, {_about(one.left)} left at least"
            for one in board.soaks
        ),
        "",
    )
    return _lines(
        f"{_head(board)}, update at {_time(board.now)}",
        f"Started: {_time(board.since)}, {_about(board.age)} ago",
        f"Users notice: {board.impact or impact or '<what users notice>'}",
        f"Found: {board.why.text}" if board.why else "Found: no cause yet",
        f"Failing: {failing}" if failing else "",
        f"Not known: {unseen}" if unseen else "",
        f"Doing now: {_doing(board)}",
        f"Recovery: {soak}" if soak else "",
        f"Next: {', '.join(board.then[:3]) or 'unknown'}",
        "ETA: unknown",
        f"Next update: {_next_update(board)}",
        f"Owner: {_owner(board)}",
    )


def resolved(report: Report) -> str:
    """Return the closing message of a run; one that did not end resolved says so."""
    ended = report.when.ended
    length = _about(ended - report.when.alert) if ended is not None else "not over"
    end = report.end or report.status
    owed = [one.what for one in report.owed]
    changed = [one.title for one in report.changes if one.outcome.startswith("done")]
    return _lines(
        f"[{report.severity or 'incident'}] {report.run}: {report.title} ({report.environment}): {end}",
        f"Ended: {_time(ended)} after {length}" if ended is not None else "Ended: not yet",
        f"Cause: {report.cause or '<the root cause in one sentence>'}",
        f"Changed: {'; '.join(changed) or 'nothing'}",
        f"Why {end}: {report.why}" if end != "resolved" and report.why else "",
        f"Follow-up: {'; '.join(owed) or 'nothing is owed'}",
        f"Record: {counted(report.records, 'record')}, head {report.head}",
    )


def _head(board: Board) -> str:
    return f"[{board.severity or 'incident'}] {board.run}: {board.title} ({board.environment})"


def _lines(*lines: str) -> str:
    return "\n".join(" ".join(line.split()) for line in lines if line) + "\n"


def _time(moment: Instant) -> str:
    return f"{moment.utc():%Y-%m-%d %H:%M:%S} UTC"


def _about(seconds: float) -> str:
    return str(Duration(max(0, round(seconds))))


def _doing(board: Board) -> str:
    if board.end:
        return f"ended {board.end}"
    waits = ", ".join(call.text for call in board.calls)
    steps = ", ".join(step.title for step in board.steps)
    return f"{steps or 'nothing'}{f' (waiting for a decision: {waits})' if waits else ''}"


def _next_update(board: Board) -> str:
    return next((_time(one.at) for one in board.clocks if one.kind == "update"), "<when>")


def _owner(board: Board) -> str:
    return board.operator.role or board.operator.name
