"""Statements to a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

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


@dataclass(frozen=True, slots=True)
class SqlReply:
    """The rows. `more` says that there were more than the caps allow; `affected` counts changed rows."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Json, ...], ...]
    seconds: float
    more: bool = False
    affected: int | None = None


class SqlFault(Exception):
    """The database answered with an error: `code` is its SQLSTATE (of SQLite its error name)."""

    def __init__(self, code: str, message: str, seconds: float) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.seconds = seconds


class Sql(Protocol):
    """Databases."""

    async def run(self, request: SqlRequest) -> SqlReply:
        """Return the rows; raises NoAnswer, CannotLook or SqlFault."""
        ...
