"""The estate's database in virtual time: a statement in, declared rows out, and nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, NoReturn, Protocol
from urllib.parse import urlsplit

from engine.estate.database import SECONDS, Answer, SqlError, answer
from engine.estate.estate import DATABASE, EstateState, heal
from engine.estate.faults import WireTrouble
from engine.kinds.matchers import Matcher
from engine.kinds.ports import CannotLook, NoAnswer, NoAnswerReason, SqlFault, SqlReply, SqlRequest
from engine.kinds.ports.sql import NotCommitted
from engine.kinds.replies import first_line
from engine.kinds.statement import dialect_of, read
from engine.kinds.values import Instant

ADDRESS: Final = "postgresql://sandbox@database.sandbox/postgres"
"""What `${sandbox.postgres}` is in virtual time."""
HEALED_BY: Final = "sql"
"""The `heal` of a fault that ends with the next change made by a statement; or a function that it calls."""
_REFUSED = 0.01


class Holder(Protocol):
    """Who knows which state of the estate is current."""

    state: EstateState

    def pass_time(self, now: float) -> None:
        """Let everything happen that is due."""
        ...


class InProcessSql:
    """Statements to the estate's one database; a made-up secret leads to it too."""

    def __init__(self, estate: Holder, clock: Callable[[], Instant], fill: Callable[[str], str]) -> None:
        self._estate = estate
        self._clock = clock
        self._fill = fill

    async def run(self, request: SqlRequest) -> SqlReply:
        """Return the declared rows; raises NoAnswer, CannotLook or SqlFault."""
        database = self._fill(request.database)
        if dialect_of(database) == "sqlite":
            raise CannotLook("the stand-ins have no SQLite file")
        host = urlsplit(database).hostname or ""
        if "://" in database and not host.endswith(".sandbox"):
            raise NoAnswer("dns", f"no such host in the sandbox: {host}", _REFUSED)
        now = self._clock()
        self._estate.pass_time(now)
        state = self._estate.state
        trouble = state.conditions.wire.get(DATABASE, WireTrouble(None))
        if not state.reachable(DATABASE):
            _lost(request, "refused", "the database refused the connection", _REFUSED)
        if trouble.fault in ("hang", "drip"):
            _lost(request, "timeout", f"no answer within {request.timeout:g}s", request.timeout)
        if trouble.fault == "garble":
            _lost(request, "garbled", "what the database sent is no Postgres", SECONDS)
        if trouble.fault in ("reset", "truncate") and (trouble.before or not request.write):
            _lost(request, "reset", "the database closed the connection", SECONDS)
        said, seconds = answer(
            state.database,
            tuple(entry for entry in state.active if entry.fault.service == DATABASE),
            request.statement,
            write=request.write,
            timeout=max(0.0, request.timeout - trouble.seconds),
            lock_timeout=min(request.lock_timeout, request.timeout),
        )
        seconds += trouble.seconds
        if said is None:
            raise CannotLook(
                f"the stand-in knows no answer to: {first_line(request.statement, 80)} "
                "(declare one in the scenario: kind database-answers)"
            )
        if isinstance(said, SqlError):
            raise SqlFault(said.code, said.message, seconds)
        reply = _reply(request, said, seconds)
        if request.write and reply.committed:
            self._commit(request, now)
            if trouble.fault in ("reset", "truncate"):
                raise NoAnswer("reset", "the database closed the connection during the commit", seconds)
        return reply

    def _commit(self, request: SqlRequest, now: float) -> None:
        state = self._estate.state
        state = replace(state, database=state.database.wrote(request.statement))
        heals = {HEALED_BY, *read(request.statement).calls()}
        for entry in state.active:
            if entry.fault.service == DATABASE and entry.fault.heal in heals:
                state = heal(state, entry.fault, now)
        self._estate.state = state


def _lost(request: SqlRequest, reason: NoAnswerReason, detail: str, seconds: float) -> NoReturn:
    raise (NotCommitted if request.write else NoAnswer)(reason, detail, seconds)


def _reply(request: SqlRequest, said: Answer, seconds: float) -> SqlReply:
    affected = said.affected if said.affected is not None or not said.columns else len(said.rows)
    held = request.expect_rows is None or (
        affected is not None and Matcher.parse(request.expect_rows).judge(affected).answer == "pass"
    )
    return SqlReply(
        said.columns,
        said.rows[: request.max_rows],
        seconds,
        more=len(said.rows) > request.max_rows,
        affected=affected if request.write else None,
        committed=held,
        connected=min(SECONDS / 2, seconds),
    )
