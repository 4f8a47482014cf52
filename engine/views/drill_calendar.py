"""When each runbook was practised and is due again, and what the records of drills say.

Rules:
1. Only a drill that a person did is practice: it sets the next date. What a script did is listed apart.
2. What has never been practised is due now, and stands first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from engine.kinds.values import Duration
from engine.views.docs_page import Branches, Exercised, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillRecord:
    """One drill that was recorded; what its file does not say is empty."""

    on: date
    runbook: str
    report: str
    """The path of the report in the workspace."""
    by: Literal["person", "script"] = "person"
    number: int = 1
    """Its number within its day."""
    responder: str = ""
    scenario: str = ""
    result: str = ""
    end: str = ""
    diagnosis: str = ""
    took: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One runbook in the calendar."""

    page: Page
    last: DrillRecord | None
    due: date | None
    """None where it was never practised: now."""
    every: Duration
    scenarios: int
    """Drills that CI runs."""
    branches: Branches | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The whole calendar; records are the newest first."""

    due: tuple[Due, ...]
    people: tuple[DrillRecord, ...]
    scripts: tuple[DrillRecord, ...]

    @property
    def usual(self) -> Duration:
        """Return how often most runbooks are practised, of equals the most often."""
        counts = Counter(row.every for row in self.due)
        return min(counts, key=lambda every: (-counts[every], every), default=Duration(0.0))


def drill_calendar(
    pages: Iterable[Page], records: Sequence[DrillRecord], scenarios: Mapping[str, int]
) -> Calendar:
    """Return the calendar of runbooks; `scenarios` is how many drills of each CI runs."""
    newest = sorted(records, key=lambda one: (one.on, one.runbook, one.number), reverse=True)
    rows = [_due(page, last_practice(newest, page.runbook), scenarios) for page in pages]
    return Calendar(
        due=tuple(sorted(rows, key=lambda row: (row.due or date.min, row.page.kind, row.page.runbook))),
        people=tuple(one for one in newest if one.by == "person"),
        scripts=tuple(one for one in newest if one.by == "script"),
    )


def last_practice(records: Iterable[DrillRecord], runbook: str) -> DrillRecord | None:
    """Return the last drill of a runbook that a person did."""
    mine = [one for one in records if one.runbook == runbook and one.by == "person"]
    return max(mine, key=lambda one: (one.on, one.number), default=None)


def exercised(record: DrillRecord | None, report: str) -> Exercised | None:
    """Return a practice as a page tells it, with the path of its report as the page sees it."""
    return Exercised(on=record.on, by=record.responder, report=report) if record else None


def _due(page: Page, last: DrillRecord | None, scenarios: Mapping[str, int]) -> Due:
    return Due(
        page=page,
        last=last,
        due=last.on + timedelta(seconds=page.drill_every) if last else None,
        every=page.drill_every,
        scenarios=scenarios.get(page.runbook, 0),
        branches=page.practice.branches,
    )
