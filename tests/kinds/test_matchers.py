"""Matchers: three answers, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.matchers import OPERATORS, Matcher, shown
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer

NAN = float("nan")


@pytest.mark.parametrize(
    ("written", "value", "answer"),
    [
        (200, 200, "pass"),
        (200, 200.0, "pass"),
        (200, 503, "fail"),
        (200, "200", "fail"),
        (1, True, "fail"),
        (True, 1, "fail"),
        (True, True, "pass"),
        (None, None, "pass"),
        (None, ABSENT, "unknown"),
        ([1, True], (1, True), "pass"),
        ([1], [True], "fail"),
        ({"eq": {"a": [1]}}, {"a": (1,)}, "pass"),
        ({"eq": {"a": 1}}, {"a": True}, "fail"),
        ({"ne": 200}, 503, "pass"),
        ({"ne": 200}, ABSENT, "unknown"),
        ({"lt": "500ms"}, 0.212, "pass"),
        ({"lt": "500ms"}, "1s", "fail"),
        ({"le": 5}, 5, "pass"),
        ({"gt": 5}, 5, "fail"),
        ({"ge": "2025-10-11T12:00:00Z"}, "2025-10-11T14:00:00+02:00", "pass"),
        ({"lt": 5}, "five", "unknown"),
        ({"lt": 5}, None, "unknown"),
        ({"lt": 5}, True, "unknown"),
        ({"lt": 5}, NAN, "unknown"),
        ({"lt": NAN}, 5, "unknown"),
        ({"gt": 5}, "nan", "unknown"),
        ({"gt": 5}, 10**400, "unknown"),
        ({"between": [200, 299]}, 204, "pass"),
        ({"between": [200, 299]}, 300, "fail"),
        ({"between": [1, 2]}, NAN, "unknown"),
        ({"between": 3}, 3, "unknown"),
        ({"in": [200, 204]}, 204, "pass"),
        ({"in": [1]}, True, "fail"),
        ({"in": "abc"}, "a", "unknown"),
        ({"contains": "ok"}, "all ok", "pass"),
        ({"contains": 1}, "1", "unknown"),
        ({"contains": ["a", "b"]}, ["b", "a", "c"], "pass"),
        ({"contains": ["a", "d"]}, ["a"], "fail"),
        ({"contains": "name"}, {"name": 1}, "pass"),
        ({"contains": ["name"]}, {"name": 1}, "unknown"),
        ({"contains": 1}, 5, "unknown"),
        ({"matches": "^ok"}, "ok then", "pass"),
        ({"matches": "^ok"}, "not ok", "fail"),
        ({"matches": "x"}, 5, "unknown"),
        ({"len": 0}, [], "pass"),
        ({"len": {"gt": 1}}, {"a": 1}, "fail"),
        ({"len": 2}, 2, "unknown"),
        ({"every": {"state": "started"}}, [{"state": "started"}, {"state": "stopped"}], "fail"),
        ({"every": {"state": "started"}}, [{"state": "started"}, {}], "unknown"),
        ({"every": 1}, [], "unknown"),
        ({"some": 1}, [2, 1], "pass"),
        ({"some": 1}, [], "fail"),
        ({"some": {"a": 1}}, [{}, {"a": 2}], "unknown"),
        ({"some": 1}, "1", "unknown"),
        ({"within": "30m", "of": "2025-10-11T12:00:00Z"}, "2025-10-11T12:29:00Z", "pass"),
        ({"within": "30m", "of": "2025-10-11T12:00:00Z"}, "2025-10-11T11:29:00Z", "fail"),
        ({"within": "30m", "of": None}, "2025-10-11T11:29:00Z", "unknown"),
        ({"exists": True}, None, "pass"),
        ({"exists": True}, ABSENT, "fail"),
        ({"exists": False}, ABSENT, "pass"),
        ({"gt": 1, "lt": 5}, 3, "pass"),
        ({"gt": 1, "lt": 5}, 7, "fail"),
        ({"status": "ok", "n": {"gt": 1}}, {"status": "ok", "n": 2}, "pass"),
        ({"status": "ok", "n": 1}, {"status": "down"}, "fail"),
        ({"status": "ok", "n": 1}, {"status": "ok"}, "unknown"),
        ({"status": "ok"}, "text", "unknown"),
        ({}, {}, "unknown"),
    ],
)
def test_a_matcher_gives_one_of_three_answers(written: Json, value: Json | Absent, answer: Answer) -> None:
    """Unknown where there is nothing, or nothing that fits the operator."""
    assert answer == Matcher.parse(written).judge(value).answer


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (200, "200"),
        ({"lt": "500ms"}, "< 500ms"),
        ({"in": [200, 204]}, "one of [200, 204]"),
        ({"in": ["none", None, True]}, 'one of ["none", null, true]'),
        ({"gt": 1, "le": 5}, "> 1 and <= 5"),
        ({"len": {"gt": 0}}, "length > 0"),
        ({"exists": False}, "absent"),
        ({"within": "30m", "of": "12:00"}, "within 30m of 12:00"),
        ({"status": "ok", "n": {"ge": 2}}, "status ok, n >= 2"),
        ({"every": {"state": "started"}}, "every state started"),
    ],
)
def test_an_expectation_is_said_in_words(written: Json, text: str) -> None:
    """As the screen shows it beside what was seen."""
    assert text == Matcher.parse(written).text()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (ABSENT, "nothing there"),
        (None, "null"),
        (True, "true"),
        (0.25, "0.25"),
        (38.0, "38"),
        ("two\nlines\there", "two lines here"),
        ([None, True, "ä"], '[null, true, "ä"]'),
        ("x" * 200, "x" * 119 + "…"),
    ],
)
def test_a_value_is_shown_in_one_short_line(value: Json | Absent, text: str) -> None:
    """In the words of the format, not of Python."""
    assert text == shown(value)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"lt": 5, "above": 3}, "'above' is no operator"),
        ({"matches": "("}, "is no regular expression"),
        ({"every": {"matches": "["}}, "is no regular expression"),
        ({"exists": "yes"}, "'exists' takes true or false"),
        ({"within": "30m"}, "'within' needs 'of'"),
    ],
)
def test_a_broken_matcher_is_refused_when_read(written: Json, message: str) -> None:
    """With what is wrong."""
    with pytest.raises(ValueError, match=message):
        Matcher.parse(written)


def test_a_pattern_that_breaks_only_when_resolved_is_unknown() -> None:
    """A reference in it had no value yet when it was read."""
    assert Matcher.parse({"matches": "${inputs.pattern}("}).data == {"matches": "${inputs.pattern}("}
    assert "unknown" == Matcher({"matches": "a("}).judge("a(").answer


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.just("30m")
    | st.just("2025-10-11T12:00:00Z")
)
NAMES = st.sampled_from([*OPERATORS, "exists", "of", "a", "a.b"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


@given(TREES, TREES | st.just(ABSENT))
def test_judging_never_raises(written: Json, value: Json | Absent) -> None:
    """Even a matcher nobody validated: facts may have been written into it."""
    match = Matcher(written).judge(value)
    assert match.answer in ("pass", "fail", "unknown")
    assert 1 >= len(match.observed.splitlines())


@given(TREES)
def test_plain_equality_holds_for_the_value_itself(value: Json) -> None:
    """Everything equals itself, but for NaN, which is no data."""
    if "nan" not in repr(value):
        assert "pass" == Matcher({"eq": value}).judge(value).answer
