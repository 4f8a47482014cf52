"""SQL on a real PostgreSQL: what holds, what is cut, what ends in time, and the line a person pastes."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import time
import tracemalloc
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds import sql_by_hand
from engine.kinds.actions.sql import SqlAction
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.ports import CannotLook, NoAnswer, SqlFault, SqlReply, SqlRequest
from engine.kinds.ports.sql import NotCommitted
from engine.kinds.statement import SqlText
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation, Performed
from tests.parts.postgres import PASSWORD, Database, postgres, psql
from tests.patience import PATIENCE

__all__ = ["postgres"]
pytestmark = [pytest.mark.system, pytest.mark.xdist_group("postgres")]  # one server for all of them
T = TypeVar("T")
CANARY = "1|alive|1.5\n2||2"


class World:
    """A world that has nothing but databases."""

    def __init__(self, database: Database) -> None:
        self.sql = SocketSql(Secrets({"PG_URL": database.dsn}))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end, on a loop of its own."""
    return asyncio.run(work)


def ask(database: Database, statement: str, *values: Json, **more: Any) -> SqlReply:
    """Send one statement past the kinds, as they would."""
    request = SqlRequest("${secrets.PG_URL}", statement, values, **more)
    return run(World(database).sql.run(request))


def look(
    database: Database, sql: str, *values: Json, timeout: float = PATIENCE, dsn: str = ""
) -> Observation:
    """Look with the kind."""
    check = SqlCheck(sql=SqlText(sql), database=dsn or "${secrets.PG_URL}", parameters=values)
    return run(check.observe(World(database), timeout))  # type: ignore[arg-type]


def act(database: Database, sql: str, *values: Json, expect_rows: Json = None) -> Performed:
    """Act with the kind."""
    action = SqlAction(
        sql=SqlText(sql), database="${secrets.PG_URL}", parameters=values, expect_rows=expect_rows
    )
    return run(action.perform(World(database), 5.0))  # type: ignore[arg-type]


def canary(database: Database) -> str:
    """Return what the table holds."""
    return database.ask("select * from canary order by id")


WRITES = [
    "insert into canary values (3, 'x')",
    "update canary set word = 'dead'",
    "delete from canary",
    "truncate canary",
    "drop table canary",
    "alter table canary add column x int",
    "create table other (a int)",
    "create table other as select 1",
    "select * into other from canary",
    "with gone as (delete from canary returning *) select * from gone",
    "with one as (select 1) insert into canary values (4)",
    "with one as (select 1) update canary set word = 'dead'",
    "explain analyze delete from canary",
    "explain (analyze) update canary set word = 'dead'",
    "select sneaky()",
    "select (select sneaky())",
    "values (sneaky())",
    "with a as materialized (select sneaky()) select * from a",
    "explain (analyze) select sneaky()",
    "select * from canary for update",
    "select nextval('counter')",
    "select setval('counter', 5)",
    "select set_config('transaction_read_only', 'off', false), sneaky()",
    "set transaction read write",
    "copy canary from program 'echo 5'",
    "do $$ begin delete from canary; end $$",
    "merge into canary c using jobs j on c.id = j.id when matched then delete",
    "refresh materialized view canary",
    "select 1; delete from canary",
    "select 'a' /* ; */; delete from canary --",
    "commit; delete from canary",
    "call sneaky()",
]


@pytest.mark.parametrize("past_the_kind", [False, True])
def test_no_attempt_to_write_gets_through(postgres: Database, past_the_kind: bool) -> None:
    """Thirty-two ways, by the kind and straight at the port: the canary is unchanged."""
    for statement in WRITES:
        with pytest.raises((ValueError, CannotLook, SqlFault)):
            if past_the_kind:
                ask(postgres, statement)
            else:
                look(postgres, statement)
    assert (CANARY, "1") == (canary(postgres), postgres.ask("select last_value from counter"))


def test_the_server_itself_takes_one_statement_only_and_no_write(postgres: Database) -> None:
    """Even if our own reading of the text were wrong, the driver's protocol and the transaction hold."""
    from engine.io.world.network.addresses import Addresses
    from engine.io.world.sql import postgres as module
    from engine.io.world.sql.postgres_address import PostgresAddress

    codes = []
    for statement in ("select 1; delete from canary", "delete from canary", "select nextval('counter')"):
        with pytest.raises(SqlFault) as caught:
            request = SqlRequest("", statement)
            run(module.run(request, PostgresAddress.parse(postgres.dsn), Addresses()))
        codes.append(caught.value.code)
    assert ["42601", "25006", "25006"] == codes
    assert CANARY == canary(postgres)


@pytest.mark.parametrize(
    "value",
    [
        "'; drop table canary; --",
        "\\'; drop table canary",
        "$1",
        "${secrets.PG_URL}",
        "Ünïcode ☃ 𝄞",
        "",
        "a\nb",
    ],
)
def test_a_value_is_only_ever_a_value(postgres: Database, value: str) -> None:
    """It comes back as it went."""
    assert value == ask(postgres, "select $1::text", value).rows[0][0]
    assert () == ask(postgres, "select * from canary where word = $1", value).rows
    assert CANARY == canary(postgres)


def test_values_become_what_the_statement_wants(postgres: Database) -> None:
    """By the types the server infers."""
    wanted = "select $1::int, $2::text, $3::bool, $4::numeric, $5::timestamptz, $6::date, $7::interval"
    wanted += (
        ", $8::jsonb, $9::int[], $10::uuid, $11::text[], $12::timestamp, $13::float8, $14::time, $15::inet"
    )
    uuid = "6f9619ff-8b86-d011-b42d-00cf4fc964ff"
    reply = ask(
        postgres, wanted, "5", 5, "true", "1.25", "2025-11-23T03:05:22+01:00", "2025-11-23", "1h30m",
        {"a": [1, None]}, [1, "2"], uuid, ["x", None, "it's"], "2025-11-23T03:05:22", "0.5", "03:05:22", "::1",
    )  # fmt: skip
    assert (
        5, "5", True, 1.25, "2025-11-23T02:05:22.000Z", "2025-11-23", 5400.0,
        {"a": [1, None]}, [1, 2], uuid, ["x", None, "it's"], "2025-11-23T03:05:22", 0.5, "03:05:22", "::1",
    ) == reply.rows[0]  # fmt: skip
    assert (None, None) == ask(postgres, "select $1::int, $2::text[]", None, None).rows[0]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("int", "x"), ("int", 1.5), ("int", True), ("bool", 1), ("uuid", "x"), ("timestamptz", "soon"),
     ("int[]", 5), ("text", "a\x00b"), ("text", "\ud800"), ("int2", 70_000), ("date", 5)],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_not_sent(postgres: Database, kind: str, value: Json) -> None:
    """We could not ask; the value is not quoted."""
    with pytest.raises(CannotLook) as caught:
        ask(postgres, f"select $1::{kind}", value)
    assert "parameter" in str(caught.value)
    assert "soon" not in str(caught.value)


def test_columns_become_facts_by_a_written_rule(postgres: Database) -> None:
    """What the kind's page promises."""
    reply = ask(
        postgres,
        "select 1::bigint, 1.50::numeric, 3::numeric, 'NaN'::numeric, 'NaN'::float8, '-inf'::float8, "
        "'2025-11-23 03:05:22+00'::timestamptz, 'infinity'::timestamptz, '90 s'::interval, '\\x0102'::bytea, "
        "'{\"a\": 1}'::json, array[1.5, null], array['{}'::jsonb], int4range(1, 5), row(1, 'a'), null, "
        "'-infinity'::date, 1e400::numeric, true",
    )
    assert (
        1, 1.5, 3, "NaN", "NaN", "-Infinity", "2025-11-23T03:05:22.000Z", "infinity", 90.0, 2, {"a": 1},
        [1.5, None], [{}], "[1,5)", [1, "a"], None, "-infinity",
    ) == reply.rows[0][:17]  # fmt: skip
    assert ("1" + "0" * 400, True) == reply.rows[0][17:]
    json.dumps(reply.rows, allow_nan=False)


def test_rows_are_capped_and_say_so(postgres: Database) -> None:
    """Exactly as many as allowed are whole."""
    for rows, more in ((9, False), (10, False), (11, True)):
        reply = ask(postgres, "select generate_series(1, $1::int)", rows, max_rows=10)
        assert (min(rows, 10), more) == (len(reply.rows), reply.more)


def test_bytes_are_capped_and_say_so(postgres: Database) -> None:
    """Whole rows up to the cap; a single row beyond it is none."""
    reply = ask(postgres, "select repeat('x', 300000) from generate_series(1, 50)", max_bytes=1_000_000)
    assert (3, True) == (len(reply.rows), reply.more)
    reply = ask(postgres, "select repeat('x', 20000000)", max_bytes=1_000_000)
    assert (0, True) == (len(reply.rows), reply.more)


def test_a_million_rows_stay_on_the_server(postgres: Database) -> None:
    """Memory is that of the cap."""
    ask(postgres, "select 1")  # the driver is loaded
    tracemalloc.start()
    try:
        reply = ask(postgres, "select n, md5(n::text) from generate_series(1, 1000000) n", timeout=20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (1000, True) == (len(reply.rows), reply.more)
    assert peak < 4_000_000


def test_a_slow_statement_is_ended_by_the_server_before_we_give_up(postgres: Database) -> None:
    """It says so itself, which is a fail of the target, and no backend is left."""
    started = time.monotonic()
    observation = look(postgres, "select pg_sleep(3000)", timeout=5.0)
    assert time.monotonic() - started < PATIENCE
    assert ("57014", "fail") == (
        observation.facts["code"],
        judge(
            CheckUse(kind=SqlCheck(sql=SqlText("select 1"), database="postgresql://a@b/c")), observation
        ).answer,
    )
    assert "0" == backends(postgres, "pg_sleep(3000)")


def test_a_cancelled_look_cancels_its_backend(postgres: Database) -> None:
    """Somebody pressed Ctrl-C: nothing goes on running on the server."""

    async def cancelled() -> None:
        request = SqlRequest("${secrets.PG_URL}", "select pg_sleep(3100)", timeout=PATIENCE)
        task = asyncio.create_task(World(postgres).sql.run(request))
        while backends(postgres, "pg_sleep(3100)") == "0":
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(cancelled())
    end = time.monotonic() + PATIENCE
    while backends(postgres, "pg_sleep(3100)") != "0" and time.monotonic() < end:
        time.sleep(0.05)
    assert "0" == backends(postgres, "pg_sleep(3100)")


def backends(database: Database, text: str) -> str:
    """Return how many other sessions run a statement with this text."""
    return database.ask(
        "select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
        f" and query like '%{text}%'"
    )


@contextmanager
def session(database: Database, *statements: str) -> Iterator[None]:
    """Keep a second session open in a transaction."""
    with subprocess.Popen(
        [psql(), database.dsn, "-X", "-q", "-A", "-t"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdin is not None and other.stdout is not None
        other.stdin.write("begin;\n" + "".join(f"{one};\n" for one in statements) + "select 'held';\n")
        other.stdin.flush()
        assert "held" == other.stdout.readline().strip()
        try:
            yield
        finally:
            other.stdin.write("rollback;\n")
            other.stdin.close()


def test_somebody_elses_lock_is_waited_for_only_so_long(postgres: Database) -> None:
    """Then we could not look, and say what to look for."""
    check = SqlCheck(sql=SqlText("select * from canary"), database=postgres.dsn, lock_timeout=0.3)  # type: ignore[arg-type]
    with session(postgres, "lock table canary in access exclusive mode"):
        started = time.monotonic()
        with pytest.raises(CannotLook, match="look for the blocker"):
            run(check.observe(World(postgres), 2 * PATIENCE))  # type: ignore[arg-type]
        assert time.monotonic() - started < PATIENCE


def test_an_action_commits_one_transaction(postgres: Database) -> None:
    """And says how many rows it changed."""
    done = act(postgres, "update jobs set state = $1 where id = $2", "queued", 1, expect_rows=1)
    assert ("done", 1) == (done.outcome, done.facts["affected"])
    assert "queued" == postgres.ask("select state from jobs where id = 1")
    done = act(
        postgres, "update jobs set state = 'x' where id <= 1500 returning id", expect_rows={"ge": 1500}
    )
    assert ("done", 1500, 1000) == (done.outcome, done.facts["affected"], done.facts["count"])
    assert "1500" == postgres.ask("select count(*) from jobs where state = 'x'")


@pytest.mark.parametrize("returning", ["", " returning id"])
def test_a_wrong_number_of_rows_is_rolled_back(postgres: Database, returning: str) -> None:
    """A where clause was forgotten; nothing has happened."""
    before = postgres.ask("select md5(string_agg(state, ',' order by id)) from jobs")
    done = act(postgres, f"update jobs set state = 'gone'{returning}", expect_rows={"between": [1, 1]})
    assert "failed" == done.outcome
    assert "would have changed 4000 rows, wanted" in done.summary
    assert done.summary.endswith("rolled back")
    assert before == postgres.ask("select md5(string_agg(state, ',' order by id)) from jobs")


def test_an_error_before_the_commit_is_a_failed_action(postgres: Database) -> None:
    """Nothing has changed, and the code is a fact."""
    done = act(postgres, "insert into canary values (1, 'twice')")
    assert ("failed", "23505") == (done.outcome, done.facts["code"])
    assert CANARY == canary(postgres)


def test_what_no_rollback_takes_back_is_unknown(postgres: Database) -> None:
    """The sequence has moved, whatever became of the transaction."""
    done = act(postgres, "select nextval($1) from canary", "counter", expect_rows=1)
    assert "unknown" == done.outcome
    assert "what nextval did would stay" in done.summary
    postgres.ask("select setval('counter', 1, false)")


def test_a_connection_lost_before_the_commit_has_changed_nothing(postgres: Database) -> None:
    """The backend is killed in mid-statement by somebody else."""

    async def killed() -> None:
        request = SqlRequest(
            "${secrets.PG_URL}", "update canary set word = (select 'dead' from pg_sleep(3200)) where id = 1",
            write=True, timeout=PATIENCE,
        )  # fmt: skip
        task = asyncio.create_task(World(postgres).sql.run(request))
        while backends(postgres, "pg_sleep(3200)") == "0":
            await asyncio.sleep(0.02)
        where = "query like '%pg_sleep(3200)%' and pid <> pg_backend_pid()"
        pid = postgres.ask(f"select pid from pg_stat_activity where {where}")
        os.kill(int(pid), signal.SIGTERM)
        await task

    with pytest.raises((SqlFault, NotCommitted)) as caught:
        run(killed())
    assert "57P01" == getattr(caught.value, "code", "57P01")
    assert CANARY == canary(postgres)


def test_a_server_that_stops_dead_ends_within_the_deadline(postgres: Database) -> None:
    """Stopped in the middle of a statement: no server timeout, no cancelling, only our own deadline."""

    async def stopped(deadline: float) -> float:
        request = SqlRequest("${secrets.PG_URL}", "select pg_sleep(3300)", timeout=deadline)
        task = asyncio.create_task(World(postgres).sql.run(request))
        started = time.monotonic()
        while (pid := await asyncio.to_thread(
            postgres.ask,
            "select pid from pg_stat_activity where query like 'select pg_sleep(3300)' and state = 'active'",
        )) == "":  # fmt: skip
            if task.done():  # this machine takes longer to find it: once more, with more time
                await asyncio.gather(task, return_exceptions=True)
                return await stopped(4 * deadline)
        os.kill(int(pid), signal.SIGSTOP)
        os.kill(postgres.pid, signal.SIGSTOP)
        try:
            with pytest.raises(NoAnswer) as caught:
                await task
        finally:
            os.kill(postgres.pid, signal.SIGCONT)
            os.kill(int(pid), signal.SIGCONT)
        assert "timeout" == caught.value.reason
        return time.monotonic() - started

    assert run(stopped(1.5)) < PATIENCE


@pytest.mark.parametrize(
    ("user", "password", "said", "error"),
    [
        ("sandbox", "wrong-password-9", "credential", CannotLook),
        ("nobody-here", "wrong-password-9", "credential", CannotLook),
        ("reader", "reader-pw", "grant select", CannotLook),
        ("lonely", "lonely-pw", "53300", None),
    ],
)
def test_who_may_not_look_cannot_and_a_full_pool_is_a_fail(
    postgres: Database, user: str, password: str, said: str, error: type[Exception] | None
) -> None:
    """The table of errors, seen on a real server; no password is shown."""
    dsn = postgres.as_user(user, password)
    if error is None:
        observation = look(postgres, "select * from jobs", dsn=dsn)
        assert said == observation.facts["code"]
        shown = repr(observation)
    else:
        with pytest.raises(error, match=said) as caught:
            look(postgres, "select * from jobs", dsn=dsn)
        shown = f"{caught.value!r}{caught.value.__cause__!r}"
    assert password not in shown


def test_a_missing_table_is_a_fail_and_a_wrong_statement_is_ours(postgres: Database) -> None:
    """One is about the database, the other about the runbook."""
    assert "42P01" == look(postgres, "select * from nothing_here").facts["code"]
    with pytest.raises(CannotLook, match="correct it"):
        look(postgres, "select from where")


def test_nothing_of_ours_is_left_behind(postgres: Database) -> None:
    """No session, no prepared statement, no advisory lock: what a pooler shares stays clean."""
    ask(postgres, "select 1")
    act(postgres, "select 1")
    end = time.monotonic() + PATIENCE
    left = "select count(*) from pg_stat_activity where application_name = 'runbook'"
    while postgres.ask(left) != "0" and time.monotonic() < end:
        time.sleep(0.02)
    assert "0" == postgres.ask(left)


def test_within_its_transaction_no_statement_has_a_name_and_the_limits_are_local(postgres: Database) -> None:
    """Seen from inside."""
    assert () == ask(postgres, "select name from pg_prepared_statements").rows
    settings = "select name, setting, source from pg_settings where name = any($1) order by name"
    names = ["lock_timeout", "statement_timeout", "transaction_read_only", "search_path"]
    found = {row[0]: row[1:] for row in ask(postgres, settings, names, timeout=5, lock_timeout=1.5).rows}
    assert ("1500", "session") == found["lock_timeout"]
    assert 4000 < int(str(found["statement_timeout"][0])) < 5000
    assert ("on", "default") == (found["transaction_read_only"][0], found["search_path"][1])


HOSTILE: list[tuple[str, list[Json]]] = [
    ("select $1 as said", ["it's"]),
    ("select $1 as said", ["'; drop table canary; --"]),
    ("select $1 as said", ["\\'; drop table canary; --"]),
    ("select $1 as said", ["$(touch /tmp/x) `id` $HOME ${inputs.x} $1 $$ !!"]),
    ("select $1 as said", ["a\nb\tc\r\x01"]),
    ("select $1 as said", [":said :'said' :\"said\" \\d \\! id"]),
    ("select $1 as said", ["Ünïcode ☃ 𝄞 \u2028"]),
    ("select $1 as said", [""]),
    ("select 5 -$1::int as said", [-1]),
    ("select $1::text is null as said", [None]),
    ("select word from canary where id = any($1) order by id", [[1, 2]]),
    ("select unnest($1::text[])", [["a,b", 'c"d', "{e}", "f\\g", None, "NULL", "", "it's"]]),
    ("select $1::jsonb -> 'a' ->> 'b'", [{"a": {"b": "it's \\ here"}}]),
    ("select $1::jsonb ->> 0", [["x", 1]]),
    ("select n from canary where id = $1 and word = $2", [1, "alive"]),
    ("select /* it's $1 */ '$1', \"word\", $1::bool -- $2\n from canary", [True]),
]


@pytest.mark.parametrize(("sql", "values"), HOSTILE)
def test_the_printed_line_returns_the_same_rows(postgres: Database, sql: str, values: list[Json]) -> None:
    """Pasted into a shell, with hostile values written in."""
    check = SqlCheck(
        sql=SqlText(f"select to_jsonb(q)::text from ({sql}) q"),
        database="${secrets.PG_URL}",
        parameters=tuple(values),
    )
    rows = run(check.observe(World(postgres), 2 * PATIENCE)).facts["rows"]  # type: ignore[arg-type]
    line = check.by_hand()
    assert 1 == len(line.splitlines())
    done = subprocess.run(
        ["bash", "-c", line.replace(" -X ", " -X -A -t ", 1)],
        capture_output=True, timeout=PATIENCE, text=True,
        env={"PG_URL": postgres.dsn, "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
    assert [row["to_jsonb"] for row in rows] == done.stdout.removesuffix("\n").split("\n")  # type: ignore[index,union-attr]
    assert CANARY == canary(postgres)


def test_the_printed_line_is_read_only_and_hides_the_password(postgres: Database) -> None:
    """A person who pastes it cannot do more than the engine."""
    line = sql_by_hand.look(postgres.dsn, "select sneaky()", ())
    assert PASSWORD not in line.replace("sandbox@", "")
    with_password = sql_by_hand.look("${secrets.PG_URL}", "select sneaky()", ())
    done = subprocess.run(
        ["bash", "-c", with_password], capture_output=True, text=True, timeout=PATIENCE,
        env={"PG_URL": postgres.dsn, "PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode != 0
    assert "read-only transaction" in done.stderr
    assert shlex.split(line)[:2] == ["psql", f"postgresql://sandbox@127.0.0.1:{postgres.port}/postgres"]


def test_the_printed_change_is_one_transaction(postgres: Database) -> None:
    """An error in it leaves nothing."""
    line = sql_by_hand.change(
        "${secrets.PG_URL}", "update jobs set state = $1 where id = $2", ["it's", 4000], 2
    )
    env = {"PG_URL": postgres.dsn, "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=PATIENCE, env=env)
    assert (0, "UPDATE 1") == (done.returncode, done.stdout.strip().splitlines()[-1])
    assert "it's" == postgres.ask("select state from jobs where id = 4000")


@pytest.mark.parametrize(
    ("expect_rows", "held"),
    [(1, True), (2, False), ({"between": [1, 3]}, True), ({"ge": 1, "lt": 1}, False), ({"gt": 0}, True)],
)
def test_the_printed_change_undoes_a_wrong_number_of_rows_too(
    postgres: Database, expect_rows: Json, held: bool
) -> None:
    """Whoever pastes it is as safe as the engine."""
    postgres.ask("update jobs set state = 'before' where id = 7")
    action = SqlAction(
        sql=SqlText("update jobs set state = $1 where id = $2"),
        database="${secrets.PG_URL}",
        parameters=("it's $1 $$ after", 7),
        expect_rows=expect_rows,
    )
    env = {"PG_URL": postgres.dsn, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["bash", "-c", action.by_hand()], capture_output=True, text=True, timeout=PATIENCE, env=env
    )
    assert held == (done.returncode == 0)
    assert ("1 rows" if held else "would have changed 1 rows") in done.stderr
    assert ("it's $1 $$ after" if held else "before") == postgres.ask("select state from jobs where id = 7")


def test_a_time_nobody_can_write_is_no_fault_of_the_engine(postgres: Database) -> None:
    """The driver has no year before 1; the message says what to do."""
    with pytest.raises(CannotLook, match="cast it to text"):
        ask(postgres, "select '4713-01-01 BC'::date")
    assert "4713-01-01 BC" == ask(postgres, "select '4713-01-01 BC'::date::text").rows[0][0]
