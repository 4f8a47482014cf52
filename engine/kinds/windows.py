"""Hours of the week in a time zone: whether a moment lies within them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from engine.kinds.values import Instant

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes(text: str) -> int:
    """Return minutes since midnight of `HH:MM`, 24:00 included; raises ValueError."""
    hour, colon, minute = text.partition(":")
    if not (colon and hour.isdigit() and minute.isdigit() and len(minute) == 2):
        raise ValueError(f"'{text}' is no time of day: write 09:00")
    found = int(hour) * 60 + int(minute)
    if int(minute) > 59 or found > 24 * 60:
        raise ValueError(f"'{text}' is no time of day: write 00:00 to 24:00")
    return found


def zone(name: str) -> ZoneInfo:
    """Return a time zone by its name; raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone '{name}': write one such as America/Los_Angeles") from None


def within(now: Instant, days: Sequence[str], start: str, end: str, where: str) -> bool:
    """Say whether a moment lies in the hours; those past midnight belong to the day they began on."""
    local = now.utc().astimezone(zone(where))
    at, first, last = local.hour * 60 + local.minute, minutes(start), minutes(end)
    today = DAYS[local.weekday()]
    yesterday = DAYS[(local - timedelta(days=1)).weekday()]
    if first < last:
        return today in days and first <= at < last
    return (today in days and at >= first) or (yesterday in days and at < last)
