"""The statements on our own tables: known to the stand-in, and right on a real Postgres with such tables."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

import pytest
import yaml

from engine.estate.data_figures import FIGURES
from engine.estate.database_statistics import row
from engine.estate.postgres import PostgresServer, programs
from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds.ports import SqlRequest
from engine.kinds.values import Json
from tests.content.harness import ROOT
from tests.needs import missing

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("sandbox-postgres")]

CATALOGUE = yaml.safe_load((ROOT / "runbooks/catalogue/data.yaml").read_text(encoding="utf-8"))
STATEMENTS: Mapping[str, str] = {
    name: one["sql"]
    for part in ("checks", "actions")
    for name, one in CATALOGUE[part].items()
    if "sql" in one
}
PARAMETERS: Mapping[str, tuple[Json, ...]] = {
    "data-object": ("decision_sync_events",),
    "data-migrations": ("2025-11-23T03:05:22Z",),
    "sync-window": (90,),
    "sync-lost": (90,),
}
SCHEMA = """
create schema cron;
create table cron.job (jobid bigint, jobname text, active boolean);
create table cron.job_run_details (jobid bigint, status text, return_message text, start_time timestamptz);
insert into cron.job values (2, 'purge_dashboard_data', true), (4, 'refresh_agent_views', false);
insert into cron.job_run_details
select 2, 'succeeded', 'DELETE ' || (100 + n), now() - make_interval(days => n) from generate_series(2, 20) n;
insert into cron.job_run_details values
  (2, 'succeeded', 'DELETE 9000', now() - interval '4 hours'),
  (4, 'failed', 'deadlock detected', now() - interval '1 hour');
create schema supabase_migrations;
create table supabase_migrations.schema_migrations (version text);
insert into supabase_migrations.schema_migrations values ('20251117093000'), ('20251123020000');
create table facts (project text, topic text, key text, value jsonb, created_at timestamptz);
insert into facts values
  ('occ', 'shopify.sales.summary', 'a', '1', now() - interval '2 minutes'),
  ('occ', 'support.webhook.dead_letter', 'b', '1', now() - interval '20 minutes'),
  ('occ', 'support.webhook.dead_letter', 'b', null, now() + interval '1 day'),
  ('occ', 'twice', 'c', '1', date_trunc('hour', now())), ('occ', 'twice', 'c', '1', date_trunc('hour', now()));
create table observability_logs (id bigint, created_at timestamptz);
create table agent_approvals (status text, updated_at timestamptz);
insert into agent_approvals values ('pending', now() - interval '10 minutes'), ('done', now()), ('approved', now());
create table "DecisionLog" (id text, "createdAt" timestamptz, action text);
insert into "DecisionLog" select 'd' || n, now() - interval '10 minutes',
  case when n < 4 then 'approve' else 'edit' end from generate_series(1, 5) n;
insert into "DecisionLog" select 'w' || week || '-' || n, now() - interval '1 day' - make_interval(days => 7 * week), 'edit'
from generate_series(1, 5) week, generate_series(1, 10 + week % 2) n;
create table decision_sync_event_logs (
  decision text, status text, duration double precision, error text, attempt int, at timestamptz, scope text
);
alter table decision_sync_event_logs enable row level security;
insert into decision_sync_event_logs values
  ('d1', 'success', 241.12, null, 1, now() - interval '9 minutes', 'ops'),
  ('d2', 'success', 198.77, null, 1, now() - interval '9 minutes', 'ops'),
  ('d3', 'failed', 1500.55, 'ETIMEDOUT', 3, now() - interval '9 minutes', 'ops'),
  ('d4', 'success', 265.43, null, 1, now() - interval '9 minutes', 'ops');
create view decision_sync_events as select decision as "decisionId", status, duration as "durationMs",
  error as "errorCode", attempt, at as timestamp, scope from decision_sync_event_logs;
"""


def test_every_statement_is_known_to_the_stand_in_by_its_columns() -> None:
    """A column that is renamed in the catalogue and not there would make the drills blind."""
    asked = {name: row(statement, ()) for name, statement in STATEMENTS.items()}
    assert len(asked) > 10
    assert [] == [name for name, answer in asked.items() if answer is None]
    assert set(FIGURES) >= {column for answer in asked.values() for column in (answer or ((), ()))[0]}


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server with such tables."""
    if programs() is None:
        missing("PostgreSQL (initdb, postgres)")
    server = PostgresServer(tmp_path_factory.mktemp("pg"))
    server.start(SCHEMA)
    try:
        yield server.dsn
    finally:
        server.stop()


def first(dsn: str, name: str, *parameters: Json) -> dict[str, Json]:
    """Return the one row a statement of the catalogue brings."""
    asked = SqlRequest(
        dsn, STATEMENTS[name], parameters=parameters or PARAMETERS.get(name, ()), timeout=5.0,
        write=name in CATALOGUE["actions"],
    )  # fmt: skip
    reply = asyncio.run(SocketSql(Secrets({})).run(asked))
    assert 1 == len(reply.rows)
    return dict(zip(reply.columns, reply.rows[0], strict=True))


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_a_statement_runs_and_brings_one_row(dsn: str, name: str) -> None:
    """With the columns the stand-in answers by, so that both worlds are one."""
    answer = row(STATEMENTS[name], ())
    assert answer is not None
    assert list(answer[0]) == list(first(dsn, name))


def test_the_window_names_two_percentiles_and_how_many_they_are_of(dsn: str) -> None:
    """The sample of the team's report: a quarter failed, on the third try, and P95 is a matter of the method."""
    seen = first(dsn, "sync-window")
    assert (4, 25.0, 0, 1, "ETIMEDOUT", 1, "ops") == tuple(
        seen[f"sync_{name}"]
        for name in ("n", "failed_percent", "zero", "third_tries", "code", "code_count", "scope")
    )
    assert (1315.28, 1500.55) == (round(float(str(seen["sync_p95_ms"])), 2), seen["sync_p95_nearest_ms"])


def test_a_decision_without_any_event_is_lost_and_one_that_failed_is_not_synced(dsn: str) -> None:
    """Silence and failure are told apart."""
    assert {"decisions": 5, "decisions_synced": 3, "decisions_lost": 1} == first(dsn, "sync-lost")


def test_an_object_that_is_missing_is_told_from_one_that_is_locked(dsn: str) -> None:
    """No row-level security protects a view that runs with its owner's rights."""
    view, table, none = (
        first(dsn, "data-object", name)
        for name in ("decision_sync_events", "decision_sync_event_logs", "never_there")
    )
    assert ("view", False) == (view["object_is"], view["invoker"])
    assert (True, 0) == (table["row_security"], table["policies"])
    assert none["object_found"] is None


def test_a_purge_that_took_too_much_is_known_by_its_own_past(dsn: str) -> None:
    """9000 rows where 111 are usual; and a job that failed and one that is paused."""
    seen = first(dsn, "data-jobs")
    assert (9000, 111.0, True, 2) == tuple(
        seen[name] for name in ("purged_rows", "purged_usual", "purged_too_much", "purge_job")
    )
    assert (1, "refresh_agent_views", 1) == (seen["jobs_failed"], seen["job_failed"], seen["jobs_paused"])


def test_what_cannot_be_true_is_counted(dsn: str) -> None:
    """Twice, empty, from the future, and of a strange status."""
    seen = first(dsn, "data-truth")
    assert (1, 1, 1, 1, 0, 0) == tuple(seen.values())


def test_a_day_is_odd_by_its_weekday_and_only_with_enough_of_them(dsn: str) -> None:
    """Five such weekdays of ten or eleven decisions, and a yesterday without any."""
    seen = first(dsn, "data-day-odd")
    assert (5, 0, 11.0, 11.0) == tuple(seen.values())


def test_what_people_do_is_counted_without_a_name(dsn: str) -> None:
    """Decisions by action; no session says its role, so none is anybody's."""
    seen = first(dsn, "data-usage")
    assert {"approve": 3, "edit": 2} == seen["decisions_by_action"]
    assert (5, 0, 0.0, 0) == tuple(
        seen[name] for name in ("decisions_week", "sessions_day", "approvals_per_hour", "ceo_sessions_week")
    )
