"""A runbook that nobody has read through for longer than the team allows itself.

Systems change between incidents. What was true at the last review is followed at 3 a.m. as if it still were.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from engine.kinds.findings import Severity
from engine.model.graph import Graph
from engine.model.lint import Facts, Fault
from engine.model.runbook import Runbook

SEVERITY: Final[Severity] = "warning"
FIX: Final = "read it through, mend it, and set 'reviewed' to today"
BEFORE: Final = """
reviewed: '2026-01-05'
review_every: 7d
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
AFTER: Final = """
reviewed: '2026-01-19'
review_every: 7d
steps:
  look: {check: {tcp: 'db:5432'}, then: {any: escalated}}
"""
FACTS: Final = Facts(today=date(2026, 1, 20))


def examine(runbook: Runbook, graph: Graph, facts: Facts) -> Iterator[Fault]:
    """Yield the day of the last review where it is too long ago."""
    if facts.today is None or not runbook.reviewed:
        return
    expires = date.fromisoformat(runbook.reviewed) + timedelta(seconds=float(runbook.review_every))
    if facts.today > expires:
        yield Fault(("reviewed",), f"this runbook expired on {expires}", at_key=False)
    elif date.fromisoformat(runbook.reviewed) > facts.today:
        message = f"{runbook.reviewed} is still to come: nobody can have reviewed it then"
        yield Fault(("reviewed",), message, at_key=False)
