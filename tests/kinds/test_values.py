"""Durations, instants: one canonical text each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.values import Duration, Instant


@pytest.mark.parametrize(
    ("text", "seconds", "canonical"),
    [
        ("500ms", 0.5, "500ms"),
        ("90s", 90.0, "1m30s"),
        ("5m", 300.0, "5m"),
        ("1h30m", 5400.0, "1h30m"),
        ("2d", 172_800.0, "2d"),
        ("1.5s", 1.5, "1s500ms"),
        ("1s500ms", 1.5, "1s500ms"),
        ("0s", 0.0, "0s"),
        ("1d1h1m1s1ms", 90_061.001, "1d1h1m1s1ms"),
    ],
)
def test_a_duration_reads_and_writes_its_canonical_text(text: str, seconds: float, canonical: str) -> None:
    """The forms authors use."""
    assert (seconds, canonical) == (Duration.parse(text), str(Duration.parse(text)))


@pytest.mark.parametrize(
    "text", ["", "90", "5 m", "m5", "1h30", "-5s", "5M", "1.5m", "٣s", "9" * 400 + "d", 90, 1.5, None, True]
)
def test_what_has_no_unit_is_no_duration(text: object) -> None:
    """A bare number is an error: nobody knows whether it is seconds."""
    with pytest.raises(ValueError):
        Duration.parse(text)


@given(st.integers(min_value=0, max_value=10**12))
def test_any_duration_in_milliseconds_survives_its_text(milliseconds: int) -> None:
    """Writing and reading again is exact to the millisecond."""
    text = Duration(milliseconds / 1000).plain()
    assert text == Duration.parse(text).plain()
    assert milliseconds == round(Duration.parse(text) * 1000)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("2025-11-23T03:05:22.120Z", "2025-11-23T03:05:22.120Z"),
        ("2025-11-23T03:05:22Z", "2025-11-23T03:05:22.000Z"),
        ("2025-11-23T03:05:22.123456Z", "2025-11-23T03:05:22.123456Z"),
        ("2025-11-23T03:05:22.123456789Z", "2025-11-23T03:05:22.123456Z"),
        ("2025-11-23T04:05:22+01:00", "2025-11-23T03:05:22.000Z"),
        ("2025-11-22T20:05:22-0700", "2025-11-23T03:05:22.000Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ],
)
def test_an_instant_reads_any_zone_and_writes_utc(text: str, canonical: str) -> None:
    """Nanoseconds and Go's zero time among them."""
    assert canonical == Instant.parse(text).plain()


@pytest.mark.parametrize(
    "text", ["", "soon", "2025-11-23", "2025-11-23T03:05:22", "2025-11-23 03:05:22", 1763867122, None]
)
def test_a_time_without_a_zone_is_refused(text: object) -> None:
    """A local time would be wrong somewhere."""
    with pytest.raises(ValueError):
        Instant.parse(text)


@given(st.integers(min_value=0, max_value=4 * 10**15))
def test_any_instant_in_microseconds_survives_its_text(microseconds: int) -> None:
    """Text to value to text is exact."""
    text = Instant(microseconds / 1e6).plain()
    assert text == Instant.parse(text).plain()


def test_an_instant_moves_on_exactly() -> None:
    """Sums are rounded to the microsecond, so that they print as they should."""
    start = Instant.parse("2025-11-23T03:05:22.100Z")
    assert "2025-11-23T03:05:22.400Z" == start.after(0.1).after(0.2).plain()
    assert "03:05:22Z" == start.clock()
    assert "2025-11-23T03:05:22.100000+00:00" == start.utc().isoformat()


@pytest.mark.parametrize(
    ("one", "text"), [(Duration(90.0), "Duration(1m30s)"), (Instant(0), "Instant(1970-01-01T00:00:00.000Z)")]
)
def test_a_value_shows_its_text(one: object, text: str) -> None:
    """In test failures and logs."""
    assert text == repr(one)


@pytest.mark.parametrize("kind", [Duration, Instant])
def test_a_value_reads_itself(kind: type[Duration] | type[Instant]) -> None:
    """A default that is a value already is taken as it is."""
    one = kind(12.5)
    assert (one, kind) == (kind.parse(one), type(kind.parse(one)))
