"""The statistics of a forecast: intervals against textbook figures, and the tail."""

from __future__ import annotations

from fractions import Fraction
from math import comb
from random import Random

import pytest

from engine.views.forecast import Incident, forecast, percentile, ranks, wilson


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (8, 10, 0.4902, 0.9433), (50, 100, 0.4038, 0.5962)],
)
def test_wilson_is_that_of_the_textbook(count: int, of: int, low: float, high: float) -> None:
    """Figures of the score interval without continuity correction, at 95 %."""
    assert (low, high) == pytest.approx(wilson(count, of), abs=1e-4)


def test_nothing_says_nothing() -> None:
    """Of no incidents any share is possible."""
    assert (0.0, 1.0) == wilson(0, 0)


def test_a_percentile_is_the_nearest_rank_with_the_ranks_around_it() -> None:
    """Of 1 to 100 the median is 50, between the 40th and the 61st."""
    found = percentile([float(n) for n in range(1, 101)], 50)
    assert (50.0, 40.0, 61.0) == (found.seconds, found.low, found.high)


def test_the_ranks_of_a_few_values_stay_within_them() -> None:
    """A 99th percentile of three is the largest, and says how little that is."""
    found = percentile([1.0, 2.0, 3.0], 99)
    assert (3.0, None) == (found.seconds, found.high)


def _incident(took: float, waited: float) -> Incident:
    return Incident(
        "one", "resolved", "SEV-2", 1.0, None, took, took, 0, 0, {"wait": waited, "look": took - waited}
    )


def test_the_tail_is_the_slowest_twentieth_and_what_it_waited_for() -> None:
    """One of twenty took ten times as long, nearly all of it at one step."""
    found = forecast(
        "web", "production", 0, [*(_incident(100.0, 10.0) for _ in range(19)), _incident(1000.0, 900.0)]
    )
    assert 1 == found.slow
    assert ("wait", 0.9) == (found.tail[0].step, found.tail[0].share)
    assert found.tail[0].usual == pytest.approx((190 + 900) / (1900 + 1000))


def test_a_moment_that_nobody_came_to_has_no_percentiles() -> None:
    """No incident was mitigated."""
    found = forecast("web", "production", 0, [_incident(10.0, 1.0)])
    assert (0, ()) == (found.times[1].n, found.times[1].percentiles)


@pytest.mark.parametrize(
    ("n", "percent"), [(1, 50), (5, 50), (6, 50), (59, 95), (71, 95), (72, 95), (100, 50), (150, 99)]
)
def test_the_ranks_are_those_of_the_binomial_distribution(n: int, percent: int) -> None:
    """Counted out in fractions: the narrowest ranks that leave at most 2.5 % on either side."""
    share = Fraction(percent, 100)
    chances = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
    low = max([rank for rank in range(1, n + 1) if sum(chances[:rank]) <= Fraction(25, 1000)], default=0)
    high = min([rank for rank in range(1, n + 1) if sum(chances[rank:]) <= Fraction(25, 1000)], default=n + 1)
    assert (low, high) == ranks(n, percent)


def test_ends_that_few_incidents_cannot_show_are_open() -> None:
    """Six are the fewest with an interval for the median, 72 for the upper end of a 95th percentile."""
    assert [(0, 6), (1, 6)] == [ranks(5, 50), ranks(6, 50)]
    assert [72, 72] == [ranks(71, 95)[1], ranks(72, 95)[1]]


def test_the_interval_of_a_percentile_covers_it_as_often_as_it_says() -> None:
    """Drawn a thousand times from a known distribution: at least 95 %, also of few."""
    chance = Random(7)
    for n, percent in ((10, 90), (40, 95), (200, 99)):
        hits = 0
        for _ in range(1000):
            found = percentile(sorted(chance.random() for _ in range(n)), percent)
            low, high = found.low, found.high
            hits += (low is None or low <= percent / 100) and (high is None or percent / 100 <= high)
        assert hits >= 940, (n, percent)
