"""Reading one SQL statement: what hides a semicolon, what a check may say, what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.statement import (
    SqlText,
    dialect_of,
    read,
    require_change,
    require_read,
    require_values,
)


@pytest.mark.parametrize(
    "text",
    [
        "select ';'",
        "select 'it''s ;'",
        r"select E'\';'",
        r"select e'\\'",
        "select $$;$$",
        "select $a$ ; $b$ ; $a$",
        'select ";" from t',
        "select 1 -- ; drop table t",
        "select /* ; /* ; */ ; */ 1",
        "select U&';'",
        "select B'1', X'1f', N'x;'",
        "select 1;",
        "select 1 ; -- done",
        "select a[1:2], b::int, c->'x' ? 'y', d @> '{}' from t",
        "select 1\n;\n;",
    ],
)
def test_a_hidden_or_last_semicolon_makes_no_second_statement(text: str) -> None:
    """Strings, names, dollar quotes and comments may hold one, and one may end the text."""
    require_read(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "select 1; select 2",
        "select 1;drop table t",
        "select ''; drop table t --'",
        r"select E'\\'; drop table t --'",
        r"select '\'; drop table t --'",
        "select $a$ $b$ $a$; drop table t",
        "select /* /* */ */ 1; drop table t",
        "select 1 -- \n; drop table t",
        "select 1 -- \r; drop table t",
        'select "a""b"; drop table t',
    ],
)
def test_a_second_statement_is_refused(text: str) -> None:
    """However it is dressed."""
    with pytest.raises(ValueError, match="one statement only"):
        read(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no statement"),
        (" ; ", "there is no statement"),
        ("-- nothing", "there is no statement"),
        ("select 'x", "does not end"),
        ('select "x', "does not end"),
        ("select $a$x", "does not end"),
        ("select /* x", "does not end"),
        ("select /* /* */ 1", "does not end"),
        (r"\copy t to '/tmp/x'", "commands of psql"),
        (r"select 1 \g /tmp/x", "commands of psql"),
        (r"select 1 \; drop table t", "commands of psql"),
        ("select E'a'\n'\\'; drop table t --'", "second pair of quotes"),
        ("select 1\x00", "no place"),
        ("select $1234", "no place"),
    ],
)
def test_what_cannot_be_read_with_certainty_is_refused(text: str, why: str) -> None:
    """Each in words that say what to do."""
    with pytest.raises(ValueError, match=why):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "insert into t values (1)",
        "update t set a = 1",
        "delete from t",
        "merge into t using s on true when matched then delete",
        "truncate t",
        "drop table t",
        "create table t (a int)",
        "with a as (delete from t returning *) select * from a",
        "with a as materialized (insert into t values (1) returning *) select * from a",
        "with a as (select 1) update t set a = 1",
        'with a as (select 1) delete from "T"',
        "explain analyze delete from t",
        "explain (analyze) delete from t",
        "explain (analyze, verbose) with a as (update t set a = 1 returning *) select * from a",
        "copy t to program 'sh'",
        "do $$ begin delete from t; end $$",
        "begin",
        "commit",
        "set transaction read write",
        "reset all",
        "call p()",
        "prepare x as delete from t",
        "execute x",
        "lock t",
        "listen x",
        "notify x",
        "vacuum",
        "pragma journal_mode = delete",
        "pragma wal_checkpoint",
        "pragma",
        "attach 'x' as y",
    ],
)
def test_a_check_only_looks(text: str) -> None:
    """What changes something belongs into an action."""
    with pytest.raises(ValueError, match=r"make it an action|pragmas"):
        require_read(read(text, "sqlite" if text.startswith(("pragma", "attach")) else "postgres"))


@pytest.mark.parametrize(
    "call",
    [
        "pg_terminate_backend(1)",
        "pg_catalog.pg_cancel_backend(1)",
        '"pg_terminate_backend"(1)',
        "PG_TERMINATE_BACKEND (1)",
        "pg_terminate_backend/* */(1)",
        "pg_advisory_lock(1)",
        "pg_try_advisory_xact_lock(1)",
        "pg_advisory_unlock_all()",
        "nextval('s')",
        "setval('s', 1)",
        "set_config('transaction_read_only', 'off', false)",
        "dblink('host=x', 'delete from t')",
        "dblink_exec('delete from t')",
        "lo_export(1, '/tmp/x')",
        "lo_unlink(1)",
        "pg_read_file('/etc/passwd')",
        "pg_stat_reset()",
        "pg_stat_statements_reset()",
        "pg_stat_reset_shared('bgwriter')",
        "pg_reload_conf()",
        "pg_switch_wal()",
        "pg_create_restore_point('x')",
        "pg_create_physical_replication_slot('x')",
        "pg_drop_replication_slot('x')",
        "pg_logical_slot_get_changes('x', null, null)",
        "pg_notify('a', 'b')",
        "query_to_xml('select pg_reload_conf()', true, true, '')",
        "ts_stat('select 1')",
        "crosstab('select 1')",
        "net.http_post('http://x')",
    ],
)
def test_what_read_only_does_not_hold_back_is_refused_by_name(call: str) -> None:
    """In any spelling of the call."""
    with pytest.raises(ValueError, match="does more than look"):
        require_read(read(f"select {call}"))


def test_a_name_written_in_escapes_is_refused() -> None:
    """It could be any of the refused ones."""
    with pytest.raises(ValueError, match='U&"'):
        require_read(read('select U&"pg\\005fterminate_backend"(1)'.replace("\\005f", "x")))


@pytest.mark.parametrize(
    "text",
    [
        "select replace(a, 'x', 'y'), (replace(a, 'x', 'y')) from t",
        "select now(), count(*) from pg_stat_activity",
        "select pg_blocking_pids(pid), pg_sleep(1) from pg_stat_activity",
        "select 'pg_terminate_backend(1)' as said, pg_terminate_backend from t",
        "table t",
        "values (1), (2)",
        "show max_connections",
        "explain delete from t",
        "explain (analyze, buffers) select 1",
        "(select 1) union all (select 2)",
        "with recursive a as (select 1) select * from a",
        "select * from information_schema.tables where table_name = $1",
    ],
)
def test_looking_is_free(text: str) -> None:
    """No false alarm about ordinary questions."""
    require_read(read(text))


def test_parameters_are_found_where_they_count() -> None:
    """In strings, names and comments a `$1` is none; a name may contain one."""
    statement = read("select '$3', \"$4\", a$5 /* $6 */ from t where b = $1 and c = $2")
    assert 2 == statement.values
    assert "select '$3', \"$4\", a$5 /* $6 */ from t where b = <1> and c = <2>" == statement.filled(
        lambda number: f"<{number}>"
    )
    require_values(statement, 2)
    with pytest.raises(ValueError, match="takes 2 parameters, given are 1"):
        require_values(statement, 1)


def test_sqlite_has_quotes_and_comments_of_its_own() -> None:
    """Brackets and backticks quote, comments do not nest, and only `$1` is a parameter."""
    assert 1 == read("select [a;b], `c;d` from t where e = $1", "sqlite").values
    with pytest.raises(ValueError, match="one statement only"):
        read("select 1 /* /* */ ; drop table t --*/", "sqlite")
    for odd in ("select ?", "select :name", "select @name", "select $name"):
        with pytest.raises(ValueError, match=r"write parameters as \$1"):
            read(odd, "sqlite")
    assert ("sqlite", "postgres", "postgres") == (
        dialect_of("sqlite:///x"),
        dialect_of("postgresql://x"),
        dialect_of("${env.db}"),
    )


def test_an_action_is_one_statement_that_fits_into_a_transaction() -> None:
    """The frame of the transaction is ours."""
    for fine in ("update t set a = 1", "drop table t", "select pg_terminate_backend(1)", "analyze t"):
        require_change(read(fine))
    for odd in ("begin", "commit", "rollback", "savepoint a", "copy t from stdin", "do 'x'", "vacuum"):
        with pytest.raises(ValueError, match="no statement for an action"):
            require_change(read(odd))


def test_a_rollback_does_not_take_everything_back() -> None:
    """What stays is named."""
    assert ("pg_terminate_backend",) == read("select pg_terminate_backend($1)").beyond()
    assert () == read("update t set a = 1").beyond()


def test_a_reference_in_the_text_is_refused() -> None:
    """Data goes into parameters, and a plain text stays what it is."""
    with pytest.raises(ValueError, match="write \\$1"):
        SqlText.parse("select * from ${inputs.table}")
    with pytest.raises(ValueError, match="is text"):
        SqlText.parse(5)
    assert "select 1" == SqlText.parse("select 1").plain()


@given(st.text(alphabet="'\"$;-/*\\ aeEU&1\n(", max_size=14))
def test_reading_never_fails_in_another_way(text: str) -> None:
    """Whatever is written: one statement, or a ValueError that says what is wrong."""
    for dialect in ("postgres", "sqlite"):
        try:
            statement = read(text, dialect)  # type: ignore[arg-type]
        except ValueError as error:
            assert str(error)
        else:
            assert statement.text == statement.filled(lambda number: f"${number}") or statement.values
