"""How long each page is to be trusted, as of a day.

The day is that of the newest review in the tree, so that the same tree gives the same table on any day;
how it stands today is for `docs --check` to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from engine.views.docs_page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """One page, and how it stands on that day."""

    page: Page
    state: Literal["never reviewed", "expired", "in time"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """All pages, those first that need a reader first; no day where nothing was ever reviewed."""

    as_of: date | None
    rows: tuple[Lifetime, ...]

    def count(self, state: str) -> int:
        """Return how many pages stand so."""
        return sum(row.state == state for row in self.rows)


def lifetimes(pages: Iterable[Page]) -> Lifetimes:
    """Return the table: never reviewed, then by expiry, then by name."""
    found = list(pages)
    as_of = max((page.reviewed for page in found if page.reviewed), default=None)
    ordered = sorted(found, key=lambda page: (page.expires or date.min, page.kind, page.runbook))
    return Lifetimes(
        as_of=as_of, rows=tuple(Lifetime(page=page, state=_state(page, as_of)) for page in ordered)
    )


def _state(page: Page, as_of: date | None) -> Literal["never reviewed", "expired", "in time"]:
    if page.expires is None or as_of is None:
        return "never reviewed"
    return "expired" if page.expires < as_of else "in time"
