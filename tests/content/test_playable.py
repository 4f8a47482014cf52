"""Every shipped drill that may be drawn for people can be won on sockets, where the database is a real one."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.app.drilling import only_virtual, virtual_drill_of
from engine.app.reporting import drill_report
from engine.core.events import Asked
from engine.estate.healthy import healthy
from engine.estate.in_process_sql import InProcessSql
from engine.estate.postgres import PostgresServer, programs
from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds.ports import CannotLook, SqlFault, SqlReply, SqlRequest
from engine.model.scenario import Scenario
from tests.content.harness import drilled, files, library, runbook_of, whole
from tests.needs import missing

pytestmark = pytest.mark.system
RUNBOOKS = [whole(name) for name in sorted({runbook_of(name) for name in files()})]
SECONDS = 0.02


class Real:
    """A real Postgres, up from the first question on; a statement is asked once, for it says the same to each."""

    def __init__(self, folder: Path) -> None:
        self._server = PostgresServer(folder)
        self._up = False
        self._said: dict[tuple[object, ...], SqlReply | SqlFault | CannotLook] = {}

    def stop(self) -> None:
        """Stop it, where it was asked anything."""
        if self._up:
            self._server.stop()

    def ask(self, request: SqlRequest, seconds: float) -> SqlReply:
        """Return the rows, after as long as the stand-in takes; raises SqlFault or CannotLook."""
        key = (request.statement, str(request.parameters), request.write)
        if not self._up:
            self._server.start(healthy(0.0).database.schema())
            self._up = True
        if key not in self._said:
            # Virtual time has a loop in which nothing may wait.
            aside = threading.Thread(
                target=self._keep, args=(key, replace(request, database=self._server.dsn))
            )
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


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """A real Postgres with the tables that the sandbox gives it, on a good day; one for each worker that asks."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    server = Real(tmp_path_factory.mktemp("pg"))
    yield server
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
    """No table, figure or lock is missing on sockets without a fault or a tag that says so.

    A drill that asked no database in virtual time is the same with a real one, and is not played again.
    """
    scenarios = [library().scenario(name) for name in sorted(files()) if runbook_of(name) == runbook]
    drawable = [one for one in scenarios if not only_virtual(one) and _asked(one.scenario)]
    lost = {scenario.scenario: missed for scenario in drawable if (missed := _missed(scenario))}
    assert {} == lost


def test_the_drills_of_the_database_are_played() -> None:
    """Should a tag or a fault take them all away, the test above would find nothing wrong with none."""
    played = [name for name in files() if not only_virtual(library().scenario(name))]
    assert len([name for name in played if runbook_of(name) == "database-connection"]) >= 30


def _asked(name: str) -> bool:
    """Say whether a drill asks the database anything by SQL."""
    asked = (one.event.args for one in drilled(name).happened if isinstance(one.event, Asked))
    return any("'kind': 'sql'" in str(args) for args in asked)


def _missed(scenario: Scenario) -> list[str]:
    """Return the expectations that are missed, and what the drill is stuck at."""
    drilled = virtual_drill_of(library(), scenario)
    every = library().runbook(scenario.runbook).drill_every
    score = drill_report(library().workspace, drilled, "", every).score
    return [
        *(f"{one.what}: {one.seen}" for one in score.expectations if not one.held),
        *([drilled.stuck] if drilled.stuck else []),
    ]
