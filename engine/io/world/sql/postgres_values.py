"""Values between JSON and Postgres: parameters as the statement wants them, columns as facts.

Rules. A parameter is turned into the type that the server inferred for it, or refused without being quoted.
A fact is a number where it is one to people (`numeric` too: who needs every digit casts to text), else
text; a time with a zone is UTC; an interval is seconds; of bytes only their number is told.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from engine.kinds.references import Absent
from engine.kinds.replies import read_json
from engine.kinds.values import Duration, Instant, Json

_EXACT: Final = 10**18


def parameter(value: Json, wanted: str) -> object:
    """Return what the driver takes for a value where the server wants this type; raises ValueError."""
    if value is None:
        return None
    if wanted in ("json", "jsonb"):
        return json.dumps(value, ensure_ascii=False)
    if wanted.endswith("[]"):
        if not isinstance(value, (list, tuple)):
            raise ValueError
        return [parameter(item, wanted if isinstance(item, (list, tuple)) else wanted[:-2]) for item in value]
    make = _MADE.get(wanted, _text)
    try:
        return make(value)
    except (TypeError, OverflowError, InvalidOperation):
        raise ValueError from None


def fact(value: Any, kind: str) -> Json:
    """Return a column's value as data; `kind` is the name of its type."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return _document(value) if kind in ("json", "jsonb") else value
    if isinstance(value, float):
        return value if math.isfinite(value) else _words(value)
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, (datetime, date, time, timedelta)):
        return _when(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return len(value)
    if isinstance(value, (list, tuple)) and not hasattr(value, "keys"):
        return [fact(item, kind.removesuffix("[]")) for item in value]
    if hasattr(value, "lower_inc"):
        return _range(value)
    if hasattr(value, "items"):  # a composite
        return {str(name): fact(item, "") for name, item in value.items()}
    return str(value)


def _range(value: Any) -> str:
    if value.isempty:
        return "empty"
    low, high = ("" if end is None else str(fact(end, "")) for end in (value.lower, value.upper))
    return f"{'[' if value.lower_inc else '('}{low},{high}{']' if value.upper_inc else ')'}"


def _number(value: Decimal) -> Json:
    if not value.is_finite():
        return _words(float(value))
    if abs(value) < _EXACT and value == value.to_integral_value():
        return int(value)
    number = float(value)
    return number if math.isfinite(number) else f"{value:f}"


def _words(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _when(value: datetime | date | time | timedelta) -> Json:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime):
        bare = value.replace(tzinfo=None)
        if bare in (datetime.max, datetime.min):  # how the driver writes infinity
            return "infinity" if bare == datetime.max else "-infinity"
        return value.isoformat() if value.tzinfo is None else str(Instant(value.astimezone(UTC).timestamp()))
    if isinstance(value, date) and value in (date.max, date.min):
        return "infinity" if value == date.max else "-infinity"
    return value.isoformat()


def _document(text: str) -> Json:
    found = read_json(text)
    return text if isinstance(found, Absent) else found


def _text(value: Json) -> str:
    if isinstance(value, bool):
        text = "true" if value else "false"
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if "\x00" in text:
        raise ValueError
    text.encode()  # half a surrogate pair is no text; the error is a ValueError
    return text


def _whole(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    if isinstance(value, float) and value != int(value):
        raise ValueError
    return int(value)


def _real(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    return float(value)


def _decimal(value: Json) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError
    return Decimal(str(value))


def _truth(value: Json) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ValueError


def _said(value: Json) -> str:
    if not isinstance(value, str):
        raise ValueError
    return value


def _moment(value: Json) -> datetime:
    said = datetime.fromisoformat(_said(value))
    return said if said.tzinfo is not None else said.replace(tzinfo=UTC)


def _bare_moment(value: Json) -> datetime:
    said = datetime.fromisoformat(_said(value))
    return said if said.tzinfo is None else said.astimezone(UTC).replace(tzinfo=None)


def _length(value: Json) -> timedelta:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return timedelta(seconds=value)
    return timedelta(seconds=Duration.parse(value))


_MADE: Final[Mapping[str, Callable[[Json], object]]] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid", "xid", "cid"), _whole),
    **dict.fromkeys(("float4", "float8"), _real),
    "numeric": _decimal,
    "bool": _truth,
    "timestamptz": _moment,
    "timestamp": _bare_moment,
    "date": lambda value: date.fromisoformat(_said(value)),
    "time": lambda value: time.fromisoformat(_said(value)),
    "interval": _length,
    "bytea": lambda value: _said(value).encode(),
}
