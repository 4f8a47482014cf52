"""The tables of a report as Markdown; texts are cut to what a table can hold, the details have them whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.core.events import Person
from engine.kinds.values import Instant
from engine.render import durations
from engine.render.markdown_text import cell, clipped, code_cell, table
from engine.views.paging import Page
from engine.views.phases import SHARES
from engine.views.report import Report
from engine.views.score import Score
from engine.views.timeline import named, offset

WIDE: Final = 110
"""Letters of a text in a table."""
NOT_REACHED: Final = "not reached"
_ASKS: Final = {"ask": "answer", "happened": "say whether it happened"}
_WORDS: Final = {"approval": "waiting for approval", "waiting": "pauses and soak", "away": "engine away"}


def tables(report: Report) -> Mapping[str, str]:
    """Return every table of a report by its name."""
    return {
        "phases": _phases(report),
        "timeline": _timeline(report),
        "severities": _severities(report),
        "decisions": _decisions(report),
        "deviations": _deviations(report),
        "unknown": _unknown(report),
        "blockers": _blockers(report),
        "pages": _pages(report),
        "evidence": _evidence(report),
    }


def score_tables(score: Score) -> Mapping[str, str]:
    """Return the tables that only a drill has."""
    expectations = [
        ("yes" if one.held else "**NO**", cell(one.what), cell(one.expected, WIDE), cell(one.seen, WIDE))
        for one in score.expectations
    ]
    waited = [
        (
            cell(one.role),
            _ASKS.get(one.kind, one.kind),
            length(one.seconds),
            str(one.times),
            str(one.unanswered),
        )
        for one in score.waited
    ]
    better = [(cell(one.what), cell(one.because, WIDE), cell(one.owner)) for one in score.improvements]
    columns = 3 if score.time_scale != 1 else 2
    took = [(cell(one.what), length(one.measured), length(one.real))[:columns] for one in score.took]
    return {
        "expectations": _table(("Held", "Expectation", "Expected", "Seen"), expectations),
        "waited": _table(("Role", "To", "Waited", "Asked", "Unanswered"), waited),
        "improvements": _table(("Improvement", "Because", "Owner"), better),
        "took": _table(("What", "After the alert", "At full length")[:columns], took),
    }


def moment(report: Report, at: Instant | None) -> str:
    """Return a time of day, with its date where the run lasted over midnight."""
    if at is None:
        return NOT_REACHED
    rows = report.timeline.rows
    dated = rows[0].at.utc().date() != rows[-1].at.utc().date()
    return f"{at.utc():%Y-%m-%d %H:%M:%S}" if dated else f"{at.utc():%H:%M:%S}"


def length(seconds: float | None) -> str:
    """Return a length of time in words; tenths below ten seconds."""
    return NOT_REACHED if seconds is None else durations.length(seconds)


def identified(person: Person) -> str:
    """Return who it was and how we know: claimed, relayed or proved."""
    return f"{named(person)}, {person.identity}" if person.identity not in ("engine", "") else person.name


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return table(head, rows) if rows else "None."


def _phases(report: Report) -> str:
    phases, scaled = report.spent.phases, report.spent.scale != 1
    shares = [share for share in SHARES if any(dict(one.shares)[share] for one in phases)]
    rows = []
    for one in phases:
        budget = "" if one.budget is None else f"{one.budget} **MISSED**" if one.over else str(one.budget)
        times = (length(one.elapsed), length(one.real)) if scaled else (length(one.elapsed),)
        rows.append((one.name, *times, budget, *(length(dict(one.shares)[share]) for share in shares)))
    head = ("Phase", "Took", *(("At full length",) if scaled else ()), "Budget")
    return _table((*head, *(_WORDS.get(share, share) for share in shares)), rows)


def _timeline(report: Report) -> str:
    rows = [
        (
            moment(report, row.at),
            offset(row.offset),
            cell(named(row.who)),
            row.kind,
            "**FAIL**" if row.mark == "FAIL" else row.mark,
            cell(row.text, WIDE),
        )
        for row in report.timeline.rows
    ]
    return _table(("UTC", "Alert", "Who", "Kind", "", "What"), rows)


def _severities(report: Report) -> str:
    rows = [
        (moment(report, one.at), cell(one.severity), cell(identified(one.by)), cell(one.why, WIDE))
        for one in report.severities
    ]
    return _table(("UTC", "Severity", "Who", "Why"), rows)


def _decisions(report: Report) -> str:
    rows = [
        (moment(report, one.at), cell(identified(one.by)), cell(one.what, WIDE), cell(one.why, WIDE))
        for one in report.decisions
    ]
    return _table(("UTC", "Who", "Decision", "Why"), rows)


def _deviations(report: Report) -> str:
    rows = [
        (
            moment(report, one.at),
            cell(identified(one.by)),
            one.kind,
            code_cell(one.step),
            cell(one.text, WIDE),
            "**OWED**" if one.owed else cell(one.reason, WIDE),
        )
        for one in report.deviations
    ]
    return _table(("UTC", "Who", "What", "Step", "Text", "Reason"), rows)


def _unknown(report: Report) -> str:
    rows = [
        (
            moment(report, one.at),
            code_cell(one.step),
            cell(one.title),
            cell(one.why, WIDE),
            cell(one.settled),
        )
        for one in report.unknown
    ]
    return _table(("UTC", "Step", "Check", "Why", "Looked up by"), rows)


def _blockers(report: Report) -> str:
    rows = [
        (
            moment(report, attempt.at),
            code_cell(blocker.step),
            cell(blocker.title),
            code_cell(clipped(attempt.command, WIDE)),
            cell(f"{attempt.outcome}: {'; '.join(attempt.output)}", WIDE),
        )
        for blocker in report.blockers
        for attempt in blocker.attempts
    ]
    return _table(("UTC", "Step", "What", "Command", "Output"), rows)


def _pages(report: Report) -> str:
    rows = [
        (
            moment(report, one.at),
            cell(one.to),
            cell(one.source, WIDE),
            "yes" if one.delivered else f"**NO** {cell(one.why, WIDE)}",
            _acknowledged(report, one),
        )
        for one in report.pages
    ]
    return _table(("UTC", "To", "From", "Delivered", "Acknowledged"), rows)


def _acknowledged(report: Report, page: Page) -> str:
    if page.acknowledged is not None and page.by is not None:
        return f"{moment(report, page.acknowledged)} by {cell(identified(page.by))}"
    return "**NO**" if page.awaited else "not asked for"


def _evidence(report: Report) -> str:
    rows = [
        (
            code_cell(one.ref.path),
            f"{one.ref.size} of {one.ref.full_size}" if one.ref.truncated else str(one.ref.size),
            code_cell(one.ref.sha256),
            code_cell(one.step),
        )
        for one in report.evidence
    ]
    return _table(("File", "Bytes", "SHA-256", "Step"), rows)
