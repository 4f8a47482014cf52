"""Frozen dataclasses that are filled fast: in nothing else do they differ."""

from __future__ import annotations

import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest

from engine.core import events, moves, run_state
from engine.kinds import step
from engine.kinds.frozen import quick


@quick
@dataclass(frozen=True, slots=True)
class Point:
    """One with places, a default and one that is made."""

    x: int
    y: int = 2
    names: list[str] = field(default_factory=list)


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One with words only; what has no default may come last."""

    a: int = 1
    b: str
    c: dict[str, int] = field(default_factory=dict)


def test_it_takes_what_the_dataclass_takes() -> None:
    """By place, by word, with defaults, and each object with a new one of what is made."""
    assert (1, 2, []) == (Point(1).x, Point(1).y, Point(1).names)
    assert (1, 5, ["n"]) == (Point(1, 5, ["n"]).x, Point(1, y=5).y, Point(1, names=["n"]).names)
    assert Point(1).names is not Point(1).names
    assert (1, "b", {}) == (Named(b="b").a, Named(b="b").b, Named(b="b").c)


@pytest.mark.parametrize("words", [{}, {"x": 1, "z": 2}])
def test_what_is_missing_or_not_known_is_refused(words: dict[str, Any]) -> None:
    """As any call refuses it."""
    with pytest.raises(TypeError, match="__init__"):
        Point(**words)


def test_words_only_are_words_only() -> None:
    """A value without its name is refused."""
    with pytest.raises(TypeError, match="positional"):
        Named(1)  # type: ignore[call-arg]  # that is what is shown


def test_nobody_writes_to_it() -> None:
    """Neither a field, nor one that is not there, nor by taking one away."""
    point = Point(1)
    with pytest.raises(FrozenInstanceError):
        point.x = 3  # type: ignore[misc]  # that is what is shown
    with pytest.raises((FrozenInstanceError, TypeError)):
        point.other = 3  # type: ignore[attr-defined]  # that is what is shown
    with pytest.raises(FrozenInstanceError):
        del point.x
    assert 1 == point.x


def test_it_is_of_its_own_class_and_equal_to_its_like() -> None:
    """Nothing of how it was filled is left behind; copies are made as of any other."""
    assert type(Point(1)) is Point
    assert (Point(1), "Point(x=1, y=2, names=[])") == (Point(1), repr(Point(1)))
    assert Point(1) != Point(2)
    assert Point(3) == replace(Point(1), x=3)
    assert Point(1) == pickle.loads(pickle.dumps(Point(1)))


def test_a_class_that_it_is_not_for_is_refused() -> None:
    """What does more than filling its slots would lose it."""

    @dataclass(frozen=True)
    class Loose:
        x: int

    class More(Loose):
        def __post_init__(self) -> None: ...

    for kind in (Loose, More):
        with pytest.raises(TypeError, match="only for frozen dataclasses"):
            quick(kind)


@pytest.mark.parametrize(
    "kind",
    [
        *(events.Asked, events.Ended, events.Settled, events.Opened, events.Happened),
        *(moves.Record, moves.Perform, moves.Cancel, moves.WakeAt),
        *(run_state.Operation, run_state.Visit, run_state.Prompt),
        *(step.Observe, step.Result, step.Progress, step.Settlement, step.Streak),
    ],
)
def test_the_engines_own_have_the_parameters_of_their_fields(kind: type) -> None:
    """The same names in the same order, a default where the field has one."""
    found = list(inspect.signature(kind).parameters.values())
    own = fields(kind)
    assert [one.name for one in own] == [one.name for one in found]
    assert [one.kw_only for one in own] == [one.kind is inspect.Parameter.KEYWORD_ONLY for one in found]
