"""The database in virtual time: declared answers, errors by SQLSTATE, faults on the way, and what heals."""

from __future__ import annotations

import pytest

from engine.estate.database import normalised
from engine.estate.estate import AGENT
from engine.estate.fault import Fault
from engine.estate.in_process import InProcessWorld
from engine.estate.in_process_sql import ADDRESS
from engine.kinds.actions.sql import SqlAction
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.ports import CannotLook, NoAnswer, SqlFault, SqlReply, SqlRequest
from engine.kinds.ports.sql import NotCommitted
from engine.kinds.statement import SqlText
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.estate.test_in_process import Clock, done, world

LOCKS = "select pid, age from locks where age > $1"


def strike(estate: InProcessWorld, kind: str, heal: str | None = None, **params: Json) -> None:
    """Let something break at the database, now."""
    estate.estate.strike(Fault("database", kind, heal=heal, params=params), Clock().now)


def ask(estate: InProcessWorld, statement: str, *values: Json, **more: object) -> SqlReply:
    """Send one statement; nothing may wait."""
    return done(estate.sql.run(SqlRequest(ADDRESS, statement, values, **more)))  # type: ignore[arg-type]


def test_a_good_day() -> None:
    """What every estate can say about itself."""
    estate = world()
    assert ((1,),) == ask(estate, "SELECT 1").rows
    assert ((3,),) == ask(estate, "select count(*) -- how many\n from approvals;").rows
    assert 0 < ask(estate, "select 1").seconds < 0.1


def test_a_statement_is_known_by_what_counts_in_it() -> None:
    """Not by spacing, comments or capitals of words; by the capitals of strings and names."""
    assert normalised("SELECT  a /* x */ FROM\nt ;") == normalised("select a from t")
    assert normalised("select 'A' from t") != normalised("select 'a' from t")


def test_what_nobody_declared_cannot_be_looked_at() -> None:
    """It is unknown, and the message says how to declare it."""
    with pytest.raises(CannotLook, match="knows no answer to: select 2"):
        ask(world(), "select 2")


def test_a_scenario_declares_rows() -> None:
    """The newest wins, and the caps hold here too."""
    estate = world()
    strike(estate, "database-answers", sql=LOCKS, rows=[{"pid": 7, "age": 400}, {"pid": 8}])
    reply = ask(estate, LOCKS.upper().replace("LOCKS", "locks"), 300)
    assert (("pid", "age"), ((7, 400), (8, None))) == (reply.columns, reply.rows)
    assert (1, True) == (len(ask(estate, LOCKS, 1, max_rows=1).rows), ask(estate, LOCKS, 1, max_rows=1).more)
    later = Fault("database", "database-answers", at=1.0, params={"sql": LOCKS, "rows": []})
    estate.estate.strike(later, Clock().now)
    assert () == ask(estate, LOCKS, 300).rows


@pytest.mark.parametrize(
    ("kind", "params", "code", "seconds"),
    [
        ("database-full", {}, "53300", 0.02),
        ("database-missing", {"table": "approvals"}, "42P01", 0.02),
        ("database-locked", {"table": "approvals"}, "55P03", 2.0),
        ("database-slow", {"seconds": 60}, "57014", 10.0),
    ],
)
def test_a_broken_database_answers_with_its_code(
    kind: str, params: dict[str, Json], code: str, seconds: float
) -> None:
    """After the time it would take."""
    estate = world()
    strike(estate, kind, **params)
    with pytest.raises(SqlFault) as caught:
        ask(estate, "select count(*) from approvals")
    assert (code, seconds) == (caught.value.code, caught.value.seconds)


def test_a_fault_of_one_table_leaves_the_others() -> None:
    """As on a real one."""
    estate = world()
    strike(estate, "database-missing", table="approvals")
    assert ((1,),) == ask(estate, "select 1").rows


def test_a_slow_database_answers_in_time_where_there_is_time() -> None:
    """By the timeout of the one who asks."""
    estate = world()
    strike(estate, "database-slow", seconds=5)
    assert 5.0 == ask(estate, "select 1", timeout=6.0).seconds


@pytest.mark.parametrize(
    ("kind", "reason", "seconds"),
    [("refuse", "refused", 0.01), ("database-away", "refused", 0.01), ("hang", "timeout", 10.0),
     ("drip", "timeout", 10.0), ("garble", "garbled", 0.02), ("truncate", "reset", 0.02), ("reset", "reset", 0.02)],
)  # fmt: skip
def test_a_fault_on_the_way_is_no_answer(kind: str, reason: str, seconds: float) -> None:
    """The check says unknown, unless told that silence is a fail."""
    estate = world()
    strike(estate, kind)
    with pytest.raises(NoAnswer) as caught:
        ask(estate, "select 1")
    assert (reason, seconds) == (caught.value.reason, caught.value.seconds)


def test_a_change_heals_what_it_heals_and_is_remembered() -> None:
    """Only where its number of rows is as expected."""
    estate = world()
    kill = "select pg_terminate_backend(pid) from stuck"
    strike(estate, "database-answers", sql=kill, rows=[{"ok": True}])
    strike(estate, "database-full", heal="sql")
    with pytest.raises(SqlFault):
        ask(estate, kill, write=True)
    estate = world()
    strike(estate, "database-answers", sql=kill, rows=[{"ok": True}])
    strike(estate, "database-locked", heal="sql", table="approvals")
    assert not ask(estate, kill, write=True, expect_rows=2).committed
    assert () == estate.estate.state.database.written
    assert ask(estate, kill, write=True, expect_rows=1).committed
    assert (normalised(kill),) == estate.estate.state.database.written
    assert ((3,),) == ask(estate, "select count(*) from approvals").rows


def test_a_standby_takes_no_change() -> None:
    """But answers."""
    estate = world()
    strike(estate, "database-read-only")
    strike(estate, "database-answers", sql="update t set a = 1", affected=1)
    with pytest.raises(SqlFault) as caught:
        ask(estate, "update t set a = 1", write=True)
    assert "25006" == caught.value.code
    assert ((1,),) == ask(estate, "select 1").rows


def test_a_connection_lost_before_or_after_the_commit() -> None:
    """Before it nothing has happened, after it nobody knows."""
    for before, kind, written in ((True, NotCommitted, 0), (False, NoAnswer, 1)):
        estate = world()
        strike(estate, "database-answers", sql="update t set a = 1", affected=1)
        strike(estate, "reset", before=before)
        with pytest.raises(NoAnswer) as caught:
            ask(estate, "update t set a = 1", write=True)
        assert kind is type(caught.value)
        assert written == len(estate.estate.state.database.written)


def test_no_real_database_is_ever_meant() -> None:
    """An address outside the sandbox is a name nobody has; a made-up secret leads to the stand-in."""
    estate = world()
    for database in ("postgresql://app@db.example.com/shop", "postgresql://app@127.0.0.1/shop"):
        with pytest.raises(NoAnswer, match="no such host in the sandbox"):
            done(estate.sql.run(SqlRequest(database, "select 1")))
    with pytest.raises(CannotLook, match="no SQLite file"):
        done(estate.sql.run(SqlRequest("sqlite:///x.db", "select 1")))
    assert ((1,),) == done(estate.sql.run(SqlRequest("sandbox-value-of-pg_url", "select 1"))).rows


def test_the_kinds_read_it() -> None:
    """Pass, fail and unknown in a drill as in a real run."""
    check = SqlCheck(sql=SqlText("select 1"), database=ADDRESS)
    estate = world()
    assert "pass" == judge(CheckUse(kind=check), done(check.observe(estate, 5.0))).answer
    strike(estate, "database-full")
    assert "fail" == judge(CheckUse(kind=check), done(check.observe(estate, 5.0))).answer
    action = SqlAction(sql=SqlText("update t set a = 1"), database=ADDRESS, expect_rows=1)
    assert "failed" == done(action.perform(estate, 5.0)).outcome


def test_the_app_above_it_still_fails_with_it() -> None:
    """One fault, both views."""
    estate = world()
    strike(estate, "database-away")
    assert not estate.estate.state.reachable("database")
    assert AGENT in estate.estate.state.services
