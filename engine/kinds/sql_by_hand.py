"""What a person types to run a statement: a psql or sqlite3 line, safe to paste, with the values written in.

Rules. A value becomes a quoted literal of unknown type, which Postgres reads as it reads `$1`; in SQLite a
number stays one. A password that stands in an address is left out: psql asks for it. A look is a read-only
transaction there too, and set inside it, since a pooler passes no options on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from engine.kinds.by_hand import SECONDS, quoted, word
from engine.kinds.replies import as_text
from engine.kinds.statement import Dialect, Statement, dialect_of, read
from engine.kinds.values import Json

_SECRET = re.compile(r"\$\{secrets\.([A-Za-z_][A-Za-z0-9_]*)\}")
_PASSWORD = re.compile(r"(//[^/@:?#]*):(?!\$\{)[^@/?#]*@|(?<=[?&])password=(?!\$\{)[^&]*&?")
_SIGNS: Final = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_READ_ONLY: Final = f"begin read only; set local statement_timeout='{SECONDS}s'"


def look(database: str, text: str, parameters: Sequence[Json]) -> str:
    """Return the line that shows the rows and changes nothing."""
    if dialect_of(database) == "sqlite":
        return f"sqlite3 -readonly {_file(database)} {quoted(written(text, parameters, 'sqlite'))}"
    said = written(text, parameters, "postgres")
    return f"{_psql(database)} -q -c {quoted(_READ_ONLY)} -c {quoted(said)} -c rollback"


def change(
    database: str, text: str, parameters: Sequence[Json], lock_timeout: float, expect_rows: Json = None
) -> str:
    """Return the line that does it in one transaction, undone there too where the number of rows is wrong."""
    if dialect_of(database) == "sqlite":
        return f"sqlite3 -bail {_file(database)} {quoted(written(text, parameters, 'sqlite'))}"
    said = written(text, parameters, "postgres")
    lock = f"set local lock_timeout={round(lock_timeout * 1000)}"
    return f"{_psql(database)} -1 -c {quoted(lock)} -c {quoted(_counted(said, expect_rows))}"


def place(database: str) -> str:
    """Return host and database of an address, or the file; never user or password."""
    secret = _SECRET.match(database)
    if secret is not None:
        return f"${secret[1]}"
    if dialect_of(database) == "sqlite":
        return database.partition("///")[2] or database.removeprefix("sqlite:")
    try:
        parts = urlsplit(database)
    except ValueError:
        return "database"
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}".strip() or "database"


def written(text: str, parameters: Sequence[Json], dialect: Dialect) -> str:
    """Return a statement with its values as literals; one that cannot be read stays as it is."""
    try:
        statement = read(text, dialect)
    except ValueError:
        return text

    def value(number: int) -> str:
        if not 0 < number <= len(parameters):
            return f"${number}"
        one = parameters[number - 1]
        return _sqlite(one) if dialect == "sqlite" else _postgres(one, _wants_json(statement, number))

    return statement.filled(value)


def _counted(said: str, expect_rows: Json) -> str:
    """Return the statement in a block that refuses a wrong number of rows, where SQL can say it."""
    wanted = _condition(expect_rows)
    if not wanted or "$runbook$" in said or "$do$" in said:
        return said
    return (
        f"do $do$ declare n bigint; begin execute $runbook${said}$runbook$; get diagnostics n = row_count; "
        f"if not ({wanted}) then raise exception 'would have changed % rows', n; end if; "
        "raise notice '% rows', n; end $do$"
    )


def _condition(expect_rows: Json) -> str:
    if isinstance(expect_rows, int) and not isinstance(expect_rows, bool):
        return f"n = {expect_rows}"
    if not isinstance(expect_rows, Mapping):
        return ""
    parts = []
    for name, operand in expect_rows.items():
        if name in _SIGNS and isinstance(operand, int):
            parts.append(f"n {_SIGNS[name]} {int(operand)}")
        elif name == "between" and isinstance(operand, (list, tuple)) and len(operand) == 2:
            low, high = operand
            if not (isinstance(low, int) and isinstance(high, int)):
                return ""
            parts.append(f"n between {int(low)} and {int(high)}")
        else:
            return ""
    return " and ".join(parts)


def _psql(database: str) -> str:
    return f"psql {quoted(_without_password(database))} -X -v ON_ERROR_STOP=1"


def _file(database: str) -> str:
    path = place(database) if _SECRET.match(database) is None else database
    return word(f"./{path}" if path.startswith("-") else path)


def _without_password(database: str) -> str:
    return _PASSWORD.sub(lambda match: f"{match[1]}@" if match[1] else "", database)


def _wants_json(statement: Statement, number: int) -> bool:
    """Say whether the text casts this value to json: a list is an array without it."""
    return re.search(rf"\${number}\s*::\s*jsonb?\b", statement.text, re.IGNORECASE) is not None


def _postgres(value: Json, as_json: bool) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (list, tuple)) and not as_json:
        return _string(_array(value))
    return _string(_text(value))


def _sqlite(value: Json) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int)):
        return f"({int(value)})"  # in brackets: `1 -$1` with -1 would begin a comment
    if isinstance(value, float):
        return f"({value!r})"
    return "'" + _text(value).replace("'", "''") + "'"


def _text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said.replace("\x00", "").encode("utf-8", "replace").decode()


def _string(text: str) -> str:
    doubled = text.replace("'", "''")
    if "\\" not in text:
        return f"'{doubled}'"
    return " E'" + doubled.replace("\\", "\\\\") + "'"  # right with either standard_conforming_strings


def _array(items: Sequence[Json]) -> str:
    return "{" + ",".join(_element(item) for item in items) + "}"


def _element(item: Json) -> str:
    if item is None:
        return "NULL"
    if isinstance(item, (list, tuple)):
        return _array(item)
    said = as_text(item) if isinstance(item, str) else _text(item)
    return '"' + _text(said).replace("\\", "\\\\").replace('"', '\\"') + '"'
