"""What Postgres says about itself in virtual time: by the names of the columns, and as a fault has it."""

from __future__ import annotations

import pytest
import yaml

from engine.estate.database_statistics import FIGURES, row
from engine.estate.fault import Fault
from tests.content.harness import ROOT

USED = "select count(*) as used, (select 1 as active) as allowed from pg_stat_activity"


def test_a_statement_is_answered_by_the_names_of_its_columns() -> None:
    """A name inside brackets is no column of the statement."""
    assert (("used", "allowed"), (11, 60)) == row(USED, ())


def test_a_fault_changes_figures_and_the_newest_wins() -> None:
    """Figures that no fault names stay as they are."""
    faults = [Fault("database", "database-shows", params={"figures": {"used": n}}) for n in (40, 57)]
    assert (("used", "allowed"), (57, 60)) == row(USED, faults)


@pytest.mark.parametrize(
    "statement", ["select 1", "select count(*) as unheard_of from x", "select 'a", "analyze"]
)
def test_what_asks_for_something_else_is_not_answered_here(statement: str) -> None:
    """An answer that nobody declared would be made up."""
    assert row(statement, ()) is None


def test_every_shipped_statement_on_the_databases_own_views_is_known() -> None:
    """A column that is renamed in the catalogue and not here would make its drills blind."""
    catalogue = yaml.safe_load((ROOT / "runbooks/catalogue/database.yaml").read_text(encoding="utf-8"))
    asked = {
        name: one["sql"]
        for name, one in {**catalogue["checks"], **catalogue["actions"]}.items()
        if " as " in one.get("sql", "")
    }
    assert asked
    assert [] == [name for name, statement in asked.items() if row(statement, ()) is None]
    columns = {column for statement in asked.values() for column in (row(statement, ()) or ((), ()))[0]}
    assert columns <= set(FIGURES)
