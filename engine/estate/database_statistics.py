"""What the database says about itself in virtual time: one row of figures for a statement on its own tables.

A statement that names every column it brings (`… as used`) and reads Postgres's own views is answered by the
names of those columns, so a runbook may word it as it likes. A fault `database-shows` changes figures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.estate import data_figures, stack_figures
from engine.estate.fault import Fault
from engine.estate.wire import mapping
from engine.kinds.statement import Token, read
from engine.kinds.values import Json

SHOWS: Final = "database-shows"
FAULTS: Final[Mapping[str, str]] = {
    SHOWS: "Postgres's own views show `figures`, by the names of their columns (used_percent, leaking).",
}
FIGURES: Final[Mapping[str, Json]] = {
    # connections
    "used": 11,
    "allowed": 60,
    "used_percent": 18.3,
    "active": 1,
    "leaking": 0,
    "leaking_others": 0,
    "leaking_application": None,
    "leaking_seconds": 0,
    # sessions that take long
    "slow": 0,
    "slow_pid": None,
    "slow_seconds": 0,
    "slow_application": None,
    "slow_wait": None,
    "old_transactions": 0,
    # locks
    "blocked": 0,
    "blocker": None,
    "blocker_ours": None,
    "blocker_application": None,
    "blocker_state": None,
    "blocker_seconds": None,
    # statements
    "statements": 40,
    "worst_ms": 12.4,
    "worst_query": "4711",
    "worst_calls": 900,
    "heaviest_ms": 3.1,
    "heaviest_query": "815",
    "heaviest_calls": 88_000,
    # tables and cache
    "dead_percent": 2.1,
    "dead_table": "public.facts",
    "last_autovacuum": "2025-11-23T01:12:00.000Z",
    "never_analysed": 0,
    "sequential_table": "public.facts",
    "sequential_rows": 120,
    "unused_indexes": 2,
    "cache_percent": 99.2,
    # scheduled jobs
    "running": 0,
    "job": None,
    "job_name": None,
    "overlapping": 0,
    # what a change brings
    "ended": True,
    "cancelled": True,
    "paused": True,
    **data_figures.FIGURES,
    **stack_figures.FIGURES,
}


def row(statement: str, faults: Iterable[Fault]) -> tuple[tuple[str, ...], tuple[Json, ...]] | None:
    """Return columns and values of the one row, or None for a statement that asks for something else."""
    columns = _columns(statement)
    figures: dict[str, Json] = dict(FIGURES)
    for fault in faults:
        if fault.kind == SHOWS:
            figures.update(mapping(fault.params.get("figures")))
    if not columns or not set(columns) <= set(figures):
        return None
    return columns, tuple(figures[name] for name in columns)


def _columns(statement: str) -> tuple[str, ...]:
    """Return the names after the `as` of a statement's own columns, in order."""
    try:
        tokens = read(statement).tokens
    except ValueError:
        return ()
    names: list[str] = []
    depth, after = 0, ""
    for token in tokens:
        if depth == 0 and after == "as" and token.kind in ("word", "name"):
            names.append(token.text)
        depth += _deeper(token)
        after = token.text if token.kind == "word" else ""
    return tuple(names)


def _deeper(token: Token) -> int:
    return {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "mark" else 0
