"""Databases: Postgres through asyncpg, SQLite through the standard library. One statement, one connection.

Rules. The statement is read once more here, by the rules of the database it really goes to: a kind may not
have known that yet. A secret may be a whole address or a part of it, percent-encoded there, and no part of
the host. Nothing of an address is quoted in a failure but host, port, database and file.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from engine.io.world.network.addresses import Addresses
from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, Sql, SqlReply, SqlRequest
from engine.kinds.statement import dialect_of, read, require_change, require_read, require_values

_LEAD = re.compile(r"\$\{secrets\.[^{}]*\}")
_IN_HOST = re.compile(r"[^/?#]*://(?:[^/?#]*@)?(?:(?!\$\{)[^/?#@])*\$\{secrets\.[^@]*(?:[/?#]|\Z)")


class SocketSql(Sql):
    """Runs statements; `close` it at the end."""

    def __init__(
        self, secrets: Secrets, addresses: Addresses | None = None, root: Path | None = None
    ) -> None:
        self._secrets = secrets
        self._addresses = addresses or Addresses()
        self._root = root or Path()

    async def run(self, request: SqlRequest) -> SqlReply:
        """Return the rows; raises NoAnswer (NotCommitted), CannotLook or SqlFault."""
        database = fill_database(self._secrets, request.database)
        dialect = dialect_of(database)
        try:
            statement = read(request.statement, dialect)
            (require_change if request.write else require_read)(statement)
            require_values(statement, len(request.parameters))
        except ValueError as error:
            raise CannotLook(str(error)) from None
        if dialect == "sqlite":
            from engine.io.world.sql import sqlite

            return await sqlite.run(request, statement, self._root / database.partition("///")[2])
        from engine.io.world.sql import postgres
        from engine.io.world.sql.postgres_address import PostgresAddress

        return await postgres.run(request, PostgresAddress.parse(database), self._addresses)

    async def close(self) -> None:
        """End the connections: there are none between two statements."""


def fill_database(secrets: Secrets, database: str) -> str:
    """Return the address with values in place, escaped unless it begins with one; raises CannotLook."""
    lead = _LEAD.match(database)
    at = lead.end() if lead else 0
    if not lead and _IN_HOST.match(database):
        raise CannotLook("no secret may be part of a host name: write the host, or make it all a secret")
    return secrets.fill(database[:at]) + secrets.fill(database[at:], lambda value: quote(value, safe=""))
