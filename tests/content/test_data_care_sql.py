"""The statements of the data's care on a real PostgreSQL: what they find, and that a dump really comes back."""

from __future__ import annotations

import asyncio
import dataclasses
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest

from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds.actions.sql import SqlAction
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.codec import decode, plain
from engine.kinds.paths import look_up
from engine.kinds.ports import World
from engine.kinds.references import resolve
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.check import CheckStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation
from tests.content.harness import library
from tests.needs import program
from tests.parts.postgres import Database, postgres, psql
from tests.patience import PATIENCE

__all__ = ["postgres"]
pytestmark = [pytest.mark.system, pytest.mark.xdist_group("postgres")]  # one server for all of them
NAMED = (
    "product_categories customer_segments facts decision_sync_event_logs observability_logs agent_approvals "
    "agent_feedback agent_queries notification_settings notification_subscriptions"
).split()
ROLES = ("anon", "authenticated", "service_role", "qa_team", "etl_loader")
GUARDED = "\n".join(
    f"create table {name} (id int primary key, note text); alter table {name} enable row level security;"
    f"create policy readers on {name} for select to authenticated using (id > 0);"
    f"grant select on {name} to anon, authenticated; insert into {name} select n, 'row' from generate_series(1, 7) n;"
    for name in NAMED
)
OURS = """
create view decision_sync_events with (security_invoker = on) as select id from decision_sync_event_logs;
grant select on decision_sync_events to anon;
create table "DecisionLog" (id int primary key);
alter table "DecisionLog" enable row level security;
create policy service on "DecisionLog" to service_role using (true);
insert into "DecisionLog" select n from generate_series(1, 1234) n;
alter table observability_logs add message text, add request_id text;
create table _prisma_migrations (migration_name text, started_at timestamptz, finished_at timestamptz,
rolled_back_at timestamptz);
alter table _prisma_migrations enable row level security;
create policy service on _prisma_migrations to service_role using (true);
insert into _prisma_migrations values ('20251101_first', now(), now(), null);
"""
TRAPS = """
create table coupons (id int);
alter table facts disable row level security;
drop policy readers on agent_queries;
create materialized view daily as select 1 as n;
grant select on daily to anon;
alter table product_categories rename to product_category;
alter view decision_sync_events reset (security_invoker);
create policy everybody on agent_feedback using (true);
alter role etl_loader bypassrls;
grant delete on agent_approvals to qa_team;
"""
FOUND: Mapping[str, Mapping[str, Json]] = {
    "tables": {
        "off": ["public.coupons", "public.facts"],
        "idle": ["public.facts"],
        "locked": ["public.agent_queries"],
        "never": ["public.daily"],
        "missing": ["product_categories"],
    },
    "views": {"as_owner": ["public.decision_sync_events"]},
    "policies": {"open": ["public.agent_feedback: everybody"]},
    "roles": {"around": ["etl_loader"], "writing": ["qa_team"]},
}
"""By look and fact, what there is to be found once the traps are set."""


class Databases:
    """A world that has nothing but databases."""

    def __init__(self) -> None:
        self.sql = SocketSql(Secrets({}))


@pytest.fixture(scope="module")
def cluster(postgres: Database) -> Database:
    """The server, with the roles that a stack of Supabase and we bring."""
    postgres.ask("".join(f"drop role if exists {role}; create role {role};" for role in ROLES))
    return postgres


@pytest.fixture
def source(cluster: Database) -> Iterator[str]:
    """A database that is guarded as it should be, of its own for each test."""
    yield make(cluster, "care_source", GUARDED + OURS)
    tell(cluster.dsn, "-c", "drop database care_source", "-c", "alter role etl_loader nobypassrls")


def make(cluster: Database, name: str, schema: str = "") -> str:
    """Make a database anew and return its address."""
    tell(cluster.dsn, "-c", f"drop database if exists {name}", "-c", f"create database {name}")
    address = cluster.dsn.rpartition("/")[0] + f"/{name}"
    if schema:
        tell(address, "-c", schema)
    return address


def tell(address: str, *arguments: str) -> str:
    """Let psql do something, as a person does."""
    command = [psql(), address, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=PATIENCE
    ).stdout.strip()


def use_of(runbook: str, step: str, item: str = "") -> CheckUse:
    """Return the check of a step as the shipped runbook has it."""
    found = library().runbook(runbook).steps[step].step
    if isinstance(found, CheckStep):
        return found.check
    assert isinstance(found, ChecksStep)
    return found.checks[item]


def look(
    address: str, use: CheckUse, known: Mapping[str, Json] | None = None
) -> tuple[str, Mapping[str, Json]]:
    """Look with it at a database; return the answer and what was seen by name."""
    names: Json = {
        "thresholds": {n: one.value for n, one in library().catalogue.thresholds.items()},
        **(known or {}),
    }
    use = decode(CheckUse, resolve(plain(use), lambda name: look_up(names, name), partial=True))
    kind = use.kind
    assert isinstance(kind, SqlCheck)
    use = dataclasses.replace(use, kind=dataclasses.replace(kind, database=address))
    seen: Observation = asyncio.run(use.kind.observe(cast(World, Databases()), 10.0))
    verdict = judge(use, seen)
    return verdict.answer, verdict.facts


def count(address: str, step: str) -> None:
    """Count every table as the runbook does."""
    found = library().runbook("backup-restore-drill").steps[step].step
    assert isinstance(found, ActionStep)
    kind = found.action.kind
    assert isinstance(kind, SqlAction)
    kind = dataclasses.replace(kind, database=address)
    assert "done" == asyncio.run(kind.perform(cast(World, Databases()), 30.0)).outcome


def rls(address: str, item: str) -> tuple[str, Mapping[str, Json]]:
    """Look at tables, views, policies or roles."""
    return look(address, use_of("rls-verification", "catalogue", item))


def test_a_guarded_database_passes_and_each_trap_is_found_by_discovery(source: str) -> None:
    """Each is found by name, by the one look that is for it, whatever list anybody keeps."""
    before = {item: rls(source, item) for item in FOUND}
    assert {"pass"} == {answer for answer, _ in before.values()}
    assert 12 == before["tables"][1]["tables"]
    tell(source, "-c", TRAPS)
    after = {item: rls(source, item) for item in FOUND}
    assert {"fail"} == {answer for answer, _ in after.values()}
    assert FOUND == {item: {fact: after[item][1][fact] for fact in facts} for item, facts in FOUND.items()}


def test_a_dump_comes_back_table_by_table_and_the_schema_alone_does_not(
    cluster: Database, source: str, tmp_path: Path
) -> None:
    """The runbook's own statements around pg_dump and psql, as a person types them."""
    drill = "backup-restore-drill"
    assert "fail" == look(source, use_of(drill, "source"))[0]  # not counted yet
    count(source, "count-source")
    answer, before = look(source, use_of(drill, "source"))
    assert ("pass", 12, 1305) == (answer, before["tables"], before["rows"])
    assert 1234 == cast(Mapping[str, Json], before["counts"])["public.DecisionLog"]
    parts = {"schema": "--schema-only", "data": "--data-only"}
    for part, option in parts.items():
        dump = [program("pg_dump"), option, "--no-owner", "-f", str(tmp_path / f"{part}.sql"), source]
        subprocess.run(dump, check=True, capture_output=True, timeout=PATIENCE)
    kind = use_of(drill, "files", "data").kind
    marked = [
        part for part in parts if str(getattr(kind, "contains", "")) in (tmp_path / f"{part}.sql").read_text()
    ]
    assert ["data"] == marked

    scratch = make(cluster, "scratch_restore")
    assert "fail" == look(source, use_of(drill, "target"))[0]  # never over what somebody uses
    assert "pass" == look(scratch, use_of(drill, "target"))[0]
    began = look(scratch, use_of(drill, "clock"))[1]["at"]
    known: dict[str, Json] = {"source": dict(before), "clock": {"at": began}}
    replica = "set session_replication_role = replica"
    schema, data = str(tmp_path / "schema.sql"), str(tmp_path / "data.sql")

    tell(scratch, "--single-transaction", "-f", schema)
    count(scratch, "count-restored")
    answer, facts = look(scratch, use_of(drill, "compare", "counts"), known)
    assert ("fail", 12, 0) == (
        answer,
        facts["tables"],
        facts["rows"],
    )  # the schema alone: every table, no row

    scratch = make(cluster, "scratch_restore")
    tell(scratch, "--single-transaction", "-f", schema, "-c", replica, "-f", data)
    assert "fail" == look(scratch, use_of(drill, "target"))[0]  # no longer empty
    count(scratch, "count-restored")
    answers = {
        item: look(scratch, use_of(drill, "compare", item), known) for item in ("counts", "view", "clock")
    }
    assert {"pass"} == {answer for answer, _ in answers.values()}
    assert 0 < cast(float, answers["clock"][1]["took"]) < 60
    assert 7 == answers["view"][1]["decisions"]

    tell(scratch, "-c", 'delete from "DecisionLog" where id = 1')
    count(scratch, "count-restored")
    assert "fail" == look(scratch, use_of(drill, "compare", "counts"), known)[0]  # one row short
    assert "fail" == look(source, use_of(drill, "gone"))[0]
    cluster.ask("drop database scratch_restore")
    assert "pass" == look(source, use_of(drill, "gone"))[0]


def test_the_looks_at_a_local_stack_are_read_as_they_are_meant(source: str) -> None:
    """Version and roles, unfinished migrations, tables that are missing, and a line with its request id."""
    ready = "local-supabase-readiness"
    roles = look(source, use_of(ready, "stack", "postgres"))[1]
    assert 3 == roles["roles"]
    assert {"pass"} == {look(source, use_of(ready, "built", item))[0] for item in ("migrations", "tables")}
    tell(source, "-c", "insert into _prisma_migrations values ('20251102_second', now(), null, null)")
    answer, facts = look(source, use_of(ready, "built", "migrations"))
    assert ("fail", "20251102_second") == (answer, facts["name"])
    tell(source, "-c", "drop table _prisma_migrations, notification_settings")
    assert "42P01" == look(source, use_of(ready, "built", "migrations"))[1]["code"]
    assert ["notification_settings"] == look(source, use_of(ready, "built", "tables"))[1]["missing"]
    known: Mapping[str, Json] = {"run": {"id": "INC-1"}}
    line = use_of(ready, "arrived")
    assert ("fail", 0) == (look(source, line, known)[0], look(source, line, known)[1]["found"])
    tell(source, "-c", "insert into observability_logs (id, message) values (8, 'runbook probe INC-1')")
    answer, facts = look(source, line, known)
    assert ("fail", 1, 0) == (answer, facts["found"], facts["requests"])
    tell(source, "-c", "update observability_logs set request_id = 'INC-1' where id = 8")
    assert "pass" == look(source, line, known)[0]
