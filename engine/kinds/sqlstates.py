"""What an error of a database means for a check: fail or unknown, each with its reason. One table.

An error is a definite answer of the database, so it is a fail, except where it says that we could not look:
our credential, our rights, somebody's lock, our own statement. The first row that fits decides: by code (a
prefix of two letters is the class) and, where several mean different things by one code, by the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class SqlState:
    """One row: which errors, what they mean for a check, and why."""

    code: str
    answer: Literal["fail", "unknown"]
    why: str
    says: str = ""
    """Only where the message contains this, in lower case."""


SQLSTATES: Final = (
    SqlState("28", "unknown", "user or password was refused: check the credential"),
    SqlState(
        "XX000", "unknown", "the pooler wants the user as <user>.<project-ref>", "tenant or user not found"
    ),
    SqlState("XX000", "fail", "the pooler has no connection left", "max client"),
    SqlState("53300", "fail", "the database has no connection left"),
    SqlState("53", "fail", "the database is out of memory, disk or something else it needs"),
    SqlState("57014", "unknown", "somebody cancelled the statement: look again", "user request"),
    SqlState("57014", "fail", "the database did not answer the statement in time"),
    SqlState("57P01", "fail", "the database is shutting down, or somebody ended the connection"),
    SqlState("57P02", "fail", "the database crashed"),
    SqlState("57P03", "fail", "the database is starting up or shutting down"),
    SqlState("55P03", "unknown", "somebody else holds a lock on it: look for the blocker"),
    SqlState("40", "unknown", "it collided with another transaction: look again"),
    SqlState("42501", "unknown", "our role may not look at it: grant select"),
    SqlState("42601", "unknown", "the statement of the check is wrong: correct it"),
    SqlState("25006", "unknown", "the statement changes something: make it an action"),
    SqlState("26000", "unknown", "the pooler lost the statement between two messages: look again"),
    SqlState("42P05", "unknown", "the pooler mixed up two clients: look again"),
    SqlState("42P01", "fail", "there is no such table or view"),
    SqlState("3D000", "fail", "there is no such database"),
    SqlState("SQLITE_BUSY", "unknown", "somebody else holds the file's lock: look again"),
    SqlState("SQLITE_LOCKED", "unknown", "somebody else holds the table's lock: look again"),
    SqlState("SQLITE_AUTH", "unknown", "the statement does more than look: make it an action"),
    SqlState("SQLITE_READONLY", "unknown", "the statement changes something: make it an action"),
    SqlState("SQLITE_CANTOPEN", "unknown", "the file cannot be opened: check path and rights"),
    SqlState("SQLITE_PERM", "unknown", "we may not read the file"),
    SqlState("SQLITE_INTERRUPT", "fail", "the statement did not end in time"),
    SqlState("SQLITE_CORRUPT", "fail", "the file is damaged"),
    SqlState("SQLITE_NOTADB", "fail", "the file is no database"),
)
_OTHER: Final = SqlState("", "fail", "the database refused the statement")


def meaning(code: str, message: str) -> SqlState:
    """Return what an error means."""
    said = message.lower()
    for state in SQLSTATES:
        fits = code == state.code or (len(state.code) == 2 and code.startswith(state.code))
        fits = fits or (state.code.startswith("SQLITE_") and code.startswith(f"{state.code}_"))
        if fits and state.says in said:
            return state
    return _OTHER
