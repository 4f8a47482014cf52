"""One statement on Postgres, through asyncpg, on a connection of its own.

Rules. One deadline is around everything, the polite end included; the server has the same one a little
earlier (`statement_timeout`), so that it says itself that it was too slow, and ends the backend even when
we are cut off. All settings are LOCAL to the one transaction and no statement has a name: a pooler may give
us a different backend before and after it, and finds nothing of ours left. Rows come through a portal in
batches that grow as far as the byte cap allows. A lost connection before COMMIT was sent is NotCommitted,
after it nobody knows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Final

from engine.io.world.failures import Broken, answers
from engine.io.world.network.addresses import Addresses
from engine.io.world.sql.postgres_address import PostgresAddress
from engine.io.world.sql.postgres_line import Line, Meter
from engine.io.world.sql.postgres_values import fact, parameter
from engine.kinds.counted import counted
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, NoAnswer, SqlFault, SqlReply, SqlRequest
from engine.kinds.ports.sql import NotCommitted
from engine.kinds.values import Json

_AHEAD: Final = 8_000_000  # bytes of rows beyond the cap that may be in memory, being counted
_FIRST: Final = 8  # rows in the first batch: their size decides about the next
_BATCH: Final = 500
_GOODBYE: Final = 0.25  # seconds for cancelling and hanging up, beyond the deadline
_ALL: Final = 2**31 - 1


@dataclass(slots=True)
class _Try:
    """How far one statement has come."""

    request: SqlRequest
    meter: Meter
    started: float = field(default_factory=perf_counter)
    connected: float = 0.0
    committing: bool = False

    @property
    def seconds(self) -> float:
        return perf_counter() - self.started

    def server_milliseconds(self) -> int:
        """Return what the server may take from now on, a little less than we wait."""
        left = self.request.timeout - self.seconds
        return max(1, int((left - min(0.5, left / 10)) * 1000))


async def run(request: SqlRequest, address: PostgresAddress, addresses: Addresses) -> SqlReply:
    """Return the rows; raises NoAnswer, CannotLook or SqlFault."""
    tls = address.tls()
    try:
        driver = await asyncio.to_thread(_load)  # before the clock: loading is no part of their answer
    except ImportError:
        raise CannotLook("the sql extra is not installed: pip install 'runbook-engine[sql]'") from None
    attempt = _Try(request, Meter(request.max_bytes + _AHEAD))
    try:
        with answers(f"database {address}", request.timeout, attempt.started):
            return await _within(attempt, driver, address, addresses, tls)
    except NoAnswer as lost:
        if request.write and not attempt.committing:
            raise NotCommitted(lost.reason, lost.detail, lost.seconds) from None
        raise


async def _within(
    attempt: _Try, driver: Any, address: PostgresAddress, addresses: Addresses, tls: object
) -> SqlReply:
    connection: Any | None = None
    line = Line(addresses, attempt.meter, driver.protocol.Protocol)
    try:
        async with asyncio.timeout(attempt.request.timeout):
            connection = await driver.connect(
                host=address.host,
                port=address.port,
                user=address.user,
                # Called for it, the driver looks into no password file.
                password=lambda: address.password,
                database=address.database,
                ssl=tls,
                direct_tls=False,
                target_session_attrs="any",
                timeout=attempt.request.timeout + 1,
                statement_cache_size=0,
                server_settings={"application_name": "runbook"}
                | ({"options": address.options} if address.options else {}),
                loop=line,
            )
            attempt.connected = attempt.seconds
            return await _transaction(attempt, connection)
    except (driver.PostgresError, driver.InterfaceError, driver.InternalClientError) as error:
        raise _explained(attempt, error, driver, f"database {address}") from None
    except ConnectionError as error:
        if "rejected SSL upgrade" in str(error):
            said = f"database {address} offers no TLS: only on a network you trust, add sslmode=disable"
            raise Broken("tls", said) from None
        if attempt.meter.trouble:
            raise _broken(attempt, f"database {address}") from None
        raise
    finally:
        try:
            if connection is not None:
                await _hang_up(connection)
        finally:
            line.drop()


async def _transaction(attempt: _Try, connection: Any) -> SqlReply:
    request = attempt.request
    limit = attempt.server_milliseconds()
    await connection.execute(
        f"begin{'' if request.write else ' read only'};"
        f"set local statement_timeout={limit};"
        f"set local lock_timeout={max(1, round(request.lock_timeout * 1000))};"
        f"set local idle_in_transaction_session_timeout={limit + 1000};"
        "set local standard_conforming_strings=on"  # the lexer that passed the statement counts on it
    )
    statement = await connection.prepare(request.statement, name="")
    bound = _bound(request.parameters, statement)
    attributes = statement.get_attributes()
    columns = tuple(attribute.name for attribute in attributes)
    if columns:
        cursor = await statement.cursor(*bound)
        rows, more, read = await _rows(attempt, cursor, [attribute.type.name for attribute in attributes])
        # The others are counted too: how many rows were changed is what decides about the commit.
        affected = read + (await cursor.forward(_ALL) if more else 0) if request.write else None
    else:
        await statement.fetch(*bound)
        rows, more, affected = [], False, _affected(statement.get_statusmsg())
    held = request.expect_rows is None or (
        affected is not None and Matcher.parse(request.expect_rows).judge(affected).answer == "pass"
    )
    if request.write and held:
        attempt.committing = True
        await connection.execute("commit")
    else:
        # What was read stays read, and what was changed is not kept, however this ends.
        with suppress(Exception):
            await connection.execute("rollback")
    return SqlReply(
        columns,
        tuple(rows),
        attempt.seconds,
        more=more,
        affected=affected,
        committed=held,
        connected=attempt.connected,
    )


async def _rows(attempt: _Try, cursor: Any, kinds: Sequence[str]) -> tuple[list[tuple[Json, ...]], bool, int]:
    """Return the rows within the caps, whether there are others, and how many were read."""
    request, found, size, read, batch = attempt.request, list[tuple[Json, ...]](), 0, 0, _FIRST
    while True:
        try:
            # One more than the cap allows tells whether there is more.
            records = await cursor.fetch(min(batch, request.max_rows + 1 - len(found)))
        except (ValueError, OverflowError):
            if attempt.meter.trouble:
                raise
            raise CannotLook("a value in the answer cannot be read (a time BC?): cast it to text") from None
        except Exception:
            if attempt.meter.trouble == "too-large" and not request.write:
                return found, True, read
            raise
        read += len(records)
        for record in records:
            if len(found) == request.max_rows:
                return found, True, read
            row = tuple(fact(value, kind) for value, kind in zip(record.values(), kinds, strict=True))
            size += len(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
            if size > request.max_bytes:
                return found, True, read
            found.append(row)
        if not records:
            return found, False, read
        mean = max(1, size // len(found))
        batch = max(1, min(_BATCH, 2 * batch, (request.max_bytes - size) // mean + 1))


def _bound(values: Sequence[Json], statement: Any) -> list[object]:
    wanted = statement.get_parameters()
    if len(values) != len(wanted):
        raise CannotLook(f"the statement takes {counted(len(wanted), 'parameter')}, given are {len(values)}")
    bound = []
    for number, (value, kind) in enumerate(zip(values, wanted, strict=True), 1):
        try:
            bound.append(parameter(value, kind.name))
        except ValueError:
            raise CannotLook(f"parameter ${number} is nothing the database takes as {kind.name}") from None
    return bound


def _affected(tag: str) -> int | None:
    """Return the count in what the server says about a command: `UPDATE 3`, `INSERT 0 5`."""
    last = (tag or "").rpartition(" ")[2]
    return int(last) if last.isdigit() else None


def _explained(attempt: _Try, error: Exception, driver: Any, place: str) -> Exception:
    """Return what an error of the driver means; nothing of an address is in it."""
    if attempt.meter.trouble:
        return _broken(attempt, place)
    if isinstance(error, driver.PostgresConnectionError):  # the driver's own words for a closed connection
        return Broken("reset", f"{place} closed the connection")
    if isinstance(error, driver.DataError) and not getattr(
        error, "message", None
    ):  # the driver's, not theirs
        return CannotLook("a parameter does not fit the type that the statement wants: cast it, as $1::text")
    if isinstance(error, driver.PostgresError):
        code, said = str(error.sqlstate or "XX000"), str(getattr(error, "message", "") or "no reason given")
        if attempt.committing and code.startswith("57P"):
            return Broken("reset", f"{place} was shut down during the commit")
        return SqlFault(code, said, attempt.seconds)
    if isinstance(error, driver.InternalClientError):
        return Broken("garbled", f"what {place} sent is no Postgres")
    if isinstance(error, driver.InterfaceError):
        return CannotLook(f"the driver cannot ask {place}: {type(error).__name__}")
    return error


def _broken(attempt: _Try, place: str) -> Broken:
    if attempt.meter.trouble == "too-large":
        return Broken("too-large", f"{place} sent more than {attempt.request.max_bytes} bytes of rows")
    return Broken("garbled", f"what {place} sent is no Postgres")


async def _hang_up(connection: Any) -> None:
    """End the connection; where a statement still runs, the server is told to cancel it first."""
    with suppress(Exception):
        await connection.close(timeout=_GOODBYE)
    connection.terminate()


def _load() -> Any:
    import asyncpg
    import asyncpg.protocol

    return asyncpg
