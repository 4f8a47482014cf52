"""One statement on a SQLite file, in a thread of its own.

Rules. A look opens the file read-only, with `query_only` and an authorizer that lets nothing but reading
pass; a change may write to this one file. The deadline is a handler that SQLite calls every few thousand
steps; waiting for a lock is bounded by it too. A file that is not there is never made.
"""

from __future__ import annotations

import asyncio
import json
import math
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path
from time import perf_counter
from typing import Final
from urllib.parse import quote

from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, NoAnswer, SqlFault, SqlReply, SqlRequest
from engine.kinds.ports.sql import NotCommitted
from engine.kinds.statement import PRAGMAS, Statement
from engine.kinds.values import Json

_STEPS: Final = 5_000
_NEVER: Final = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
_LOOKING: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA}
    | {sqlite3.SQLITE_RECURSIVE}
)
_CLOSED: Final = frozenset({"load_extension", "writefile", "readfile", "edit", "fts3_tokenizer"})
_LARGEST: Final = 8_000_000  # bytes of one value or row that SQLite may make for us beyond the cap


async def run(request: SqlRequest, statement: Statement, path: Path) -> SqlReply:
    """Return the rows; raises NoAnswer, CannotLook or SqlFault."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[SqlReply] = loop.create_future()
    given_up = threading.Event()
    started = perf_counter()

    def settle(reply: SqlReply | None, error: Exception | None) -> None:
        if answer.done():
            return
        if reply is not None:
            answer.set_result(reply)
        else:
            answer.set_exception(error or RuntimeError("no reply"))

    def work() -> None:
        reply: SqlReply | None = None
        failure: Exception | None = None
        try:
            reply = _look(request, statement, path, started, given_up)
        except Exception as error:
            failure = error
        with suppress(RuntimeError):  # the loop has closed: the run is over
            loop.call_soon_threadsafe(settle, reply, failure)

    # A daemon thread: a disk that hangs may hold up neither a deadline nor the end of the program.
    threading.Thread(target=work, name="sqlite", daemon=True).start()
    try:
        async with asyncio.timeout(request.timeout + 0.2):
            return await answer
    except TimeoutError:
        said = f"no answer from {path.name} within {request.timeout:g}s"
        raise NoAnswer("timeout", said, perf_counter() - started) from None
    finally:
        given_up.set()


def _look(
    request: SqlRequest, statement: Statement, path: Path, started: float, given_up: threading.Event
) -> SqlReply:
    if not path.is_file():
        raise CannotLook(f"there is no database file {path}: a full path has four slashes, sqlite:////path")
    mode = "rw" if request.write else "ro"
    deadline = started + request.timeout

    def late() -> int:
        return int(given_up.is_set() or perf_counter() > deadline)

    try:
        with closing(
            sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode={mode}",
                uri=True,
                timeout=min(request.lock_timeout, request.timeout),
                isolation_level=None,
            )
        ) as connection:
            connection.set_progress_handler(late, _STEPS)
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, request.max_bytes + _LARGEST)
            if not request.write:
                connection.execute("pragma query_only=on")
            connection.set_authorizer(_allowed if request.write else _only_looks)
            return _transaction(connection, request, statement, started, given_up)
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
        raise SqlFault(name, str(error), perf_counter() - started) from None


def _transaction(
    connection: sqlite3.Connection,
    request: SqlRequest,
    statement: Statement,
    started: float,
    given_up: threading.Event,
) -> SqlReply:
    connected = perf_counter() - started
    if request.write:
        connection.execute("begin immediate")
    before = connection.total_changes
    text = statement.filled(lambda number: f"?{number}")
    cursor = connection.execute(text, [_parameter(value) for value in request.parameters])
    columns = tuple(column[0] for column in cursor.description or ())
    rows, more = _rows(cursor, request)
    affected: int | None = None
    held = True
    if request.write:
        beyond = 1 + sum(1 for _ in cursor) if more else 0  # one was read to know that there are others
        affected = connection.total_changes - before
        if columns and not affected:
            affected = len(rows) + beyond
        held = (
            request.expect_rows is None or Matcher.parse(request.expect_rows).judge(affected).answer == "pass"
        )
        if given_up.is_set():  # nobody waits any more, and was told so
            connection.execute("rollback")
            raise NotCommitted("timeout", "no answer in time", perf_counter() - started)
        connection.execute("commit" if held else "rollback")
    return SqlReply(
        columns,
        tuple(rows),
        perf_counter() - started,
        more=more,
        affected=affected,
        committed=held,
        connected=connected,
    )


def _rows(cursor: sqlite3.Cursor, request: SqlRequest) -> tuple[list[tuple[Json, ...]], bool]:
    found: list[tuple[Json, ...]] = []
    size = 0
    for values in cursor:
        row = tuple(_fact(value) for value in values)
        size += len(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
        if len(found) == request.max_rows or size > request.max_bytes:
            return found, True
        found.append(row)
    return found, False


def _fact(value: object) -> Json:
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value if value is None or isinstance(value, (int, float, str)) else str(value)


def _parameter(value: Json) -> int | float | str | None:
    if isinstance(value, (str, float)) or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    return json.dumps(value, ensure_ascii=False)


def _allowed(action: int, first: str | None, second: str | None, *_: object) -> int:
    closed = action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _CLOSED
    return sqlite3.SQLITE_DENY if action in _NEVER or closed else sqlite3.SQLITE_OK


def _only_looks(action: int, first: str | None, second: str | None, *rest: object) -> int:
    setting = action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in PRAGMAS
    return sqlite3.SQLITE_DENY if setting or action not in _LOOKING else _allowed(action, first, second)
