"""The Postgres behind the agent service: the approvals stored in it, and what it answers to a statement.

Nothing here speaks the Postgres protocol or runs SQL. A statement has an answer because somebody declared
one, by its text (comments, spacing and capitals of words do not count); what nobody declared cannot be
looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from engine.estate import database_statistics
from engine.estate.fault import ActiveFault, Fault
from engine.estate.memory import Approval
from engine.estate.wire import mapping, number
from engine.kinds.statement import Statement, read
from engine.kinds.values import Json

SECONDS: Final = 0.02  # a statement on a good day, connection included
FAULTS: Final[Mapping[str, str]] = {
    "database-answers": "Postgres answers the statement `sql` with `rows`, or changes `affected` rows.",
    "database-full": "Postgres has no connection left: SQLSTATE 53300.",
    "database-slow": "Every statement takes `seconds` (30); one that may not take as long ends with 57014.",
    "database-read-only": "Every change is refused, as on a standby: SQLSTATE 25006.",
    "database-locked": "`table` is locked: statements that name it end with 55P03 when their patience does.",
    "database-missing": "`table` does not exist: statements that name it end with 42P01.",
    "database-error": "Every statement ends with `code` (28P01) and `message`.",
    **database_statistics.FAULTS,
}

_TABLES: Final = """
create table approvals (
  id text primary key, conversation bigint, created_at timestamptz, tool text, text text
);
insert into approvals
select id, conversation, to_timestamp(created_at), tool, text from jsonb_to_recordset("""
_COLUMNS: Final = ") as a(id text, conversation bigint, created_at double precision, tool text, text text);"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a statement brings."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Json, ...], ...]
    affected: int | None = None


@dataclass(frozen=True, slots=True)
class SqlError:
    """The error a statement ends with, after so many seconds."""

    code: str
    message: str
    seconds: float = SECONDS


@dataclass(frozen=True, slots=True)
class Database:
    """The table `approvals`, whose rows are added and never deleted, and every change made by a statement."""

    approvals: tuple[Approval, ...] = ()
    written: tuple[str, ...] = ()

    def insert(self, rows: tuple[Approval, ...]) -> Database:
        """Return the database with more rows."""
        return replace(self, approvals=(*self.approvals, *rows)) if rows else self

    def schema(self) -> str:
        """Return the statements that make the same tables in a real Postgres."""
        rows = json.dumps([row.dump() for row in self.approvals]).replace("$", "\\u0024")
        return f"{_TABLES}$rows${rows}$rows${_COLUMNS}"  # it holds no dollar sign, so nothing ends it early

    def wrote(self, statement: str) -> Database:
        """Return the database after a change."""
        return replace(self, written=(*self.written, normalised(statement)))


def normalised(text: str) -> str:
    """Return what two statements have in common that differ in nothing that counts."""
    try:
        statement = read(text)
    except ValueError:
        return text.strip()
    words = (
        token.text if token.kind == "word" else statement.text[token.start : token.end]
        for token in statement.tokens
    )
    return " ".join(words)


def answer(
    database: Database,
    faults: tuple[ActiveFault, ...],
    text: str,
    *,
    write: bool,
    timeout: float,
    lock_timeout: float,
) -> tuple[Answer | SqlError | None, float]:
    """Return what a statement brings and after how long; None for one that nobody declared."""
    held = {entry.fault.kind: entry.fault for entry in faults if entry.fault.kind in FAULTS}
    if "database-full" in held:
        return SqlError("53300", "sorry, too many clients already"), SECONDS
    failing = held.get("database-error")
    if failing is not None:
        message = failing.text("message", "password authentication failed")
        return SqlError(failing.text("code", "28P01"), message), SECONDS
    missing, locked = held.get("database-missing"), held.get("database-locked")
    if missing is not None and _names(text, missing):
        relation = missing.text("table", "approvals")
        return SqlError("42P01", f'relation "{relation}" does not exist'), SECONDS
    if write and "database-read-only" in held:
        return SqlError("25006", "cannot execute it in a read-only transaction"), SECONDS
    if locked is not None and _names(text, locked):
        return SqlError("55P03", "canceling statement due to lock timeout"), lock_timeout
    slow = held.get("database-slow")
    seconds = slow.number("seconds", 30.0) if slow else SECONDS
    if seconds >= timeout:
        return SqlError("57014", "canceling statement due to statement timeout"), timeout
    return _declared(database, faults, text), seconds


def _declared(database: Database, faults: tuple[ActiveFault, ...], text: str) -> Answer | None:
    wanted = normalised(text)
    for entry in reversed(faults):  # the newest counts
        fault = entry.fault
        if fault.kind == "database-answers" and normalised(fault.text("sql", "")) == wanted:
            return _given(fault)
    shown = database_statistics.row(text, (entry.fault for entry in faults))
    return Answer(shown[0], (shown[1],)) if shown else _healthy(database).get(wanted)


def _healthy(database: Database) -> Mapping[str, Answer]:
    return {
        "select 1": Answer(("?column?",), ((1,),)),
        "analyze": Answer((), ()),
        "select now ( )": Answer(("now",), (("2025-11-23T03:05:22.000Z",),)),
        "select count ( * ) from approvals": Answer(("count",), ((len(database.approvals),),)),
    }


def _given(fault: Fault) -> Answer:
    rows = fault.params.get("rows")
    objects = [mapping(row) for row in rows] if isinstance(rows, (list, tuple)) else []
    columns = tuple(dict.fromkeys(name for row in objects for name in row))
    affected = fault.params.get("affected")
    return Answer(
        columns,
        tuple(tuple(row.get(name) for name in columns) for row in objects),
        None if affected is None else int(number(affected, 0)),
    )


def _names(text: str, fault: Fault) -> bool:
    """Say whether a statement names the table of a fault."""
    table = fault.text("table", "approvals").lower()
    try:
        statement: Statement = read(text)
    except ValueError:
        return table in text.lower()
    return any(token.text.lower() == table for token in statement.tokens if token.kind in ("word", "name"))
