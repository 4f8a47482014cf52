"""Values authors write: durations and instants, and plain JSON data.

Both classes are floats underneath, so the core can calculate with them, and both read and write
one canonical text. They describe themselves to a validator by plain dictionaries, so that nothing
here imports one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Self, TypeAlias, Union

Json: TypeAlias = Union[bool, int, float, str, "Sequence[Json]", "Mapping[str, Json]", None]

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?\Z")
_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms"))
_FACTORS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)
_LONGEST = 36_525 * 86_400.0


class Duration(float):
    """A length of time in seconds, written `500ms`, `90s`, `5m`, `1h30m`; a bare number is an error."""

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read the canonical text; raises ValueError with the accepted forms."""
        if isinstance(text, Duration):
            return cls(text)
        if not isinstance(text, str):
            raise ValueError(f"a duration needs a unit, such as 90s or 5m, not {text!r}")
        match = _DURATION.match(text)
        if not text or not text.isascii() or match is None:
            raise ValueError(f"{text!r} is no duration: write 500ms, 90s, 5m, 1h30m or 2d")
        seconds = sum(
            float(part) * factor
            for part, factor in zip(match.groups(), _FACTORS, strict=True)
            if part is not None
        )
        if seconds > _LONGEST:
            raise ValueError(f"{text!r} is longer than a hundred years")
        return cls(seconds)

    def plain(self) -> str:
        """Return the canonical text."""
        return str(self)

    def __str__(self) -> str:
        left = round(self * 1000)
        parts = []
        for size, unit in _UNITS:
            count, left = divmod(left, size)
            if count:
                parts.append(f"{count}{unit}")
        return "".join(parts) or "0s"

    def __repr__(self) -> str:
        return f"Duration({self})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^(\d+d)?(\d+h)?(\d+m)?(\d+(\.\d+)?s)?(\d+ms)?$",
            "examples": ["500ms", "90s", "5m", "1h30m"],
        }


class Instant(float):
    """A moment in UTC: seconds since the epoch, written `2025-11-23T03:05:22.120Z`."""

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read an ISO 8601 text with a zone; raises ValueError without one."""
        if isinstance(text, Instant):
            return cls(text)
        if not isinstance(text, str):
            raise ValueError(f"a time is written like 2025-11-23T03:05:22Z, not {text!r}")
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(f"{text!r} is no time: write 2025-11-23T03:05:22Z") from None
        if moment.tzinfo is None:
            raise ValueError(f"{text!r} has no zone: add Z for UTC")
        return cls(round(moment.timestamp(), 6))

    def plain(self) -> str:
        """Return the canonical text, with as many digits as the value needs (ms or µs)."""
        return str(self)

    def utc(self) -> datetime:
        """Return the moment as an aware datetime."""
        return datetime.fromtimestamp(self, UTC)

    def after(self, seconds: float) -> Instant:
        """Return the moment `seconds` later."""
        return Instant(round(self + seconds, 6))

    def clock(self) -> str:
        """Return the time of day, `03:05:22Z`, as the screen shows it."""
        return f"{self.utc():%H:%M:%S}Z"

    def __str__(self) -> str:
        moment = datetime.fromtimestamp(round(self, 6), UTC)
        digits = "milliseconds" if moment.microsecond % 1000 == 0 else "microseconds"
        return moment.isoformat(timespec=digits).replace("+00:00", "Z")

    def __repr__(self) -> str:
        return f"Instant({self})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


def text_schema(parse: Any) -> dict[str, Any]:
    """Describe a self-parsing class to the validator (a core schema is a plain dictionary)."""
    return {"type": "function-plain", "function": {"type": "no-info", "function": parse}}
