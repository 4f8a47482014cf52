"""A runbook that asks the database by SQL, drilled in virtual time and on sockets with a real PostgreSQL."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from engine.app.drilling import (
    VIRTUAL_START,
    needs_postgres,
    plan_drill,
    virtual_drill,
    virtual_urls,
)
from engine.app.library import Library
from engine.app.workspace import Workspace
from engine.estate.postgres import programs
from engine.kinds import codec
from tests.cli.conftest import ROOT, Command, Service
from tests.needs import missing

RUNBOOK = """
runbook: database-full
title: The database has no connection left
service: agent-service
severity: SEV-2
owner: reliability
symptoms: [approvals answer 500]
steps:
  look:
    title: Can anything be read?
    phase: diagnose
    checks:
      alive: {sql: select 1, database: "${env.database}"}
      waiting:
        sql: "select count(*) from approvals where tool <> $1"
        parameters: [nothing]
        database: "${env.database}"
        expect: {value: {ge: 1}}
    then: {pass: false-alarm, fail: escalated, unknown: escalated}
"""
SCENARIO = """
scenario: NAME
runbook: database-full
title: Nobody knows
alert: {name: DatabaseFull, before: 3m}
faults: FAULTS
expect: {path: [look], end: END}
hint: Ask the database itself.
"""
ANSWER = """
  - service: database
    kind: database-answers
    params: {sql: "select count(*) from approvals where tool <> $1", rows: [{count: 3}]}
"""

pytestmark = pytest.mark.xdist_group("sandbox-postgres")  # one at a time: each is a server


@pytest.fixture
def shipped(tmp_path: Path) -> Command:
    """Return the command in a copy of the shipped workspace, with the runbook above."""
    root = tmp_path / "shipped"
    for folder in ("runbooks", "drills", "templates"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "runbooks/incidents/database-full.yaml").write_text(RUNBOOK)
    scenarios = {
        "database-fine": (ANSWER, "false-alarm"),
        "database-full": (ANSWER + "  - {service: database, kind: database-full}", "escalated"),
        "database-real": ("[]", "false-alarm"),
        "database-shut": ("\n  - {service: database, kind: database-full}", "escalated"),
        "database-gone": ("\n  - {service: database, kind: database-away}", "escalated"),
    }
    for name, (faults, end) in scenarios.items():
        written = SCENARIO.replace("NAME", name).replace("FAULTS", faults).replace("END", end)
        (root / f"drills/{name}.yaml").write_text(written)
    return Command(root, Service())


@pytest.mark.parametrize(
    ("scenario", "end"),
    [("database-fine", "false-alarm"), ("database-full", "escalated"), ("database-gone", "escalated")],
)
def test_a_drill_in_virtual_time(shipped: Command, scenario: str, end: str) -> None:
    """The database answers what the scenario says."""
    drilled = virtual_drill(Workspace.find(shipped.root, shipped.environ), scenario)
    assert ("", end) == (drilled.stuck, drilled.state.finished and drilled.state.finished.end)


def test_only_a_runbook_that_asks_for_it_gets_a_real_database(shipped: Command) -> None:
    """The sandbox of the others starts as fast as before."""
    library = Library(Workspace.find(shipped.root, shipped.environ))
    assert needs_postgres(library, library.scenario("database-fine"))
    assert not needs_postgres(library, library.scenario("idle-machine"))


@pytest.mark.system
@pytest.mark.parametrize("scenario", ["database-real", "database-shut"])
def test_a_drill_on_sockets_asks_a_real_database(shipped: Command, scenario: str) -> None:
    """The same file, and rows that are really there; or a server that is really full."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    done = shipped("drill", "--scenario", scenario, "--scripted", "--output", "json")
    assert 0 == done.returncode, done.stdout + done.stderr
    assert [] == json.loads(done.stdout.splitlines()[-1])["missed"]
    assert ("53300" in done.stdout) == (scenario == "database-shut")


def test_other_drills_do_without(shipped: Command) -> None:
    """An environment may name a database that this sandbox does not have."""
    library = Library(Workspace.find(shipped.root, shipped.environ))
    urls = {name: url for name, url in virtual_urls().items() if name != "postgres"}
    scenario = library.scenario("idle-machine")
    assert plan_drill(library, scenario, urls, VIRTUAL_START, "DRILL").steps
    unset = plan_drill(library, library.scenario("database-fine"), urls, VIRTUAL_START, "DRILL")
    assert "${sandbox.postgres}" in codec.canonical(unset.steps)
