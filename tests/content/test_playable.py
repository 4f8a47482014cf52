"""Every shipped drill that may be drawn for people can be won on sockets, where the database is a real one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.app.drilling import needs_postgres, only_virtual, virtual_drill_of
from engine.app.reporting import drill_report
from engine.estate.estate import EstateState
from engine.estate.healthy import healthy
from engine.estate.in_process_sql import InProcessSql
from engine.estate.postgres import PostgresServer, programs
from engine.io.world.secrets import Secrets
from engine.io.world.sql import SocketSql
from engine.kinds.ports import CannotLook, SqlFault, SqlReply, SqlRequest
from engine.model.scenario import Scenario
from tests.content.harness import FIRST, files, library, runbook_of
from tests.needs import missing

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("sandbox-postgres"),
]  # one at a time: each is a server
RUNBOOKS = [
    pytest.param(name, marks=[] if name in FIRST else [pytest.mark.every_drill])
    for name in sorted({runbook_of(name) for name in files()})
]
SECONDS = 0.02


class Real:
    """A real Postgres that is asked every statement once: what it says is the same for every drill."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._said: dict[tuple[object, ...], SqlReply | SqlFault | CannotLook] = {}

    def ask(self, request: SqlRequest, seconds: float) -> SqlReply:
        """Return the rows, after as long as the stand-in takes; raises SqlFault or CannotLook."""
        key = (request.statement, str(request.parameters), request.write)
        if key not in self._said:
            # Virtual time has a loop in which nothing may wait.
            aside = threading.Thread(target=self._keep, args=(key, replace(request, database=self._dsn)))
            aside.start()
            aside.join()
        said = self._said[key]
        if isinstance(said, SqlReply):
            return replace(said, seconds=seconds)
        raise said

    def _keep(self, key: tuple[object, ...], request: SqlRequest) -> None:
        try:
            self._said[key] = asyncio.run(SocketSql(Secrets({})).run(request))
        except (SqlFault, CannotLook) as error:
            self._said[key] = error


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """A real Postgres with the tables that the sandbox gives it, on a good day."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    server = PostgresServer(tmp_path_factory.mktemp("pg"))
    estate: EstateState = healthy(0.0)
    server.start(estate.database.schema())
    try:
        yield Real(server.dsn)
    finally:
        server.stop()


@pytest.fixture
def asked_for_real(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let faults of the connection strike as in virtual time, and the real Postgres answer everything else."""
    stand_in = InProcessSql.run

    async def run(self: InProcessSql, request: SqlRequest) -> SqlReply:
        try:
            seconds = (await stand_in(self, request)).seconds
        except CannotLook:  # a statement that nobody declared
            seconds = SECONDS
        return real.ask(request, seconds)

    monkeypatch.setattr(InProcessSql, "run", run)


@pytest.mark.usefixtures("asked_for_real")
@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_every_drill_that_can_be_drawn_is_won_with_a_real_database(runbook: str) -> None:
    """No table, figure or lock is missing on sockets without a fault or a tag that says so."""
    scenarios = [library().scenario(name) for name in sorted(files()) if runbook_of(name) == runbook]
    drawable = [scenario for scenario in scenarios if not only_virtual(scenario)]
    if not drawable or not needs_postgres(library(), drawable[0]):
        return  # it asks no database, or nothing of it is ever drawn
    lost = {scenario.scenario: missed for scenario in drawable if (missed := _missed(scenario))}
    assert {} == lost


def _missed(scenario: Scenario) -> list[str]:
    """Return the expectations that are missed, and what the drill is stuck at."""
    drilled = virtual_drill_of(library(), scenario)
    every = library().runbook(scenario.runbook).drill_every
    score = drill_report(library().workspace, drilled, "", every).score
    return [
        *(f"{one.what}: {one.seen}" for one in score.expectations if not one.held),
        *([drilled.stuck] if drilled.stuck else []),
    ]
