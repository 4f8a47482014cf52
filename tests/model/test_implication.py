"""What matchers say of each other, held against the judge that a run uses."""

from __future__ import annotations

from itertools import product

import pytest

from engine.kinds.matchers import Matcher
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Json
from engine.model.implication import alternatives, excludes, implies

VALUES: list[Json | Absent] = [
    *(ABSENT, None, True, False, 0, 1, 4, 4.5, 5, 5.0, 6, 10, 200, 500, 503, -1),
    *("", "pass", "fail", "unknown", "5", "5s", "5m", "limit", "2026-01-01T00:00:00Z"),
    *([], [5], ["pass", "fail"], {}, {"n": 5}, {"n": "pass"}),
]
OPERANDS: list[Json] = [
    *("pass", "fail", 5, 5.0, "5s", 200, 503, True, None, [5], {"n": 5}, {}),
    *({name: bound} for name in ("lt", "le", "gt", "ge", "eq", "ne") for bound in (5, 4.5, "5s", "abc", 503)),
    *({"exists": True}, {"exists": False}, {"in": ["pass", "fail"]}, {"in": [5, 503]}, {"in": []}),
    *({"between": [4, 5]}, {"between": [5, 503]}, {"between": ["a", 5]}, {"between": [6, 4]}),
    *({"ge": 5, "lt": 503}, {"gt": 5, "ne": 6}, {"in": [5, 6], "gt": 5}, {"ne": "pass", "exists": True}),
    *({"not": "pass"}, {"not": {"lt": 5}}, {"not": {"in": ["pass", 5]}}, {"not": {"ge": 5, "lt": 6}}),
    *({"not": {"exists": True}}, {"not": {"not": 5}}, {"ne": True}, {"ne": None}, {"ne": [5]}, {"eq": None}),
    *({"len": {"gt": 0}}, {"len": 4}, {"contains": "pass"}, {"contains": 5}, {"matches": "^pa"}),
    *(
        {"some": 5},
        {"every": 5},
        {"default": 5, "ge": 5},
        {"where": {"n": 5}, "count": 1},
        {"as": "time", "ge": 5},
    ),
]


def holds(data: Json, value: Json | Absent) -> bool:
    """Say what a run would."""
    return Matcher(data).judge(value).answer == "pass"


def test_what_is_implied_holds_for_every_value() -> None:
    """Over every two of many matchers: nothing is said that one value contradicts."""
    said = 0
    for one, other in product(OPERANDS, repeat=2):
        if implies(Matcher(one), Matcher(other)):
            said += one != other
            against = [value for value in VALUES if holds(one, value) and not holds(other, value)]
            assert [] == against, (one, other)
    assert said > 150


def test_what_is_excluded_never_holds_together() -> None:
    """Over every two of many matchers, whichever stands first."""
    said = 0
    for one, other in product(OPERANDS, repeat=2):
        found = excludes(Matcher(one), Matcher(other))
        assert found == excludes(Matcher(other), Matcher(one)), (one, other)
        if found:
            said += 1
            both = [value for value in VALUES if holds(one, value) and holds(other, value)]
            assert [] == both, (one, other)
    assert said > 500


IMPLIED: list[tuple[Json, Json]] = [
    (503, {"ge": 500}),
    ("pass", {"exists": True}),
    ("pass", {"in": ["pass", "fail"]}),
    ("pass", {"not": "fail"}),
    ({"in": [502, 503]}, {"between": [500, 599]}),
    ({"gt": 5}, {"ge": 5}),
    ({"ge": 500, "lt": 505}, {"lt": 600}),
    ({"gt": 5}, {"ne": 5}),
    ({"not": {"lt": 5}}, {"ge": 5}),
    ({"ge": "5m"}, {"gt": "4m"}),
    ("${look.id}", "${look.id}"),
    ({"eq": "${look.id}", "exists": True}, "${look.id}"),
    ({"matches": "^a", "len": 3}, {"matches": "^a"}),
    ({"where": {"n": 5}, "count": 1}, {"count": 1, "where": {"n": 5}}),
]
NOT_IMPLIED: list[tuple[Json, Json]] = [
    ({"ge": 5}, {"gt": 5}),
    ({"exists": True}, "pass"),
    ({"not": "fail"}, "pass"),
    ({"not": {"ge": 5, "lt": 6}}, {"exists": False}),
    ("abc", {"not": {"lt": 5}}),
    ("${look.id}", "${look.name}"),
    ("${look.id}", {"ne": "x"}),
    ("$${look.id}", {"in": ["$${look.id}", "x"]}),
    ({"default": 5, "ge": 5}, {"exists": True}),
    (1, True),
]
EXCLUDED: list[tuple[Json, Json]] = [
    ("pass", "fail"),
    ({"exists": False}, "pass"),
    ({"lt": 5}, {"ge": 5}),
    ({"gt": 5}, {"between": [1, 5]}),
    ("pass", {"not": "pass"}),
    ({"matches": "^a"}, {"not": {"matches": "^a"}}),
    ("${look.id}", {"ne": "${look.id}"}),
    (1, True),
    ({"in": ["a", "b"]}, {"in": ["c"]}),
]
NOT_EXCLUDED: list[tuple[Json, Json]] = [
    ("${look.id}", "${look.name}"),
    ("${look.id}", "x"),
    ({"le": 5}, {"ge": 5}),
    ({"contains": "a"}, {"not": {"contains": "b"}}),
    ({"exists": False}, {"exists": False}),
    ({"default": 5, "ge": 5}, {"exists": False}),
    ({"len": 1}, {"len": 2}),
]


@pytest.mark.parametrize(("one", "other"), IMPLIED)
def test_one_implies_the_other(one: Json, other: Json) -> None:
    """What a rule needs to see."""
    assert implies(Matcher(one), Matcher(other))


@pytest.mark.parametrize(("one", "other"), NOT_IMPLIED)
def test_one_does_not_imply_the_other(one: Json, other: Json) -> None:
    """Or nobody knows: a reference is anything."""
    assert not implies(Matcher(one), Matcher(other))


@pytest.mark.parametrize(("one", "other"), EXCLUDED)
def test_one_excludes_the_other(one: Json, other: Json) -> None:
    """No value meets both."""
    assert excludes(Matcher(one), Matcher(other))


@pytest.mark.parametrize(("one", "other"), NOT_EXCLUDED)
def test_one_does_not_exclude_the_other(one: Json, other: Json) -> None:
    """Or nobody knows, as of two lengths: nothing is said of those."""
    assert not excludes(Matcher(one), Matcher(other))


def test_a_list_of_values_is_as_many_alternatives() -> None:
    """Each holds where that value does, and together they hold where the list did."""
    few = alternatives(Matcher({"in": ["pass", 5, True, "${a.b}"]}), 9)
    assert [{"eq": one} for one in ("pass", 5, True, "${a.b}")] == [one.data for one in few]
    for data in (
        {"in": ["pass", 5]},
        {"in": [1, 2, 3]},
        {"in": [[5], 6]},
        {"in": []},
        {"in": [5], "gt": 1},
        5,
    ):
        found = alternatives(Matcher(data), 2)
        assert len(found) == (2 if data == {"in": ["pass", 5]} else 1)
        for value in VALUES:
            assert holds(data, value) == any(holds(one.data, value) for one in found), (data, value)
