"""A real PostgreSQL for the whole session, and a few ways to look into it from outside."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.estate.postgres import PASSWORD, PostgresServer, programs
from tests.needs import missing
from tests.patience import PATIENCE

SCHEMA = """
create table canary (id int primary key, word text, n numeric);
insert into canary values (1, 'alive', 1.5), (2, null, 2);
create table jobs (id int primary key, state text);
insert into jobs select n, 'stuck' from generate_series(1, 4000) n;
create sequence counter;
create function sneaky() returns int language plpgsql as 'begin insert into canary values (9); return 1; end';
create role reader login password 'reader-pw';
create role lonely login password 'lonely-pw' connection limit 0;
grant select on canary to reader;
"""


@dataclass(frozen=True)
class Database:
    """The running server."""

    dsn: str
    port: int
    pid: int

    def ask(self, statement: str) -> str:
        """Return what psql prints: bare values."""
        done = subprocess.run(
            [psql(), self.dsn, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement],
            capture_output=True, text=True, check=True, timeout=PATIENCE,
        )  # fmt: skip
        return done.stdout.strip()

    def as_user(self, user: str, password: str) -> str:
        """Return the address for somebody else."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/postgres"


def psql() -> str:
    """Return the client's path."""
    found = shutil.which("psql")
    if found is None:
        missing("psql")
    return found


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A server of our own with the tables above; stopped at the end."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    server = PostgresServer(Path(tmp_path_factory.mktemp("postgres")))
    server.start(SCHEMA)
    try:
        yield Database(server.dsn, server.port, server.pid)
    finally:
        server.stop()


__all__ = ["PASSWORD", "Database", "postgres", "psql"]
