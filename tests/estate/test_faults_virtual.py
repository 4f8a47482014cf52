"""Which faults sockets cannot play: decided by the faults, so that no tag has to be remembered."""

from __future__ import annotations

import time

import pytest

from engine.estate import database, database_statistics
from engine.estate.estate import apply
from engine.estate.fault import Fault
from engine.estate.faults import fault_kinds
from engine.estate.faults_virtual import VIRTUAL_ONLY, virtual_only
from engine.estate.healthy import healthy
from engine.estate.postgres_startup import Welcome, welcome


@pytest.mark.parametrize("kind", sorted(database.FAULTS))
def test_every_fault_of_the_database_is_real_on_sockets_or_for_virtual_time_only(kind: str) -> None:
    """Never neither: such a fault would do nothing, and its drill could not be won."""
    now = time.time()
    felt = welcome(apply(healthy(now), Fault("database", kind), now)) != Welcome()
    assert felt != (kind in VIRTUAL_ONLY)


def test_they_are_kinds_that_there_are() -> None:
    """A renamed kind would be played on sockets again."""
    assert set(VIRTUAL_ONLY) <= {kind.name for kind in fault_kinds()}


def test_one_such_fault_among_others_is_enough() -> None:
    """And it is named."""
    shows = Fault("database", database_statistics.SHOWS, params={"figures": {"used_percent": 97}})
    assert "" == virtual_only([Fault("database", "database-full"), Fault("openai", "refuse")])
    assert "database-shows" in virtual_only([Fault("database", "database-full"), shows])


@pytest.mark.parametrize("heal", ["sql", "pg_terminate_backend"])
def test_what_only_a_statement_mends_is_for_virtual_time(heal: str) -> None:
    """A real Postgres runs the statement, and the stand-in never hears of it."""
    assert heal in virtual_only([Fault("database", "database-full", heal=heal)])


@pytest.mark.parametrize("heal", [None, "restart", "never"])
def test_what_a_call_mends_is_real_on_sockets(heal: str | None) -> None:
    """The stand-ins answer those calls themselves."""
    assert "" == virtual_only([Fault("database", "database-full", heal=heal)])
