"""SQL on a SQLite file: the same promises as on Postgres, with nothing but the standard library."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import SocketSql
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.ports import CannotLook, SqlFault, SqlReply, SqlRequest
from engine.kinds.statement import SqlText
from engine.kinds.values import Duration, Json
from tests.needs import program
from tests.patience import PATIENCE

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a canary."""
    path = tmp_path / "it's a file.db"
    with closing(sqlite3.connect(path)) as made:
        made.execute("create table canary (id integer primary key, word text)")
        made.executemany("insert into canary values (?, ?)", [(1, "alive"), (2, None)])
        made.commit()
    return path


def ask(file: Path, statement: str, *values: Json, **more: Any) -> SqlReply:
    """Send one statement."""
    client = SocketSql(Secrets({}), root=file.parent)
    return asyncio.run(client.run(SqlRequest(f"sqlite:///{file.name}", statement, values, **more)))


def canary(file: Path) -> list[Any]:
    """Return what the table holds."""
    with closing(sqlite3.connect(file)) as looked:
        return looked.execute("select * from canary order by id").fetchall()


def test_rows_come_back_as_facts(file: Path) -> None:
    """Of bytes the number, of infinity the word."""
    reply = ask(file, "select 1, 2.5, 'x', null, x'0102', 9e999")
    assert ((1, 2.5, "x", None, 2, "Infinity"),) == reply.rows
    assert (("alive",),) == ask(file, "select word from canary where id = $1 and id = $1", 1).rows
    assert () == ask(file, "select * from canary where word = $1", "'; drop table canary; --").rows


@pytest.mark.parametrize(
    "statement",
    [
        "insert into canary values (3, 'x')",
        "replace into canary values (1, 'x')",
        "delete from canary",
        "drop table canary",
        "create table other (a)",
        "with a as (select 1) delete from canary",
        "explain analyze delete from canary",
        "pragma user_version = 5",
        "pragma query_only = off",
        "pragma wal_checkpoint",
        "attach 'other.db' as other",
        "vacuum into 'copy.db'",
        "select load_extension('x')",
        "select 1; delete from canary",
        "select [;] ; delete from canary",
    ],
)
def test_no_attempt_to_write_gets_through(file: Path, statement: str) -> None:
    """By our reading of the text or by the file being open for reading only."""
    before = file.read_bytes()
    with pytest.raises((CannotLook, SqlFault)):
        ask(file, statement)
    assert before == file.read_bytes()
    assert [file.name] == [path.name for path in file.parent.iterdir()]


@pytest.mark.parametrize(
    "statement",
    ["delete from canary", "attach 'other.db' as other", "vacuum into 'copy.db'", "pragma query_only = off",
     "create temp table x (a)", "select load_extension('x')"],
)  # fmt: skip
def test_the_file_itself_is_closed_to_writing(file: Path, statement: str) -> None:
    """Even if our reading of the text were wrong."""
    from engine.io.world.sql import sqlite
    from engine.kinds.statement import Statement

    before = file.read_bytes()
    with pytest.raises(SqlFault):
        asyncio.run(sqlite.run(SqlRequest("", statement), Statement(statement, ()), file))
    assert before == file.read_bytes()
    assert [file.name] == [path.name for path in file.parent.iterdir()]


def test_rows_and_bytes_are_capped(file: Path) -> None:
    """And say so."""
    many = "with recursive n(i) as (select 1 union all select i + 1 from n where i < $1) select i from n"
    for rows, more in ((9, False), (10, False), (11, True)):
        reply = ask(file, many, rows, max_rows=10)
        assert (min(rows, 10), more) == (len(reply.rows), reply.more)
    wide = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 50) select hex(zeroblob(150000)) from n"
    assert (3, True) == (len(ask(file, wide).rows), ask(file, wide).more)
    with pytest.raises(SqlFault, match="too big"):
        ask(file, "select hex(zeroblob(100000000))")


def test_an_endless_statement_ends_in_time(file: Path) -> None:
    """The thread is told, not left behind."""
    started = time.monotonic()
    with pytest.raises(SqlFault) as caught:
        ask(file, ENDLESS, timeout=0.5)
    assert "SQLITE_INTERRUPT" == caught.value.code
    assert time.monotonic() - started < PATIENCE


def test_a_lock_is_waited_for_only_so_long(file: Path) -> None:
    """Then we could not look."""
    check = SqlCheck(
        sql=SqlText("select * from canary"), database=f"sqlite:///{file.name}", lock_timeout=Duration(0.2)
    )

    class World:
        sql = SocketSql(Secrets({}), root=file.parent)

    with closing(sqlite3.connect(file)) as other:
        other.execute("begin exclusive")
        started = time.monotonic()
        with pytest.raises(CannotLook, match="look again"):
            asyncio.run(check.observe(World(), 2 * PATIENCE))  # type: ignore[arg-type]
        assert time.monotonic() - started < PATIENCE


def test_a_change_is_one_transaction(file: Path) -> None:
    """Committed with the right number of rows, rolled back with another."""
    held = ask(file, "update canary set word = $1", "both", write=True, expect_rows=1)
    assert (2, False) == (held.affected, held.committed)
    assert [(1, "alive"), (2, None)] == canary(file)
    done = ask(file, "update canary set word = $1 where id = $2", "one", 1, write=True, expect_rows=1)
    assert (1, True) == (done.affected, done.committed)
    back = ask(file, "delete from canary returning id", write=True, expect_rows=2, max_rows=1)
    assert (2, True, 1, True) == (back.affected, back.more, len(back.rows), back.committed)
    assert [] == canary(file)


def test_a_change_that_fails_or_is_late_leaves_nothing(file: Path) -> None:
    """The transaction is undone."""
    with pytest.raises(SqlFault) as caught:
        ask(file, "insert into canary values (3, 'x'), (1, 'twice')", write=True)
    assert "SQLITE_CONSTRAINT_PRIMARYKEY" == caught.value.code
    with pytest.raises(SqlFault):
        ask(file, f"update canary set word = ({ENDLESS})", write=True, timeout=0.3)
    assert [(1, "alive"), (2, None)] == canary(file)


def test_a_file_that_is_not_there_is_never_made(tmp_path: Path) -> None:
    """And the message says how a full path is written."""
    for write in (False, True):
        with pytest.raises(CannotLook, match="four slashes"):
            ask(tmp_path / "none.db", "select 1", write=write)
    assert [] == list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_a_fault(tmp_path: Path) -> None:
    """It is there, and damaged."""
    (tmp_path / "x.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(SqlFault) as caught:
        ask(tmp_path / "x.db", "select * from sqlite_master")
    assert "SQLITE_NOTADB" == caught.value.code


def test_a_full_path_has_four_slashes(file: Path) -> None:
    """Three are below the workspace."""
    client = SocketSql(Secrets({}))
    reply = asyncio.run(client.run(SqlRequest(f"sqlite:///{file}", "select count(*) from canary")))
    assert ((2,),) == reply.rows


@pytest.mark.system
@pytest.mark.parametrize(
    ("sql", "values"),
    [
        ("select $1", ["it's $(id) \\ \n \" ; --"]),
        ("select 5 -$1", [-1]),
        ("select $1 + $2", [1, 0.5]),
        ("select $1 is null, $2", [None, True]),
        ("select word from canary where id = $1 -- $2", [1]),
    ],
)
def test_the_printed_line_returns_the_same_rows(file: Path, sql: str, values: list[Json]) -> None:
    """Pasted into a shell."""
    program("sqlite3")
    check = SqlCheck(sql=SqlText(sql), database=f"sqlite:///{file}", parameters=tuple(values))
    line = check.by_hand().replace("-readonly", "-readonly -json", 1)
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=PATIENCE, check=True)
    printed = [list(row.values()) for row in json.loads(done.stdout)]
    assert [list(row) for row in ask(file, sql, *values).rows] == printed
