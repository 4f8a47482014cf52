"""Reading a value that another system wrote its own way: `as: percent`, `number`, `milliseconds`, …

Rules:
1. What cannot be read is ABSENT, never zero: an operator on it is unknown.
2. Where a text could mean two things it is not read: `1,5` is no number, and a bare number no duration.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Duration, Instant, Json

UNITS: Final[Mapping[str, str]] = {
    "percent": "`0.00%` or `5 %`, and a number as it is: in percent",
    "number": "a number in a text, thousands in groups of three: `1,234.5`",
    "duration": "a text with its unit, `123s` or `1h 30m`: in seconds",
    "milliseconds": "a number of milliseconds: in seconds, to be held against `500ms`",
    "time": "ISO 8601 with its zone, or seconds or milliseconds since 1970: as a time",
}
"""Every unit and what it reads, for the reference."""

_PERCENT = re.compile(r"\s*([+-]?[\d.,eE+-]+)\s*%\s*\Z", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([, '_\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*(?:\.\d+)?\Z", re.ASCII)
_MILLISECONDS_FROM: Final = 1e11
"""A number this large is milliseconds: as seconds it would be after the year 5000."""


def read_as(unit: str, value: Json) -> Json | Absent:
    """Return the value read as the unit says, or ABSENT; an unknown unit reads nothing."""
    reader = _READERS.get(unit)
    return ABSENT if reader is None else reader(value)


def _number(value: Json) -> Json | Absent:
    if isinstance(value, str):
        text = value.strip()
        grouped = _GROUPED.match(text)
        if grouped:
            text = text.replace(grouped[1], "")
        elif "_" in text:
            return ABSENT
        try:
            value = float(text)
        except ValueError:
            return ABSENT
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ABSENT
    try:
        return value if math.isfinite(value) else ABSENT
    except OverflowError:  # an integer of hundreds of digits
        return ABSENT


def _percent(value: Json) -> Json | Absent:
    if isinstance(value, str):
        found = _PERCENT.match(value)
        return _number(found[1]) if found else ABSENT
    return _number(value)


def _duration(value: Json) -> Json | Absent:
    if not isinstance(value, str):
        return ABSENT
    try:
        return float(Duration.parse("".join(value.split())))
    except ValueError:
        return ABSENT


def _milliseconds(value: Json) -> Json | Absent:
    read = _number(value)
    return read / 1000 if isinstance(read, (int, float)) else ABSENT


def _time(value: Json) -> Json | Absent:
    if isinstance(value, str):
        try:
            return str(Instant.parse(value.strip()))
        except (ValueError, OverflowError):
            return ABSENT
    read = _number(value)
    if not isinstance(read, (int, float)):
        return ABSENT
    try:
        return str(Instant(read / 1000 if abs(read) >= _MILLISECONDS_FROM else read))
    except (ValueError, OverflowError, OSError):
        return ABSENT


_READERS: Final[Mapping[str, Callable[[Json], Json | Absent]]] = {
    "percent": _percent,
    "number": _number,
    "duration": _duration,
    "milliseconds": _milliseconds,
    "time": _time,
}
