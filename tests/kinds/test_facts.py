"""Facts: paths and selectors into what a check brought back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.facts import Selector
from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Json

DATA: Json = {
    "status": 200,
    "json": {"machines": [{"id": "m1", "state": "stopped"}, {"id": "m2", "state": "started"}], "nil": None},
    "app.fly.dev": {"up": True},
    "a": {"x": 1},
    "a.b": {"c": 2},
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", 200),
        ("json.machines.1.id", "m2"),
        ("json.nil", None),
        ("app.fly.dev.up", True),
        ("a.b.c", 2),
        ("a.x", 1),
        ("json.machines.2.id", ABSENT),
        ("json.machines.-1", ABSENT),
        ("json.machines.²", ABSENT),
        ("json.machines.id", ABSENT),
        ("status.code", ABSENT),
        ("json.nil.x", ABSENT),
        ("nope", ABSENT),
        ("a.", ABSENT),
        ("json..nil", ABSENT),
    ],
)
def test_a_path_finds_a_value_or_nothing(path: str, value: Json | Absent) -> None:
    """Keys with dots in them are found too, also beside a shorter key."""
    assert value == look_up(DATA, path)


def test_the_empty_path_is_the_whole() -> None:
    """And nothing in nothing is nothing."""
    assert (DATA, ABSENT) == (look_up(DATA, ""), look_up(ABSENT, "a"))


@given(st.text(alphabet="a.b0²", max_size=8))
def test_no_path_raises(path: str) -> None:
    """Whatever an author writes."""
    look_up({"a": {"b": [0, {"a.b": 1}]}, "a.b": [[0]]}, path)


EVENTS: Json = {
    "events": [
        {"type": "exit", "timestamp": 999, "at": "2025-10-11T12:00:00Z", "code": 1},
        {"type": "exit", "timestamp": 1000, "at": "2025-10-11T12:00:00.5Z", "code": 2},
        {"type": "start", "timestamp": 2000, "at": "2025-10-11T14:00:00+02:00", "code": 3},
        {"type": "exit", "code": 4},
    ],
    "rates": {"errors": "0.50%", "calls": "1,234", "uptime": "123s", "none": "no data"},
}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("events.0.code", 1),
        ({"from": "events", "where": {"type": "exit"}, "newest_by": "timestamp", "get": "code"}, 2),
        ({"from": "events", "where": {"type": "exit"}, "newest_by": "at", "get": "code"}, 2),
        ({"from": "events", "newest_by": "timestamp", "get": "code"}, 3),
        ({"from": "events", "where": {"type": "exit"}, "count": True}, 3),
        ({"from": "events", "where": {"code": {"gt": 9}}}, []),
        ({"from": "events", "where": {"code": {"gt": 9}}, "newest_by": "at", "get": "code"}, ABSENT),
        ({"from": "events", "where": {"code": {"gt": 9}}, "newest_by": "at", "get": "code", "default": 0}, 0),
        ({"from": "events", "newest_by": "nope", "get": "code"}, ABSENT),
        ({"from": "nope", "default": None}, None),
        ({"from": "nope", "count": True}, ABSENT),
        ({"from": "events", "where": {"code": 3}, "get": "0.type"}, "start"),
        ({"from": "events", "where": {"timestamp": {"gt": 999}}, "count": True}, 2),
        ({"from": "events", "newest_by": "timestamp", "count": True}, 1),
        ({"from": "events", "newest_by": "nope", "count": True, "default": 7}, 0),
        ({"from": "events.0.at", "as": "time"}, "2025-10-11T12:00:00.000Z"),
        ({"from": "events", "newest_by": "timestamp", "get": "timestamp", "as": "milliseconds"}, 2.0),
        ({"from": "rates.errors", "as": "percent"}, 0.5),
        ({"from": "rates", "where": {"calls": "1,234"}, "get": "uptime"}, "123s"),
        ({"from": "rates", "where": {"calls": "0"}, "get": "uptime"}, ABSENT),
        ({"from": "rates", "where": {"gone": "0"}, "get": "uptime", "default": "?"}, "?"),
        ({"from": "rates.calls", "as": "number"}, 1234.0),
        ({"from": "rates.uptime", "as": "duration"}, 123.0),
        ({"from": "rates.none", "as": "percent"}, ABSENT),
        ({"from": "rates.none", "as": "percent", "default": 100}, 100),
        ({"from": "result.rates.calls", "or": "rates.calls", "as": "number"}, 1234.0),
        ({"from": "rates.calls", "or": "rates.uptime"}, "1,234"),
        ({"from": "result.events", "or": "events", "where": {"type": "exit"}, "count": True}, 3),
        ({"from": "nope", "or": "nope.either"}, ABSENT),
    ],
)
def test_a_selector_narrows_a_list_first(written: Json, value: Json | Absent) -> None:
    """Times are compared as times and numbers as numbers, not by their letters."""
    assert isinstance(EVENTS, dict)
    assert value == Selector.parse(written).find(EVENTS)


@pytest.mark.parametrize(
    "written",
    [
        "json.status",
        {"from": "a", "where": {"x": 1}, "newest_by": "t", "get": "id", "count": True, "default": None},
        {"from": "a", "as": "percent", "default": 0},
        {"from": "a.b", "or": "b"},
    ],
)
def test_a_selector_survives_its_plain_form(written: Json) -> None:
    """A path stays a path; a null default stays one."""
    selector = Selector.parse(written)
    assert (written, selector) == (selector.plain(), Selector.parse(selector.plain()))
    assert selector == Selector.parse(selector)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (3, "a fact is a path"),
        ({"where": {}}, "a fact is a path"),
        ({"from": "a", "wher": {}}, "unknown key 'wher'"),
        ({"from": "a", "where": {"lt": 5, "above": 3}}, "'above' is no operator"),
        ({"from": "a", "as": "percentage"}, "'as' cannot read 'percentage'"),
    ],
)
def test_a_broken_selector_is_refused_when_read(written: object, message: str) -> None:
    """Its matcher too, so that finding never raises."""
    with pytest.raises(ValueError, match=message):
        Selector.parse(written)


def test_a_pattern_in_a_selector_is_refused_when_a_file_is_read() -> None:
    """A plan of an older engine can still be read, and finds nothing."""
    written: Json = {"from": "events", "where": {"type": {"matches": "e(?=x)"}}, "count": True}
    with pytest.raises(ValueError, match="searched in linear time"):
        Selector.written(written)
    assert isinstance(EVENTS, dict)
    assert 0 == Selector.parse(written).find(EVENTS)
