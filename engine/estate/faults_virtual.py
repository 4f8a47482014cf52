"""The faults that only the stand-in of virtual time has: a real Postgres cannot be made to show them.

On sockets the database is a real one. What is broken at its connections is broken there too
(`postgres_startup`); what it would have to say about itself, or hold in tables of ours, is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.estate.database_statistics import SHOWS
from engine.estate.estate import DATABASE
from engine.estate.fault import Fault

VIRTUAL_ONLY: Final[Mapping[str, str]] = {
    SHOWS: "a real Postgres shows no made-up figures",
    "database-answers": "a real Postgres gives no declared answers",
    "database-locked": "nobody holds a lock in a real Postgres here",
    "database-missing": "a real Postgres loses no table here",
}
_API_CALLS: Final = frozenset({"", "never", "restart", "start", "stop", "update-image", "rerun-failed-jobs"})


def virtual_only(faults: Iterable[Fault]) -> str:
    """Return why these faults cannot be played on sockets, in a few words; empty where they can."""
    for fault in faults:
        why = VIRTUAL_ONLY.get(fault.kind)
        if why is not None:
            return f"{fault.kind}: {why}"
        if fault.service == DATABASE and (fault.heal or "") not in _API_CALLS:
            return f"{fault.kind} is mended by the statement {fault.heal}, which a real Postgres runs unseen"
    return ""
