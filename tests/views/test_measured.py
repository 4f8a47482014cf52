"""Measurements: failures in no percentile, one comparison with its method, the lines at which people are paged."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from engine.kinds.values import Json
from engine.kinds.verdicts import Answer
from engine.views.measured import Comparison, Measured, Recorded, Trial, against, recorded

OLD = Recorded(
    check="page", n=22, ok=20, failures={"status 410": 2}, method="linear", values={"median": 0.4, "p95": 0.5}
)
NOW = "2025-11-23T03:05:22Z"


def tried(seconds: float, answer: Answer = "pass", why: str = "", *, warm_up: bool = False) -> Trial:
    """Return one try of the page."""
    return Trial(check="page", at=NOW, answer=answer, seconds=seconds, why=why, warm_up=warm_up)


def facts(**more: Json) -> Mapping[str, Json]:
    """Return the facts of ten good tries that are as fast as before."""
    known: dict[str, Json] = {"ok": 10, "method": "linear", "median": 0.4, "p95": 0.5}
    ratios: dict[str, Json] = {"median_ratio": 1.0, "p95_ratio": 1.0, "slower": False, "no_regression": True}
    return known | ratios | more


def test_a_failure_is_fast_and_in_no_percentile() -> None:
    """Nor is a warm-up, nor what nobody could judge."""
    bad = [tried(0.01, "fail", "status 410"), tried(0.02, "unknown", "no token"), tried(9.0, warm_up=True)]
    found = recorded([*bad, tried(0.4), tried(0.6)])["page"]
    assert (4, 2) == (found.n, found.ok)
    assert {"status 410": 1, "no token": 1} == found.failures
    assert (0.4, 0.6) == (found.values["min"], found.values["max"])
    assert {"median": 0.5, "n": 2, "method": "linear"}.items() <= dict(found.baseline()).items()


def test_without_a_good_try_there_are_no_statistics() -> None:
    """And nothing is compared with it."""
    found = recorded([tried(0.06, "fail", "fetch failed")])["page"]
    assert {} == found.values
    said = against(facts(), found)
    assert "nothing to compare with: none of 1 recorded tries was good" == said.says
    assert (None, None) == (said.warn, said.line)


@pytest.mark.parametrize(
    ("more", "says", "slower", "quicker"),
    [
        ({}, "no regression: median x1.00, P95 x1.00 of 20 recorded", False, False),
        (
            {"slower": True, "no_regression": False, "p95_ratio": 1.3},
            "slower: median x1.00, P95 x1.30 of 20 recorded",
            True,
            False,
        ),
        (
            {"no_regression": False, "median_ratio": 0.1, "p95_ratio": 0.1},
            "much quicker: median x0.10, P95 x0.10 of 20 recorded (fixtures, or a stand-in?)",
            False,
            True,
        ),
        ({"ok": 9}, "not compared: 9 good tries, 10 are needed", False, False),
        ({"method": "nearest-rank"}, "not compared: recorded by the method linear", False, False),
        ({"median_ratio": None}, "not compared: there are no statistics", False, False),
    ],
)
def test_how_new_stands_to_old_is_said(
    more: Mapping[str, Json], says: str, slower: bool, quicker: bool
) -> None:
    """What is much quicker is no success: fixtures answer like that."""
    found = against({key: value for key, value in facts(**more).items() if value is not None}, OLD)
    assert says == found.says
    if "not compared" not in says:
        assert (slower, quicker) == (found.slower, found.quicker)


@pytest.mark.parametrize(
    ("p95", "line"), [(1.0, "below"), (1.001, "warn"), (1.5, "warn"), (1.501, "critical")]
)
def test_people_are_told_at_twice_and_paged_at_three_times_the_recorded_p95(p95: float, line: str) -> None:
    """The budget stays the line between pass and fail."""
    found = against(facts(p95=p95), OLD)
    assert (1.0, 1.5, line) == (found.warn, found.critical, found.line)


@pytest.mark.parametrize(
    ("answer", "old", "well"),
    [
        ("pass", None, True),
        ("fail", None, False),
        ("unknown", None, False),
        ("pass", Comparison(n=20, says="", line="below"), True),
        ("pass", Comparison(n=20, says="", quicker=True), True),
        ("pass", Comparison(n=20, says="", slower=True), False),
        ("pass", Comparison(n=20, says="", line="warn"), False),
    ],
)
def test_only_what_passes_and_is_not_slower_is_well(
    answer: Answer, old: Comparison | None, well: bool
) -> None:
    """What could not be seen counts as little as a fail."""
    assert well is Measured(check="page", target="", answer=answer, why="", against=old).well


def test_of_few_tries_nobody_is_paged() -> None:
    """The P95 of three is the slowest of three: it is shown, and crosses no line."""
    assert [None, "critical"] == [against(facts(p95=9.0, ok=ok), OLD).line for ok in (3, 10)]
