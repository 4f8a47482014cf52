"""Rows that are never reached, and lists of rows that decide the same, held against deciding itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from itertools import product
from random import Random

import pytest

from engine.kinds.matchers import Matcher
from engine.kinds.matching import judge
from engine.kinds.references import ABSENT, Absent
from engine.kinds.steps.decide import Case
from engine.kinds.values import Json
from engine.model import decisions
from engine.model.decisions import covered, same

PATHS = ("look", "look.status", "look.seconds")
MATCHERS: dict[str, list[Json]] = {
    "look": ["pass", "fail", {"not": "pass"}, {"in": ["fail", "unknown"]}, {"exists": False}],
    "look.status": [200, 503, {"ge": 500}, {"lt": 500}, {"between": [200, 499]}, {"exists": True}],
    "look.seconds": [{"lt": 1}, {"ge": 1}, {"gt": 10}, {"not": {"lt": 1}}],
}
VALUES: dict[str, list[Json | Absent]] = {
    "look": [ABSENT, "pass", "fail", "unknown"],
    "look.status": [ABSENT, 100, 200, 404, 503, 504],
    "look.seconds": [ABSENT, 0.5, 1, 5, 20],
}
WORLDS = [dict(zip(PATHS, values, strict=True)) for values in product(*(VALUES[path] for path in PATHS))]


def row(chance: Random) -> Case:
    """Return some row."""
    when = {path: Matcher(chance.choice(MATCHERS[path])) for path in PATHS if chance.random() < 0.4}
    options = tuple(
        {path: Matcher(chance.choice(MATCHERS[path])) for path in PATHS if chance.random() < 0.4}
        for _ in range(chance.choice((0, 0, 0, 2)))
    )
    return Case(go=chance.choice("ab"), when=when, any=options, raises=chance.choice(("", "", "SEV-1")))


@cache
def holds(path: str, matcher: str, world: int) -> bool:
    """Say whether a matcher holds in a world, as a run judges it."""
    return judge(json.loads(matcher), WORLDS[world][path]) == "pass"


def passes(row: Case, world: int) -> bool:
    """Say whether a row is taken in a world, if it is asked."""

    def all_hold(conditions: Mapping[str, Matcher]) -> bool:
        every = [holds(path, json.dumps(one.data), world) for path, one in conditions.items()]
        return bool(every) and all(every)

    own = all_hold(row.when) or (not row.when and bool(row.any))
    return own and (not row.any or any(map(all_hold, row.any)))


def decided(rows: list[Case], world: int) -> tuple[str, str]:
    """Return what a run decides."""
    took = next((one for one in rows if passes(one, world)), None)
    return (took.go, took.raises) if took else ("a", "")


def test_a_row_is_taken_here_where_a_run_takes_it() -> None:
    """The short way to say so, against the step itself."""
    chance = Random(10)
    for number in range(len(WORLDS)):
        rows, world = [row(chance) for _ in range(3)], WORLDS[number]
        progress = [one.answer(world.__getitem__) == "pass" for one in rows]
        assert progress == [passes(one, number) for one in rows]


def test_lists_that_are_proved_the_same_decide_the_same_in_every_world() -> None:
    """Over a thousand lists with a row swapped, dropped or one condition less."""
    chance, proved = Random(11), 0
    for _ in range(1000):
        rows = [row(chance) for _ in range(4)]
        other = list(rows)
        place = chance.randrange(3)
        change = chance.choice(("swap", "drop", "condition"))
        if change == "swap":
            other[place], other[place + 1] = other[place + 1], other[place]
        elif change == "drop":
            del other[place]
        else:
            when = dict(list(rows[place].when.items())[1:])
            other[place] = Case(go=rows[place].go, when=when, any=rows[place].any, raises=rows[place].raises)
        if same(rows, "a", other, "a"):
            proved += other != rows
            differ = [world for world in range(len(WORLDS)) if decided(rows, world) != decided(other, world)]
            assert [] == differ, (rows, other)
    assert proved > 150


def test_a_row_that_is_proved_out_of_reach_is_taken_in_no_world() -> None:
    """Over a thousand lists; and with the rows in its way alone it is not taken either."""
    chance, proved = Random(12), 0
    for _ in range(1000):
        rows = [row(chance) for _ in range(5)]
        for number, above in covered(rows).items():
            proved += 1
            for world in range(len(WORLDS)):
                taken = any(passes(rows[other], world) for other in above)
                assert taken or not passes(rows[number], world), (rows, number, above)
    assert proved > 150


def rows_of(*conditions: dict[str, Json], any: tuple[dict[str, Json], ...] = ()) -> list[Case]:
    """Return rows that go to steps of their own, the last with alternatives."""
    found = [
        Case(go=f"s{number}", when={path: Matcher(data) for path, data in one.items()})
        for number, one in enumerate(conditions)
    ]
    if any:
        options = tuple({path: Matcher(data) for path, data in one.items()} for one in any)
        found[-1] = Case(go=found[-1].go, when=found[-1].when, any=options)
    return found


COVERED: list[tuple[list[Case], tuple[int, ...]]] = [
    (rows_of({"x": {"ge": 500}}, {"x": 503}), (0,)),
    (rows_of({"x": "pass"}, {"x": "pass", "y": 1}), (0,)),
    (rows_of({"y": 1}, {"x": {"in": ["a", "b"]}}, {"x": "b", "y": 2}), (1,)),
    (rows_of({"x": "a"}, {"x": "b"}, {}, any=({"x": "a", "y": 1}, {"x": "b"})), (0, 1)),
    (rows_of({"x": {"lt": 5}}, {"x": {"ge": 5}}, {"x": 7, "z": 1}), (1,)),
]
FREE = [
    rows_of({"x": 503}, {"x": {"ge": 500}}),
    rows_of({"x": "pass", "y": 1}, {"x": "pass"}),
    rows_of({"x": "a"}, {"x": "b"}, {}, any=({"x": "a"}, {"x": "c"})),
    rows_of({"x": {"exists": False}}, {"y.x": 1}),
    rows_of({"x": "${look.id}"}, {"x": "${look.name}"}),
    rows_of({"x": {"lt": 5}}, {"x": {"not": {"matches": "a"}}}),
]


@pytest.mark.parametrize(("rows", "above"), COVERED)
def test_a_row_that_others_cover_is_told_with_them(rows: list[Case], above: tuple[int, ...]) -> None:
    """One, where one is enough."""
    assert {len(rows) - 1: above} == covered(rows)


@pytest.mark.parametrize("rows", FREE)
def test_a_row_that_may_be_reached_is_left_alone(rows: list[Case]) -> None:
    """A reference may be anything."""
    assert {} == covered(rows)


def test_two_elses_are_never_the_same() -> None:
    """Even where no row leaves anything over: that is not looked for."""
    rows = rows_of({"x": 1})
    assert same(rows, "a", rows, "a")
    assert not same(rows, "a", rows, "b")


def test_a_proof_that_takes_too_long_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is checked at every keystroke of an editor."""
    rows = rows_of(*({f"p{number}": 1, f"q{number}": 1} for number in range(12)))
    last = Case(go="s0", when={"z": Matcher(1), "p0": Matcher(1), "q0": Matcher(1)})
    assert same([*rows, last], "a", rows, "a")
    monkeypatch.setattr(decisions, "PATIENCE", 0)
    assert not same([*rows, last], "a", rows, "a")
    assert {} == covered([*rows, last])
