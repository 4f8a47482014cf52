"""Units: values as other systems write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.references import ABSENT, Absent
from engine.kinds.units import UNITS, read_as
from engine.kinds.values import Json


@pytest.mark.parametrize(
    ("unit", "value", "read"),
    [
        ("percent", "0.00%", 0.0),
        ("percent", " 12.5 % ", 12.5),
        ("percent", "1,250 %", 1250.0),
        ("percent", -3, -3),
        ("percent", 0.5, 0.5),
        ("percent", "5", ABSENT),
        ("percent", "% 5", ABSENT),
        ("percent", "nan%", ABSENT),
        ("number", "42", 42.0),
        ("number", "-1,234,567.89", -1234567.89),
        ("number", "1 234", 1234.0),
        ("number", "1'234'567", 1234567.0),
        ("number", "1_000", 1000.0),
        ("number", "10_0", ABSENT),
        ("number", "1e3", 1000.0),
        ("number", 7, 7),
        ("number", "1,5", ABSENT),
        ("number", "1,234 567", ABSENT),
        ("number", "inf", ABSENT),
        ("number", "", ABSENT),
        ("number", "12 apples", ABSENT),
        ("number", True, ABSENT),
        ("number", None, ABSENT),
        ("number", 10**400, ABSENT),
        ("duration", "123s", 123.0),
        ("duration", "1h 30m", 5400.0),
        ("duration", "250 ms", 0.25),
        ("duration", 250, ABSENT),
        ("duration", "250", ABSENT),
        ("milliseconds", 812, 0.812),
        ("milliseconds", "1,500", 1.5),
        ("milliseconds", "1.5s", ABSENT),
        ("time", "2025-11-23T03:05:22+01:00", "2025-11-23T02:05:22.000Z"),
        ("time", "2025-11-23 03:05:22.123456789+00", "2025-11-23T03:05:22.123456Z"),
        ("time", 1763867122, "2025-11-23T03:05:22.000Z"),
        ("time", 1763867122120, "2025-11-23T03:05:22.120Z"),
        ("time", "2025-11-23T03:05:22", ABSENT),
        ("time", "yesterday", ABSENT),
        ("time", 1e300, ABSENT),
        ("time", [], ABSENT),
        ("weight", 5, ABSENT),
    ],
)
def test_a_value_is_read_as_what_it_is_said_to_be(unit: str, value: Json, read: Json | Absent) -> None:
    """Or not at all: what could mean two things is nothing."""
    found = read_as(unit, value)
    assert (type(read), read) == (type(found), found)


@given(st.sampled_from(sorted(UNITS)), st.none() | st.booleans() | st.floats() | st.integers() | st.text())
def test_reading_never_raises(unit: str, value: Json) -> None:
    """What comes from outside may be anything."""
    found = read_as(unit, value)
    assert isinstance(found, (int, float, str, Absent))
