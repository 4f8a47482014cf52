"""Hours of the week, where clocks change and nights run over midnight."""

from __future__ import annotations

import pytest

from engine.kinds.values import Instant
from engine.kinds.windows import minutes, within, zone

WEEK = ("mon", "tue", "wed", "thu", "fri")


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        ("2025-11-24T17:00:00Z", True),  # Monday 09:00 in Los Angeles, winter
        ("2025-11-24T16:59:59Z", False),
        ("2025-11-25T00:59:59Z", True),  # still Monday 16:59 there
        ("2025-11-25T01:00:00Z", False),
        ("2025-11-23T18:00:00Z", False),  # Sunday
        ("2025-07-07T16:00:00Z", True),  # Monday 09:00, summer time
    ],
)
def test_a_window_is_in_its_own_zone_whatever_the_season(now: str, inside: bool) -> None:
    """The end is not part of it."""
    assert inside == within(Instant.parse(now), WEEK, "09:00", "17:00", "America/Los_Angeles")


@pytest.mark.parametrize(
    ("now", "inside"),
    [
        ("2025-11-21T23:30:00Z", True),  # Friday night
        ("2025-11-22T03:00:00Z", True),  # its morning belongs to Friday
        ("2025-11-22T06:00:00Z", False),
        ("2025-11-22T23:30:00Z", False),  # Saturday night is none
    ],
)
def test_a_night_belongs_to_the_day_it_began_on(now: str, inside: bool) -> None:
    """22:00 to 05:00 on Fridays."""
    assert inside == within(Instant.parse(now), ("fri",), "22:00", "05:00", "UTC")


@pytest.mark.parametrize("text", ["9", "25:00", "09:60", "09:5", "", "noon", "24:01"])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    """With what to write."""
    with pytest.raises(ValueError, match="no time of day"):
        minutes(text)


def test_an_unknown_zone_is_refused() -> None:
    """No path, no guess."""
    for name in ("Mars/Base", "../etc/passwd", ""):
        with pytest.raises(ValueError, match="no time zone"):
            zone(name)
