"""A stream in bounded memory: beginning, end, size and hash, however it comes in pieces."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.io.world.programs.output import Collector
from engine.kinds.ports import Output


def collected(limit: int, *pieces: bytes) -> Output:
    """Return what is kept of these pieces."""
    collector = Collector(limit)
    for piece in pieces:
        collector.add(memoryview(piece))
    return collector.output()


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(2, 60))
def test_the_beginning_and_the_end_are_kept(pieces: list[bytes], limit: int) -> None:
    """However it is cut into pieces; what fits is kept whole."""
    whole = b"".join(pieces).replace(b"\n", b"")
    half = limit // 2
    output = collected(limit, *(piece.replace(b"\n", b"") for piece in pieces))
    assert (len(whole), hashlib.sha256(whole).hexdigest()) == (output.size, output.sha256)
    if len(whole) <= 2 * half:
        assert (whole, False, 0) == (output.kept, output.cut, output.gap)
    else:
        assert (whole[:half] + whole[-half:], True, half) == (output.kept, output.cut, output.gap)


@given(st.lists(st.binary(max_size=40), max_size=12), st.integers(2, 60))
def test_what_is_kept_is_from_the_beginning_and_the_end(pieces: list[bytes], limit: int) -> None:
    """With line breaks in it, less may be kept, but nothing else."""
    whole = b"".join(pieces)
    output = collected(limit, *pieces)
    head, tail = output.kept[: output.gap], output.kept[output.gap :]
    assert len(output.kept) <= limit
    assert (True, True) == (whole.startswith(head), whole.endswith(tail))
    assert output.cut is (len(output.kept) < len(whole))


def test_a_line_is_not_torn_in_two() -> None:
    """A secret on it would be, too, and half of one is not recognised."""
    lines = b"".join(b"token=abcdefgh%04d\n" % number for number in range(1000))
    output = collected(1000, lines)
    head, tail = output.kept[: output.gap], output.kept[output.gap :]
    assert (True, True) == (head.endswith(b"\n"), tail.startswith(b"token="))
    assert 900 < len(output.kept) <= 1000


@pytest.mark.parametrize("limit", [0, 1, 2])
def test_a_limit_of_next_to_nothing_is_kept(limit: int) -> None:
    """Size and hash are still those of all."""
    output = collected(limit, b"abcdef")
    assert (6, True) == (output.size, output.cut)
    assert len(output.kept) <= 2
