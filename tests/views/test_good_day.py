"""A good day: the plainest facts that an expectation calls a pass."""

from __future__ import annotations

import pytest

from engine.kinds.matchers import Matcher
from engine.kinds.references import Absent
from engine.kinds.values import Json
from engine.views.good_day import fitting, put


@pytest.mark.parametrize(
    "data",
    [
        200,
        "ok",
        {"in": ["none", "minor"]},
        {"between": [200, 399]},
        {"lt": "500ms"},
        {"gt": 3, "lt": 10},
        {"ne": "ok"},
        {"ge": 0},
        {"len": 0},
        {"len": {"gt": 0}},
        {"every": {"healthy": True}},
        {"contains": "image"},
        {"not": {"contains": "error"}},
        {"default": "none", "in": ["none", "42P01"]},
        {"where": {"state": "started"}, "count": {"ge": 1}},
        {"exists": True},
    ],
)
def test_what_is_found_passes(data: Json) -> None:
    """Whatever the operator, the matcher itself says so."""
    matcher = Matcher.parse(data)
    found = fitting(matcher)
    assert not isinstance(found, Absent)
    assert "pass" == matcher.judge(found).answer


def test_a_pattern_has_no_good_day() -> None:
    """Nobody can tell what fits it: the fact is absent."""
    assert isinstance(fitting(Matcher.parse({"matches": "^[0-9]{4}$"})), Absent)


def test_a_dotted_path_is_written_into_what_is_there() -> None:
    """Two paths into one object stand beside each other."""
    facts: dict[str, Json] = {"a": 1}
    put(facts, "json.status", "ok")
    put(facts, "json.more.n", 2)
    assert {"a": 1, "json": {"status": "ok", "more": {"n": 2}}} == facts
