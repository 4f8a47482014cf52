"""One statement to a database that changes something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.kinds import rows, sql_by_hand
from engine.kinds.action import Action
from engine.kinds.matchers import Matcher
from engine.kinds.ports import SqlFault, SqlReply, SqlRequest, World
from engine.kinds.ports.sql import NotCommitted
from engine.kinds.references import references
from engine.kinds.replies import first_line, took
from engine.kinds.statement import SqlText, dialect_of, read, require_change, require_values
from engine.kinds.values import Duration, Json
from engine.kinds.verdicts import Performed


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlAction(Action):
    """Run one statement in one transaction, on Postgres or SQLite; an error or a wrong row count undoes it.

    Until COMMIT was sent a lost connection means that nothing has changed: failed. Lost during COMMIT,
    nobody knows: give such an action a `reconcile`. What no transaction takes back (ending backends,
    advisory locks, sequences, dblink) is unknown in both cases. Statements that cannot be in a transaction
    (VACUUM, CREATE INDEX CONCURRENTLY) are refused by the database. `truncate` and `drop` want `effect:
    destroy` on the step.
    """

    kind: ClassVar[str] = "sql"
    example: ClassVar[str] = (
        "{sql: 'update jobs set state = $1 where id = $2', parameters: [queued, 17], "
        "database: 'postgresql://worker@db.example.com/shop', expect_rows: 1, operation: requeue-job, "
        "irreversible: the job runs again}"
    )

    sql: SqlText
    """One statement; values as $1, $2 …"""
    database: str
    """`postgresql://…`, usually a whole `${secrets.PG_URL}`; `sqlite:///file` (full path: four slashes)."""
    parameters: tuple[Json, ...] = ()
    """The values of $1, $2 …, in order; each is turned into the type the statement wants there."""
    expect_rows: Json = None
    """How many rows are changed or returned, as a value or operators; anything else is rolled back."""
    lock_timeout: Duration = Duration(2.0)
    """How long the statement may wait for a lock."""

    def __post_init__(self) -> None:
        if "${" not in self.sql:
            statement = read(self.sql, dialect_of(self.database))
            require_change(statement)
            require_values(statement, len(self.parameters))
        if any(name.startswith("secrets.") for name in references(self.parameters)):
            raise ValueError("a secret cannot be a parameter: it would stand in the database's log")
        if self.expect_rows is not None:
            Matcher.parse(self.expect_rows)

    async def perform(self, world: World, timeout: float) -> Performed:
        """Run the statement once; raises NoAnswer or CannotLook."""
        request = SqlRequest(
            database=self.database,
            statement=str(self.sql),
            parameters=self.parameters,
            write=True,
            timeout=timeout,
            lock_timeout=self.lock_timeout,
            expect_rows=self.expect_rows,
        )
        beyond = self._beyond()
        undone: Literal["failed", "unknown"] = "unknown" if beyond else "failed"
        stays = f", but what {beyond[0]} did would stay" if beyond else ""
        try:
            reply = await world.sql.run(request)
        except SqlFault as fault:
            said = f"{first_line(fault.message)} ({fault.code}): rolled back{stays}"
            code: dict[str, Json] = {"code": fault.code, "message": fault.message}
            return Performed(undone, said, code, fault.seconds, fault.message.encode("utf-8", "replace"))
        except NotCommitted as lost:
            return Performed(undone, f"{lost.detail}: nothing was committed{stays}", seconds=lost.seconds)
        facts = rows.facts(reply)
        facts["affected"] = reply.affected
        if reply.committed:
            return Performed("done", _summary(reply), facts, reply.seconds, *_kept(reply))
        said = f"{self._mismatch(reply)}: rolled back{stays}"
        return Performed(undone, said, facts, reply.seconds, *_kept(reply))

    def by_hand(self) -> str:
        """Return the psql or sqlite3 line."""
        return sql_by_hand.change(
            self.database, self.sql, self.parameters, self.lock_timeout, self.expect_rows
        )

    def target(self) -> str:
        """Return host and database, or the file."""
        return sql_by_hand.place(self.database)

    def _beyond(self) -> tuple[str, ...]:
        try:
            return read(self.sql, dialect_of(self.database)).beyond()
        except ValueError:
            return ()

    def _mismatch(self, reply: SqlReply) -> str:
        wanted = Matcher.parse(self.expect_rows).judge(reply.affected).expected
        if reply.affected is None:
            return f"the database does not say how many rows it changed, wanted {wanted}"
        return f"would have changed {reply.affected} {_rows(reply.affected)}, wanted {wanted}"


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"


def _summary(reply: SqlReply) -> str:
    if reply.affected is None:
        return f"committed in {took(reply.seconds)}"
    return f"{reply.affected} {_rows(reply.affected)}, committed in {took(reply.seconds)}"


def _kept(reply: SqlReply) -> tuple[bytes, str]:
    return (rows.body(reply), "application/json") if reply.columns else (b"", "text/plain")
