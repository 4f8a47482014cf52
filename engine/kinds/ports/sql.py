"""Statements to a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.kinds.ports.faults import NoAnswer
from engine.kinds.values import Json


@dataclass(frozen=True, slots=True)
class SqlRequest:
    """One statement. `database` is a DSN (`postgresql://…`, `sqlite:///path`); it may hold secrets.

    Parameters are bound by the driver, never written into the text.
    """

    database: str
    statement: str
    parameters: tuple[Json, ...] = ()
    write: bool = False
    """Without it the transaction is read-only."""
    timeout: float = 10.0
    lock_timeout: float = 2.0
    max_rows: int = 1000
    max_bytes: int = 1_000_000
    expect_rows: Json = None
    """A matcher for the number of rows; where it does not hold the transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class SqlReply:
    """The rows. `more` says that there were more than the caps allow; `affected` counts changed rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Json, ...], ...]
    seconds: float
    more: bool = False
    affected: int | None = None
    """Of a statement that returns rows: how many there are, those over the caps too, where it was a write."""
    committed: bool = True
    """False: `expect_rows` did not hold, and the transaction was rolled back."""
    connected: float = 0.0
    """Of `seconds`, those until the database could be asked (name look-up, TLS and password included)."""


class SqlFault(Exception):
    """The database answered with an error: `code` is its SQLSTATE (of SQLite its error name)."""

    def __init__(self, code: str, message: str, seconds: float) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.seconds = seconds


class NotCommitted(NoAnswer):
    """The connection was lost before COMMIT was sent: the transaction has certainly not happened."""


class Sql(Protocol):
    """Databases."""

    async def run(self, request: SqlRequest) -> SqlReply:
        """Return the rows; raises NoAnswer (NotCommitted where that is certain), CannotLook or SqlFault."""
        ...
