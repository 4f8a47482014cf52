"""How a broken database speaks before the first statement: the opening of the Postgres protocol, as bytes.

Rules. What a connection meets is asked of the same `answer` that virtual time asks: a database that ends even
an empty statement lets nobody in, and says so where Postgres says it, after the startup message. Read-only is
the setting that Supabase makes (`default_transaction_read_only`), so the refusal comes from the real server.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from typing import Final, Literal

from engine.estate.database import SECONDS, SqlError, answer
from engine.estate.estate import DATABASE, EstateState

NO: Final = b"N"
"""The answer to a client that asks for TLS or GSS: it may go on in the clear, or leave."""
LONGEST: Final = 10_000
"""Bytes that a startup message may have, as in Postgres."""
_VERSION_3: Final = 196_608
_ENCRYPTION: Final = (80_877_103, 80_877_104)  # TLS, GSS
_HEAD: Final = struct.Struct("!II")
_QUERY: Final = b"Q"
_LIMIT: Final = re.compile(rb"statement_timeout\s*=\s*(\d+)")
_READY: Final = struct.pack("!cIc", b"Z", 5, b"I")

Opening = Literal["encryption", "start", "other"]


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a client of the database meets."""

    refused: SqlError | None = None
    """It gets no further than this error."""
    read_only: bool = False
    """It may read only."""
    slow: float = 0.0
    """Seconds every statement takes longer."""


def welcome(state: EstateState) -> Welcome:
    """Return what the faults that hold now mean for a connection."""
    held = tuple(entry for entry in state.active if entry.fault.service == DATABASE)
    read, seconds = answer(state.database, held, "", write=False, timeout=math.inf, lock_timeout=0.0)
    if isinstance(read, SqlError):
        return Welcome(read)
    write, _ = answer(state.database, held, "", write=True, timeout=math.inf, lock_timeout=0.0)
    return Welcome(None, isinstance(write, SqlError), seconds if seconds > SECONDS else 0.0)


def opening(message: bytes) -> Opening:
    """Say what the first message of a client is."""
    code = _HEAD.unpack(message[: _HEAD.size])[1]
    return "encryption" if code in _ENCRYPTION else "start" if code == _VERSION_3 else "other"


def with_setting(message: bytes, name: str, value: str) -> bytes:
    """Return a startup message in which the client sets one thing more."""
    body = message[4:-1] + b"".join(one.encode() + b"\0" for one in (name, value)) + b"\0"
    return struct.pack("!I", 4 + len(body)) + body


def refusal(error: SqlError) -> bytes:
    """Return the ErrorResponse that ends a connection."""
    return _error("FATAL", error)


def cancelled() -> bytes:
    """Return what a statement ends with that took too long; the connection may be used further."""
    return _error("ERROR", SqlError("57014", "canceling statement due to statement timeout")) + _READY


def is_query(data: bytes) -> bool:
    """Say whether what a client sent begins with statements."""
    return data.startswith(_QUERY)


def patience(data: bytes) -> float | None:
    """Return how many seconds a statement may take, where the client says so (0 is for ever)."""
    found = _LIMIT.search(data)
    return int(found[1]) / 1000 or None if found else None


def _error(severity: str, error: SqlError) -> bytes:
    fields = {"S": severity, "V": severity, "C": error.code, "M": error.message}
    body = b"".join(name.encode() + _text(value) + b"\0" for name, value in fields.items()) + b"\0"
    return b"E" + struct.pack("!I", 4 + len(body)) + body


def _text(value: str) -> bytes:
    return value.replace("\0", "").encode("utf-8", "replace")
