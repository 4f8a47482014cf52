"""Output in pieces: masked wherever it is cut, and not held back without need."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.io.redaction import Redactor

SECRET = "".join(chr(33 + n) for n in range(64))
REDACTOR = Redactor({"S": SECRET, "T": "tail-of-" + SECRET[:20], "A": "aaaaaaaab"})


def through(*pieces: bytes) -> bytes:
    stream = REDACTOR.stream()
    return b"".join([*(stream.feed(piece) for piece in pieces), stream.flush()])


@pytest.mark.parametrize("around", [b"", b"before ", b"tail-of-"])
def test_a_secret_cut_in_two_or_three_anywhere_is_masked(around: bytes):
    """All 63 cuts in two and all 1,953 in three give what the whole gives."""
    data = around + SECRET.encode() + b" after"
    whole = REDACTOR.bytes(data)
    start = len(around)
    for one in range(1, 64):
        assert whole == through(data[: start + one], data[start + one :])
    for one, two in itertools.combinations(range(1, 64), 2):
        assert whole == through(data[: start + one], data[start + one : start + two], data[start + two :])


def test_what_cannot_become_a_secret_is_passed_on_at_once():
    """Whoever watches a command sees its lines as they come."""
    stream = REDACTOR.stream()
    assert b"deploying v12 ...\n" == stream.feed(b"deploying v12 ...\n")
    assert b"token " == stream.feed(b"token " + SECRET[:10].encode())
    assert "«***S***»\n".encode() == stream.feed(SECRET[10:].encode() + b"\n")
    assert b"" == stream.flush()


def test_the_beginning_of_a_secret_that_never_comes_is_passed_on_at_the_end():
    """Only what may become a secret is held back, and nothing is lost."""
    stream = REDACTOR.stream()
    assert b"" == stream.feed(b"tail-of-")
    assert b"tail-of-" == stream.flush()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"a", b"aaaaaaaa", b"b", SECRET[:20].encode(), b"tail-of-", b"\n"]), max_size=12
    )
)
def test_pieces_never_show_more_than_the_whole(pieces: list[bytes]):
    """The cuts of the operating system make no difference."""
    assert REDACTOR.bytes(b"".join(pieces)) == through(*pieces)
