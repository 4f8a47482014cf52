"""The Postgres behind the agent service: reachable or not, and the approvals stored in it.

Nothing here speaks the Postgres protocol: a dial proves reachability, the services show the rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.estate.memory import Approval


@dataclass(frozen=True, slots=True)
class Database:
    """The table `approvals`: rows are added and never deleted."""

    approvals: tuple[Approval, ...] = ()

    def insert(self, rows: tuple[Approval, ...]) -> Database:
        """Return the database with more rows."""
        return replace(self, approvals=(*self.approvals, *rows)) if rows else self
