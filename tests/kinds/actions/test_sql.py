"""The sql action: done, rolled back, lost before and during the commit."""

from __future__ import annotations

from typing import Any

import pytest

from engine.kinds.action import Action
from engine.kinds.actions.sql import SqlAction
from engine.kinds.codec import BadData, decode
from engine.kinds.ports import NoAnswer, SqlFault, SqlReply
from engine.kinds.ports.sql import NotCommitted
from engine.kinds.values import Json
from tests.kinds.fakes import FakeWorld, performed, run

UPDATE = "update jobs set state = $1"
TERMINATE = "select pg_terminate_backend($1)"


def action(sql: str = UPDATE, **more: Any) -> SqlAction:
    """Return an action as an author writes it."""
    fields = {"sql": sql, "database": "${secrets.PG_URL}", "parameters": ["queued"], **more}
    return decode(Action, {"kind": "sql", **fields})  # type: ignore[return-value]


def test_a_committed_statement_is_done() -> None:
    """With the number of rows it changed."""
    world = FakeWorld([SqlReply((), (), 0.1, affected=1)])
    done = run(action(expect_rows={"between": [1, 1]}).perform(world, 9.0))
    assert ("done", 1, "1 row, committed in 100ms") == (done.outcome, done.facts["affected"], done.summary)
    request = world.statements[0]
    assert (True, {"between": [1, 1]}, 9.0, ("queued",)) == (
        request.write, request.expect_rows, request.timeout, request.parameters,
    )  # fmt: skip


def test_ddl_has_no_count() -> None:
    """It is done all the same."""
    done = performed(action("drop index i", parameters=[]), SqlReply((), (), 0.1))
    assert ("done", "committed in 100ms") == (done.outcome, done.summary)


@pytest.mark.parametrize(
    ("affected", "said"),
    [
        (4000, "would have changed 4000 rows, wanted 1: rolled back"),
        (0, "would have changed 0 rows, wanted 1: rolled back"),
        (None, "the database does not say how many rows it changed, wanted 1: rolled back"),
    ],
)
def test_a_wrong_number_of_rows_has_failed(affected: int | None, said: str) -> None:
    """And says what would have been."""
    done = performed(action(expect_rows=1), SqlReply((), (), 0.1, affected=affected, committed=False))
    assert ("failed", said) == (done.outcome, done.summary)


def test_an_error_has_failed() -> None:
    """The transaction is gone."""
    done = performed(action(), SqlFault("23505", "duplicate key", 0.1))
    assert ("failed", "duplicate key (23505): rolled back") == (done.outcome, done.summary)


def test_lost_before_the_commit_has_failed_and_lost_in_it_nobody_knows() -> None:
    """The world tells the two apart."""
    done = performed(action(), NotCommitted("reset", "database db closed the connection", 0.1))
    assert ("failed", "database db closed the connection: nothing was committed") == (
        done.outcome,
        done.summary,
    )
    with pytest.raises(NoAnswer):
        performed(action(), NoAnswer("reset", "closed", 0.1))


@pytest.mark.parametrize(
    "reply",
    [
        NotCommitted("reset", "closed", 0.1),
        SqlFault("57014", "too slow", 0.1),
        SqlReply(("x",), ((True,),), 0.1, affected=1, committed=False),
    ],
)
def test_what_no_rollback_takes_back_is_unknown(reply: SqlReply | Exception) -> None:
    """A backend that was ended stays ended."""
    done = performed(action(TERMINATE, parameters=[5], expect_rows=2), reply)
    assert "unknown" == done.outcome
    assert done.summary.endswith("but what pg_terminate_backend did would stay")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"sql": "update t set a = 1; drop table t", "parameters": []}, "one statement only"),
        ({"sql": "commit", "parameters": []}, "no statement for an action"),
        ({"sql": "copy t from program 'x'", "parameters": []}, "no statement for an action"),
        ({"sql": "drop table ${inputs.t}", "parameters": []}, "holds no"),
        ({"parameters": []}, "takes 1 parameter, given are 0"),
        ({"parameters": ["${secrets.TOKEN}"]}, "a secret cannot be a parameter"),
        ({"expect_rows": {"lt": 5, "least": 1}}, "no operator"),
    ],
)
def test_what_is_refused_when_it_is_loaded(fields: dict[str, Json], why: str) -> None:
    """Before anything runs."""
    with pytest.raises(BadData, match=why):
        action(**fields)  # type: ignore[arg-type]


def test_by_hand_is_one_transaction() -> None:
    """With the same patience for locks."""
    assert (
        "psql \"$PG_URL\" -X -v ON_ERROR_STOP=1 -1 -c 'set local lock_timeout=2000'"
        " -c 'update jobs set state = '\\''queued'\\'''"
    ) == action().by_hand()
    assert "$PG_URL" == action().target()
