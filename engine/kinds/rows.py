"""Rows of a database as kinds see them: the facts in an answer, what is kept of it, and it in a few words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from engine.kinds.counted import counted
from engine.kinds.ports import SqlReply
from engine.kinds.replies import took
from engine.kinds.values import Json

ROW_FACTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "rows": "the rows, each an object by column; a second column of one name is called `name_2`",
        "first": "the first row; absent where there is none",
        "value": "the value, where the answer is one row of one column",
        "count": "how many rows came back; with `more` there are others beyond the caps",
        "columns": "the names of the columns, in order",
        "more": "true when there were more rows or bytes than `max_rows` and `max_bytes` allow",
        "seconds": "time from dialling to the last row, in seconds",
        "connect_seconds": "of `seconds`, those until the statement could be sent",
    }
)


def facts(reply: SqlReply) -> dict[str, Json]:
    """Return the facts in an answer."""
    columns = _distinct(reply.columns)
    rows: list[Json] = [dict(zip(columns, row, strict=False)) for row in reply.rows]
    found: dict[str, Json] = {
        "rows": rows,
        "count": len(rows),
        "columns": list(columns),
        "more": reply.more,
        "seconds": round(reply.seconds, 3),
        "connect_seconds": round(reply.connected, 3),
    }
    if rows:
        found["first"] = rows[0]
    if len(rows) == len(columns) == 1 and not reply.more:
        found["value"] = reply.rows[0][0]
    return found


def body(reply: SqlReply) -> bytes:
    """Return the answer as it is kept."""
    kept: Json = {"columns": reply.columns, "rows": reply.rows, "more": reply.more}
    return json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def summary(reply: SqlReply) -> str:
    """Return the answer in a few words."""
    count = len(reply.rows)
    return f"{counted(count, 'row')}{' and more' if reply.more else ''} in {took(reply.seconds)}"


def _distinct(columns: tuple[str, ...]) -> tuple[str, ...]:
    taken: dict[str, None] = {}
    for name in columns:
        number, unique = 1, name
        while unique in taken:
            number += 1
            unique = f"{name}_{number}"
        taken[unique] = None
    return tuple(taken)
