"""Matchers: three answers, in words."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.checks.http import HttpCheck
from engine.kinds.matchers import NARROWING, OPERATORS, Matcher, shown
from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent
from engine.kinds.steps.decide import Case
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer, Observation

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
        ({"default": 0, "lt": 5}, ABSENT, "pass"),
        ({"default": 9, "lt": 5}, ABSENT, "fail"),
        ({"default": 9, "lt": 5}, 1, "pass"),
        ({"default": 0, "lt": 5}, None, "unknown"),
        ({"default": [], "count": 0}, ABSENT, "pass"),
        ({"default": 1}, {"default": 1}, "pass"),
        ({"get": {"a": 1}}, {"get": {"a": 1}}, "pass"),
        ({"as": "percent", "lt": 5}, "0.00%", "pass"),
        ({"as": "percent", "lt": "5 %"}, "12.50 %", "fail"),
        ({"as": "percent", "lt": 5}, "none", "unknown"),
        ({"as": "percent", "lt": 5}, ABSENT, "unknown"),
        ({"as": "percent", "default": "0%", "lt": 5}, ABSENT, "pass"),
        ({"as": "number", "between": ["1,000", 2000]}, "1,234.5", "pass"),
        ({"as": "number", "in": ["1,000"]}, 1000, "pass"),
        ({"as": "milliseconds", "lt": "500ms"}, 812, "fail"),
        ({"as": "milliseconds", "le": 812}, 812, "pass"),
        ({"as": "duration", "gt": "2m"}, "123s", "pass"),
        ({"as": "time", "within": "30m", "of": "2025-11-23T03:00:00Z"}, 1763865600000, "pass"),
        ({"as": "time", "within": "30m", "of": "2025-11-23T03:00:00Z"}, 1763862300, "fail"),
        ({"as": "text"}, {"as": "text"}, "pass"),
        ({"not": {"matches": "FATAL"}}, "all well", "pass"),
        ({"not": {"matches": "FATAL"}}, "FATAL: no slots", "fail"),
        ({"not": {"matches": "FATAL"}}, 5, "unknown"),
        ({"not": {"matches": "FATAL"}}, ABSENT, "unknown"),
        ({"not": 5}, 6, "pass"),
        ({"where": {"n": {"ge": 5}}, "get": {"late": {"lt": 1}}}, {"n": 9, "late": 0}, "pass"),
        ({"where": {"n": {"ge": 5}}, "get": {"late": {"lt": 1}}}, {"n": 9, "late": 2}, "fail"),
        ({"where": {"n": {"ge": 5}}, "get": {"late": {"lt": 1}}}, {"n": 4, "late": 2}, "unknown"),
        ({"where": {"n": {"ge": 5}}, "get": {"late": {"lt": 1}}}, {"late": 0}, "unknown"),
        ({"where": {"n": {"ge": 5}}, "exists": True}, {"n": 4}, "fail"),
        ({"where": {"n": {"ge": 5}}, "count": 1}, {"n": 9}, "unknown"),
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
        ({"where": {"state": "started"}, "count": {"ge": 3}}, "count >= 3 where state is started"),
        ({"newest_by": "at", "get": {"state": "done"}}, "newest by at: state done"),
        ({"as": "percent", "lt": 5, "default": "0%"}, "< 5 as percent (where absent: 0%)"),
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
        ({"exists": "yes"}, "'exists' takes true or false"),
        ({"within": "30m"}, "'within' needs 'of'"),
        ({"where": {"state": "up"}, "cuont": 1}, "'cuont' is no operator"),
        ({"where": {"state": "up"}}, "add 'count', 'every', 'some' or 'get'"),
        ({"newest_by": "at", "default": []}, "add 'count', 'every', 'some' or 'get'"),
        ({"newest_by": 3, "get": {"a": 1}}, "'newest_by' takes the path of a time"),
        ({"newest_by": "at", "get": "id"}, "'get' takes what the newest must be"),
        ({"lt": 5, "get": {"a": 1}}, "'get' needs 'newest_by' or 'where'"),
        ({"as": "percentage", "lt": 5}, "'as' cannot read 'percentage': known are percent, "),
        ({"as": "number", "count": 5}, "'as' reads one value"),
        ({"where": {"n": {"lt": 5, "above": 3}}, "count": 1}, "'above' is no operator"),
        ({"every": {"count": {"lt": 5, "above": 3}}}, "'above' is no operator"),
    ],
)
def test_a_broken_matcher_is_refused_when_read(written: Json, message: str) -> None:
    """With what is wrong."""
    with pytest.raises(ValueError, match=message):
        Matcher.parse(written)


@pytest.mark.parametrize(
    "written",
    [
        {"matches": "("},
        {"every": {"matches": "["}},
        {"where": {"said": {"matches": "(?=a)b"}}, "count": 0},
        {"newest_by": "at", "get": {"said": {"matches": "(a)\\1"}}},
        {"json.said": {"matches": "("}},
    ],
)
def test_a_broken_pattern_is_refused_when_a_file_is_read_and_unknown_in_an_old_plan(written: Json) -> None:
    """Wherever it stands; a plan of an older engine can still be read."""
    with pytest.raises(ValueError, match="is no regular expression"):
        Matcher.written(written)
    assert written == Matcher.parse(written).data


def test_an_operand_that_is_data_is_not_read_as_operators() -> None:
    """What a value is compared with may hold any keys."""
    written: Json = {"eq": {"lt": 5, "above": 3}}
    assert "pass" == Matcher.written(written).judge({"lt": 5, "above": 3}).answer


MACHINES: list[Json] = [
    {"id": "a", "state": "started", "at": "2025-11-23T03:00:00Z", "region": "ord"},
    {"id": "b", "state": "started", "at": "2025-11-23T03:09:00Z", "region": "iad"},
    {"id": "c", "state": "stopped", "at": "2025-11-23T03:05:00Z", "region": "ord"},
    {"id": "d", "state": "failed", "at": "2025-11-23T03:01:00Z", "region": "ord"},
    {"id": "e", "state": "stopped", "at": "2025-11-23T03:02:00Z", "region": "ord"},
]
DOUBTFUL: list[Json] = [*MACHINES, {"id": "f", "at": "2025-11-23T03:07:00Z"}]


@pytest.mark.parametrize(
    ("written", "value", "answer"),
    [
        ({"where": {"state": "started"}, "count": {"ge": 2}}, MACHINES, "pass"),
        ({"where": {"state": "started"}, "count": {"ge": 3}}, MACHINES, "fail"),
        ({"where": {"state": "started"}, "count": {"ge": 2}}, DOUBTFUL, "pass"),
        ({"where": {"state": "started"}, "count": {"ge": 3}}, DOUBTFUL, "unknown"),
        ({"where": {"state": "started"}, "count": {"ge": 4}}, DOUBTFUL, "fail"),
        ({"where": {"state": "started"}, "len": 3}, DOUBTFUL, "unknown"),
        ({"where": {"state": "started"}, "count": 0}, [], "pass"),
        ({"where": {"state": "started"}, "count": 0}, ABSENT, "unknown"),
        ({"where": {"state": "started"}, "count": 0}, {"state": "started"}, "unknown"),
        ({"count": 5}, MACHINES, "pass"),
        ({"count": {"gt": 5}}, MACHINES, "fail"),
        ({"count": 5}, "12345", "unknown"),
        ({"count": 5}, {"count": 5}, "pass"),
        ({"where": {"count": {"gt": 5}}, "count": 1}, [{"count": 9}, {"count": 2}], "pass"),
        ({"where": {"state": "started"}, "every": {"region": "ord"}}, MACHINES, "fail"),
        ({"where": {"state": "stopped"}, "every": {"region": "ord"}}, MACHINES, "pass"),
        ({"where": {"state": "stopped"}, "every": {"region": "ord"}}, DOUBTFUL, "unknown"),
        ({"where": {"state": "started"}, "every": {"region": "ord"}}, DOUBTFUL, "fail"),
        ({"where": {"state": "gone"}, "every": {"region": "ord"}}, MACHINES, "unknown"),
        ({"where": {"state": "stopped"}, "some": {"region": "iad"}}, MACHINES, "fail"),
        ({"where": {"state": "started"}, "some": {"region": "iad"}}, DOUBTFUL, "pass"),
        ({"where": {"state": "gone"}, "exists": True}, DOUBTFUL, "unknown"),
        ({"where": {"gt": 2}, "count": 1}, [1, 2, 3], "pass"),
        ({"where": 2, "count": 1}, [1, 2, 3], "pass"),
        ({"newest_by": "at", "get": {"state": "started"}}, MACHINES, "pass"),
        ({"where": {"id": "c"}, "get": {"state": "stopped"}}, MACHINES, "pass"),
        ({"where": {"id": "c"}, "get": {"state": "started"}}, MACHINES, "fail"),
        ({"where": {"id": "z"}, "get": {"state": "started"}}, MACHINES, "unknown"),
        ({"where": {"state": "started"}, "get": {"region": "ord"}}, MACHINES, "unknown"),
        ({"where": {"state": "failed"}, "get": {"region": "ord"}}, DOUBTFUL, "unknown"),
        ({"newest_by": "at", "get": {"id": "c"}}, MACHINES, "fail"),
        ({"newest_by": "nope", "get": {"id": "c"}}, MACHINES, "unknown"),
        ({"where": {"state": "stopped"}, "newest_by": "at", "get": {"id": "c"}}, MACHINES, "pass"),
        ({"where": {"state": "stopped"}, "newest_by": "at", "get": {"id": "c"}}, DOUBTFUL, "unknown"),
        ({"where": {"state": "started"}, "newest_by": "at", "get": {"id": "b"}}, DOUBTFUL, "pass"),
        ({"where": {"state": "gone"}, "newest_by": "at", "get": {"id": "b"}}, DOUBTFUL, "unknown"),
        ({"where": {"state": "gone"}, "newest_by": "at", "exists": False}, MACHINES, "pass"),
        ({"where": {"state": "up"}, "count": 0, "newest_by": "at", "exists": False}, MACHINES, "pass"),
        (
            {"newest_by": "at", "get": {"at": {"within": "10m", "of": "2025-11-23T03:00:00Z"}}},
            MACHINES,
            "pass",
        ),
        ({"default": [], "where": {"state": "up"}, "count": 0}, ABSENT, "pass"),
        ({"where": {"said": {"matches": "^a"}}, "count": 1}, [{"said": "ab"}, {"said": "b"}], "pass"),
    ],
)
def test_a_list_is_narrowed_before_it_is_judged(written: Json, value: Json | Absent, answer: Answer) -> None:
    """An item that may be meant or not counts only where it makes no difference."""
    assert answer == Matcher.written(written).judge(value).answer


@pytest.mark.parametrize(
    ("written", "value", "observed", "expected"),
    [
        (
            {"where": {"state": "started"}, "count": {"ge": 3}},
            MACHINES,
            "2 of 5 where state is started",
            ">= 3",
        ),
        (
            {"where": {"state": "started"}, "count": {"ge": 3}},
            DOUBTFUL,
            "2 to 3 of 6 where state is started",
            ">= 3",
        ),
        ({"count": 3}, MACHINES, "5 of 5", "3"),
        ({"where": {"n": {"gt": 5}}, "count": 0}, [{"n": 9}], "1 of 1 where n > 5", "0"),
        ({"where": {"count": {"gt": 5}}, "count": 0}, [{"count": 9}], "1 of 1 where count > 5", "0"),
        ({"where": {"gt": 5}, "count": 0}, [9], "1 of 1 where it is > 5", "0"),
        ({"where": 9, "count": 0}, [9], "1 of 1 where it is 9", "0"),
        (
            {"where": {"state": "stopped", "region": "ord"}, "newest_by": "at", "get": {"id": "e"}},
            MACHINES,
            "id c in the newest of 5 where state is stopped and region is ord",
            "id e",
        ),
        (
            {"where": {"state": "gone"}, "newest_by": "at", "get": {"id": "e"}},
            MACHINES,
            "none of 5 where state is gone with at",
            "id e",
        ),
        (
            {"where": {"id": "a"}, "every": {"state": "up"}},
            [{"id": "a", "state": "down"}],
            '[{"id": "a", "state": "down"}] where id is a',
            "every state up",
        ),
        ({"count": 3}, ABSENT, "nothing there", "count 3"),
        ({"where": {"id": "c"}, "get": {"state": "up"}}, MACHINES, "state stopped where id is c", "state up"),
        (
            {"where": {"state": "started"}, "get": {"region": "ord"}},
            MACHINES,
            "2 of 5 where state is started",
            "region ord",
        ),
        (
            {"where": {"n": {"ge": 5}}, "get": {"late": {"lt": 1}}},
            {"n": 9, "late": 2},
            "late 2",
            "late < 1",
        ),
        (
            {"where": {"n": {"ge": 5}}, "get": {"late": {"lt": 1}}},
            {"n": 4, "late": 2},
            "n 4: says something only where n >= 5",
            "late < 1",
        ),
        ({"default": 7, "lt": 5}, ABSENT, "nothing there, taken as 7", "< 5 (where absent: 7)"),
        ({"as": "percent", "lt": 5}, "12 %", "12 %", "< 5 as percent"),
        ({"default": [], "count": {"ge": 1}}, ABSENT, "0 of 0, taken as []", ">= 1"),
    ],
)
def test_what_was_seen_is_told_beside_what_was_wanted(
    written: Json, value: Json | Absent, observed: str, expected: str
) -> None:
    """Which items were looked at stands with what was seen."""
    match = Matcher.written(written).judge(value)
    assert (observed, expected) == (match.observed, match.expected)


def test_a_use_says_how_many_of_how_many() -> None:
    """As the screen and the report show it."""
    expect = {"json": Matcher.written({"where": {"state": "started"}, "count": {"ge": 3}})}
    use = CheckUse(kind=HttpCheck(http="https://api.example"), expect=expect)
    why = judge(use, Observation({"json": MACHINES})).why
    assert "json 2 of 5 where state is started, wanted >= 3" == why


SINCE = "2025-11-23T03:08:00Z"


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ({"eq": "${run.since}"}, "fail"),
        ({"within": "5m", "of": "${run.since}"}, "pass"),
        ({"within": "${limits.near}", "of": "${run.since}"}, "pass"),
        ({"lt": "${run.since}"}, "pass"),
        ({"between": ["${run.started}", "${run.since}"]}, "pass"),
        ({"in": ["${run.since}", "${run.started}"]}, "fail"),
        ({"matches": "^${run.year}"}, "pass"),
        ({"eq": "${gone.fact}"}, "unknown"),
        ({"within": "5m", "of": "${gone.fact}"}, "unknown"),
        ({"between": ["${run.started}", "${gone.fact}"]}, "unknown"),
        ({"exists": True, "lt": "${gone.fact}"}, "unknown"),
    ],
)
def test_facts_may_stand_on_the_right_of_every_operator(written: Json, answer: Answer) -> None:
    """One that is not there makes the answer unknown, whatever the operator."""
    assert answer == decided({"look.at": written})


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ({"where": {"at": {"within": "5m", "of": "${run.since}"}}, "count": 2}, "pass"),
        ({"where": {"id": "${look.id}"}, "count": 1}, "pass"),
        ({"where": {"id": "${look.id}"}, "every": {"region": "${look.region}"}}, "pass"),
        ({"newest_by": "at", "get": {"id": "${look.id}"}}, "fail"),
        ({"count": "${look.number}"}, "pass"),
        ({"default": "${look.none}", "count": 5}, "pass"),
        ({"where": {"id": "${gone.id}"}, "count": 0}, "unknown"),
        ({"where": {"at": {"within": "5m", "of": "${gone.at}"}}, "count": 0}, "unknown"),
        ({"newest_by": "at", "get": {"id": "${gone.id}"}}, "unknown"),
        ({"some": {"every": {"in": ["${gone.id}"]}}}, "unknown"),
    ],
)
def test_facts_may_stand_inside_what_narrows_a_list(written: Json, answer: Answer) -> None:
    """At any depth."""
    assert answer == decided({"look.machines": written})


def decided(conditions: Mapping[str, Json]) -> Answer:
    """Return what a decision says of conditions, with a few facts known."""
    look: dict[str, Json] = {"at": "2025-11-23T03:05:00Z", "id": "a", "region": "ord", "number": 5}
    known: Json = {
        "run": {"since": SINCE, "started": "2025-11-23T03:00:00Z", "year": "2025"},
        "limits": {"near": "10m"},
        "look": {**look, "none": [], "machines": MACHINES},
    }
    case = Case(go="on", when={path: Matcher.written(data) for path, data in conditions.items()})
    return case.answer(lambda name: look_up(known, name))


def test_a_pattern_that_breaks_only_when_resolved_is_unknown() -> None:
    """A reference in it had no value yet when it was read."""
    assert {"matches": "${inputs.pattern}("} == Matcher.written({"matches": "${inputs.pattern}("}).data
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
NAMES = st.sampled_from([*OPERATORS, *NARROWING, "exists", "of", "a", "a.b"])
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
    assert 1 >= len(match.expected.splitlines())


@given(TREES)
def test_plain_equality_holds_for_the_value_itself(value: Json) -> None:
    """Everything equals itself, but for NaN, which is no data."""
    if "nan" not in repr(value):
        assert "pass" == Matcher({"eq": value}).judge(value).answer
