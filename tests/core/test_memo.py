"""What is worked out once, and for whom."""

from __future__ import annotations

import pytest

from engine.core import memo
from engine.core.memo import Memo


def test_the_same_objects_are_worked_out_once() -> None:
    """By identity: an equal object made anew is worked out again."""
    made: list[str] = []
    known: Memo[int] = Memo()
    first, second = ["a"], ["a"]

    def make() -> int:
        made.append("made")
        return len(made)

    assert [1, 1, 2, 1] == [known.of(make, part) for part in (first, first, second, first)]


def test_every_part_counts_and_so_does_their_order() -> None:
    """A value of other objects is another value."""
    known: Memo[str] = Memo()
    one, two = object(), object()
    found = [known.of(lambda: "12", one, two), known.of(lambda: "21", two, one), known.of(lambda: "1", one)]
    assert ["12", "21", "1"] == found


def test_an_identity_is_never_taken_for_another_objects() -> None:
    """What is known is kept alive: thousands of short-lived objects, each with its own value."""
    known: Memo[int] = Memo()
    assert list(range(2000)) == [known.of(lambda: part[0], part) for part in ([n] for n in range(2000))]


def test_it_begins_anew_when_it_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is bounded, and goes on to say what is right."""
    monkeypatch.setattr(memo, "MOST", 3)
    known: Memo[int] = Memo()
    parts = [[n] for n in range(10)]
    assert list(range(10)) == [known.of(lambda: part[0], part) for part in parts]
    assert 3 >= len(known._known)
