"""Replies from outside: sane text, sane JSON, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.references import ABSENT, Absent
from engine.kinds.replies import DEEPEST, clipped, find_json, first_line, read_json, took
from engine.kinds.values import Json


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b"\xef\xbb\xbf[1]", [1]),
        (b" null ", None),
        (b'"text"', "text"),
        (b"[NaN, -Infinity, 1e999, 1.5]", [None, None, None, 1.5]),
        (b"", ABSENT),
        (b"{} {}", ABSENT),
        (b"\xff", ABSENT),
        (b"9" * 5000, ABSENT),
    ],
)
def test_a_body_is_json_as_a_whole_or_not_at_all(body: bytes, value: Json | Absent) -> None:
    """A byte order mark is met in the field; numbers that are no numbers are no data."""
    assert value == read_json(body)


def test_nesting_is_kept_to_a_depth_every_reader_can_stand() -> None:
    """One more level and it is no JSON to us."""
    for text in ("[" * DEEPEST + "]" * DEEPEST, '{"a":' * DEEPEST + "1" + "}" * DEEPEST):
        assert not isinstance(read_json(text), Absent)
        assert ABSENT is read_json(f"[{text}]")
        assert ABSENT is find_json(f"[{text}]")
    assert ABSENT is read_json("[" * 100_000)


@given(st.binary(max_size=50) | st.text(max_size=50))
def test_no_body_raises(body: bytes | str) -> None:
    """Whatever bytes come."""
    read_json(body)
    assert len(clipped(body)) <= 50
    find_json(clipped(body))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0ms"), (0.2124, "212ms"), (0.9996, "1.0s"), (38.21, "38.2s")]
)
def test_seconds_are_written_as_a_person_reads_them(seconds: float, text: str) -> None:
    """Milliseconds below one second."""
    assert text == took(seconds)


@pytest.mark.parametrize(
    ("text", "line"), [("\n  a \nb", "a"), ("", ""), (" \n ", ""), ("x" * 200, "x" * 159 + "…")]
)
def test_the_first_line_that_says_anything_is_the_summary(text: str, line: str) -> None:
    """Cut where it is long."""
    assert line == first_line(text)
