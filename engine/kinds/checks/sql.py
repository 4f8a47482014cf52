"""One statement to a database that only looks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from engine.kinds import rows, sql_by_hand
from engine.kinds.check import Check
from engine.kinds.ports import CannotLook, SqlFault, SqlRequest, World
from engine.kinds.references import references
from engine.kinds.replies import first_line
from engine.kinds.sqlstates import meaning
from engine.kinds.statement import SqlText, dialect_of, read, require_read, require_values
from engine.kinds.values import Duration, Json
from engine.kinds.verdicts import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlCheck(Check):
    """Run one statement in a read-only transaction, on Postgres or SQLite, and look at its rows.

    The transaction takes at most the check's timeout on the server too, waits `lock_timeout` for a lock,
    and is rolled back. What read-only does not hold back is refused by name (ending backends, advisory
    locks, `nextval`, `set_config`, dblink, large objects, server files, SQL given as text); a function of
    your own that does such things is not seen through, so give checks a user that may only read.

    Values: whole numbers and `numeric` are numbers (cast to text where every digit counts), NaN and
    infinity text; times ISO 8601, in UTC where they have a zone; intervals seconds; uuid, enum, range and
    other types text; json and jsonb as data; arrays lists; of bytes their number.

    An error of the database is a fact (`code`, `message`) and a fail, unless `expect` speaks of `code`; a
    wrong password, missing rights or somebody's lock mean that we could not look.
    """

    kind: ClassVar[str] = "sql"
    example: ClassVar[str] = (
        "{sql: 'select count(*) from approvals where handled = $1', parameters: [false], "
        "database: 'postgresql://reader@db.example.com/shop', expect: {value: {lt: 50}}}"
    )
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            **rows.ROW_FACTS,
            "code": "the SQLSTATE of an error (of SQLite its name); absent where there was none",
            "message": "what the database said about the error",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"code": {"exists": False}})
    always_expect: ClassVar[Mapping[str, Json]] = default_expect

    sql: SqlText
    """One statement that begins with select, with, values, table, show or explain; values as $1, $2 …"""
    database: str
    """`postgresql://…`, usually a whole `${secrets.PG_URL}`; `sqlite:///file` (full path: four slashes)."""
    parameters: tuple[Json, ...] = ()
    """The values of $1, $2 …, in order; each is turned into the type the statement wants there."""
    lock_timeout: Duration = Duration(2.0)
    """How long the statement may wait for a lock."""
    max_rows: int = 1000
    """How many rows are read; `more` says that there were others."""
    max_bytes: int = 1_000_000
    """How many bytes of rows are read."""

    def __post_init__(self) -> None:
        if "${" not in self.sql:
            statement = read(self.sql, dialect_of(self.database))
            require_read(statement)
            require_values(statement, len(self.parameters))
        if any(name.startswith("secrets.") for name in references(self.parameters)):
            raise ValueError("a secret cannot be a parameter: it would stand in the database's log")
        if self.max_rows < 1 or self.max_bytes < 1:
            raise ValueError("'max_rows' and 'max_bytes' are at least 1")

    async def observe(self, world: World, timeout: float) -> Observation:
        """Run the statement once; raises NoAnswer or CannotLook."""
        request = SqlRequest(
            database=self.database,
            statement=str(self.sql),
            parameters=self.parameters,
            timeout=timeout,
            lock_timeout=self.lock_timeout,
            max_rows=self.max_rows,
            max_bytes=self.max_bytes,
        )
        try:
            reply = await world.sql.run(request)
        except SqlFault as fault:
            return _refused(fault)
        return Observation(
            rows.facts(reply), reply.seconds, rows.body(reply), "application/json", rows.summary(reply)
        )

    def by_hand(self) -> str:
        """Return the psql or sqlite3 line."""
        return sql_by_hand.look(self.database, self.sql, self.parameters)

    def target(self) -> str:
        """Return host and database, or the file."""
        return sql_by_hand.place(self.database)


def _refused(fault: SqlFault) -> Observation:
    state = meaning(fault.code, fault.message)
    said = f"{state.why}: {first_line(fault.message)} ({fault.code})"
    if state.answer == "unknown":
        raise CannotLook(said)
    facts: dict[str, Json] = {
        "code": fault.code,
        "message": fault.message,
        "seconds": round(fault.seconds, 3),
    }
    return Observation(facts, fault.seconds, fault.message.encode("utf-8", "replace"), summary=said)
