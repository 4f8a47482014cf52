"""Databases: Postgres through asyncpg, SQLite."""

from __future__ import annotations

from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, Sql, SqlReply, SqlRequest


class SocketSql(Sql):
    """Runs statements; `close` it at the end."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    async def run(self, request: SqlRequest) -> SqlReply:
        """Return the rows; raises NoAnswer, CannotLook or SqlFault."""
        raise CannotLook("no database client")

    async def close(self) -> None:
        """End the connections."""
