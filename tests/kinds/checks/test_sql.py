"""The sql check: facts in rows, errors that are a fail and errors that are ours, what is refused at load."""

from __future__ import annotations

from typing import Any

import pytest

from engine.kinds.check import Check
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.codec import BadData, decode
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, NoAnswer, SqlFault, SqlReply
from engine.kinds.sqlstates import SQLSTATES, meaning
from engine.kinds.statement import SqlText
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from tests.kinds.fakes import FakeWorld, observed, run

REPLY = SqlReply(("id", "state", "id"), ((1, "up", 5), (2, None, 6)), 0.041, connected=0.03)


def check(
    sql: str = "select 1", database: str = "postgresql://app@db.example.com/shop", **more: Any
) -> SqlCheck:
    """Return a check as an author writes it."""
    return decode(Check, {"kind": "sql", "sql": sql, "database": database, **more})  # type: ignore[return-value]


def answer(reply: SqlReply | Exception, expect: dict[str, Json] | None = None) -> str:
    """Return what one reply is judged to be."""
    wanted = {name: Matcher.parse(value) for name, value in (expect or {}).items()}
    return judge(CheckUse(kind=check(), expect=wanted), observed(check(), reply)).answer


def test_rows_are_objects_by_column() -> None:
    """A second column of one name does not hide the first."""
    facts = observed(check(), REPLY).facts
    assert [{"id": 1, "state": "up", "id_2": 5}, {"id": 2, "state": None, "id_2": 6}] == facts["rows"]
    assert ({"id": 1, "state": "up", "id_2": 5}, 2, False) == (facts["first"], facts["count"], facts["more"])
    assert (["id", "state", "id_2"], 0.041, 0.03) == (
        facts["columns"], facts["seconds"], facts["connect_seconds"],
    )  # fmt: skip
    assert "value" not in facts


def test_one_value_has_a_name_of_its_own() -> None:
    """And none is absent, not null."""
    assert 7 == observed(check(), SqlReply(("count",), ((7,),), 0.01)).facts["value"]
    empty = observed(check(), SqlReply(("count",), (), 0.01))
    assert (0, True) == (empty.facts["count"], "value" not in empty.facts and "first" not in empty.facts)
    assert "pass" == answer(SqlReply(("n",), ((7,),), 0.01), {"value": {"lt": 10}, "rows.0.n": 7})
    assert "unknown" == answer(SqlReply(("n",), (), 0.01), {"value": {"lt": 10}})


def test_an_error_is_a_fail_unless_it_says_that_we_could_not_look() -> None:
    """Pool full is theirs; a wrong password is ours."""
    assert "pass" == answer(REPLY)
    full = SqlFault("53300", "sorry, too many clients already", 0.1)
    assert ("fail", "53300") == (answer(full), observed(check(), full).facts["code"])
    assert "fail" == answer(full, {"value": {"lt": 10}})
    assert "pass" == answer(full, {"code": "53300"})
    assert "the database has no connection left" in observed(check(), full).summary
    with pytest.raises(CannotLook, match="check the credential"):
        observed(check(), SqlFault("28P01", "password authentication failed", 0.1))


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("28P01", "password authentication failed", "unknown"),
        ("28000", "no pg_hba.conf entry", "unknown"),
        ("XX000", "Tenant or user not found", "unknown"),
        ("XX000", "MaxClientsInSessionMode: max clients reached", "fail"),
        ("XX000", "cache lookup failed", "fail"),
        ("53300", "too many connections", "fail"),
        ("53100", "disk full", "fail"),
        ("57014", "canceling statement due to statement timeout", "fail"),
        ("57014", "canceling statement due to user request", "unknown"),
        ("57P03", "the database system is starting up", "fail"),
        ("55P03", "canceling statement due to lock timeout", "unknown"),
        ("40P01", "deadlock detected", "unknown"),
        ("42501", "permission denied", "unknown"),
        ("42601", "syntax error", "unknown"),
        ("42P01", "relation does not exist", "fail"),
        ("25006", "cannot execute INSERT in a read-only transaction", "unknown"),
        ("22012", "division by zero", "fail"),
        ("SQLITE_BUSY_SNAPSHOT", "database is locked", "unknown"),
        ("SQLITE_CORRUPT", "malformed", "fail"),
        ("SQLITE_ERROR", "no such table: x", "fail"),
    ],
)
def test_the_table_of_errors(code: str, message: str, expected: str) -> None:
    """Each row with its reason."""
    assert expected == meaning(code, message).answer
    assert meaning(code, message).why


def test_every_row_of_the_table_can_be_reached() -> None:
    """None is hidden behind one before it."""
    for state in SQLSTATES:
        code = f"{state.code}000" if len(state.code) == 2 else state.code
        assert state is meaning(code, state.says)


def test_no_answer_is_unknown() -> None:
    """Unless the step says otherwise."""
    with pytest.raises(NoAnswer):
        observed(check(), NoAnswer("refused", "refused", 0.1))
    assert "unknown" == SqlCheck.no_answer


def test_what_is_asked_is_what_was_written() -> None:
    """Values apart from the text, and the caps with them."""
    world = FakeWorld([REPLY])
    wanted = check(
        "select * from t where a = $1", parameters=["x"], lock_timeout="500ms", max_rows=5, max_bytes=9
    )
    run(wanted.observe(world, 7.0))
    request = world.statements[0]
    assert ("select * from t where a = $1", ("x",), False, 7.0, 0.5, 5, 9) == (
        request.statement, request.parameters, request.write, request.timeout, request.lock_timeout,
        request.max_rows, request.max_bytes,
    )  # fmt: skip
    assert str is type(request.statement)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"sql": "select 1; select 2"}, "one statement only"),
        ({"sql": "delete from t"}, "make it an action"),
        ({"sql": "select pg_terminate_backend(1)"}, "does more than look"),
        ({"sql": "select * from ${inputs.table}"}, "holds no"),
        ({"sql": "select * from t where a = '${step.fact}'"}, "holds no"),
        ({"sql": "select $1"}, "takes 1 parameter, given are 0"),
        ({"sql": "select 1", "parameters": [1]}, "takes 0 parameters, given are 1"),
        ({"sql": "select $1", "parameters": ["${secrets.TOKEN}"]}, "a secret cannot be a parameter"),
        (
            {"sql": "select $1", "parameters": [{"a": ["x ${secrets.TOKEN}"]}]},
            "a secret cannot be a parameter",
        ),
        ({"sql": "select ?", "database": "sqlite:///x.db"}, r"write parameters as \$1"),
        ({"max_rows": 0}, "at least 1"),
    ],
)
def test_what_is_refused_when_it_is_loaded(fields: dict[str, Json], why: str) -> None:
    """Not first at three in the morning."""
    with pytest.raises(BadData, match=why):
        check(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("database", "target"),
    [
        (
            "postgresql://app:pw-never-shown@db.example.com:6543/shop?sslmode=require",
            "db.example.com:6543/shop",
        ),
        ("${secrets.PG_URL}", "$PG_URL"),
        ("${secrets.PG_URL}?sslmode=require", "$PG_URL"),
        ("postgresql://app:${secrets.PG_PASSWORD}@db.example.com/shop", "db.example.com/shop"),
        ("sqlite:///data/x.db", "data/x.db"),
        ("sqlite:////var/x.db", "/var/x.db"),
        ("postgresql://[", "database"),
    ],
)
def test_the_target_is_host_and_database(database: str, target: str) -> None:
    """Never user or password."""
    wanted = SqlCheck(sql=SqlText("select 1"), database=database)
    assert target == wanted.target()
    assert "pw-never-shown" not in wanted.by_hand()


def test_by_hand_is_a_psql_line_in_a_read_only_transaction() -> None:
    """The secret is a variable, the values are literals."""
    line = check("select * from t where a = $1", "${secrets.PG_URL}", parameters=["it's"]).by_hand()
    assert (
        'psql "$PG_URL" -X -v ON_ERROR_STOP=1 -q'
        " -c 'begin read only; set local statement_timeout='\\''30s'\\'''"
        " -c 'select * from t where a = '\\''it'\\'''\\''s'\\''' -c rollback"
    ) == line
    assert (
        "sqlite3 -readonly ./-x.db 'select (1)'"
        == check("select $1", "sqlite:///-x.db", parameters=[1]).by_hand()
    )
