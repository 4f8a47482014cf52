"""Statistics of small samples: methods have names because they differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.statistics import METHODS, PERCENTS, Method, median, percentile, summary

SYNC = [0.24112, 0.19877, 1.50055, 0.26543]
"""The four decision syncs that were measured, one of which failed."""
LIVE = [
    415.12, 411.37, 461.99, 419.72, 367.5, 434.3, 432.61, 341.4, 361.68, 406.76,
    359.31, 398.21, 364.66, 394.68, 393.72, 341.69, 408.43, 433.89, 560.51, 417.96,
]  # fmt: skip
"""The twenty good synthetic checks of the live page, in ms."""


@pytest.mark.parametrize(
    ("method", "sync", "live"),
    [("linear", 1315.28, 466.92), ("nearest-rank", 1500.55, 461.99), ("floor-index", 1500.55, 560.51)],
)
def test_one_sample_has_several_95th_percentiles(method: Method, sync: float, live: float) -> None:
    """So a percentile is told with its method."""
    assert sync == round(1000 * percentile(SYNC, 95, method), 2)
    assert live == round(percentile(LIVE, 95, method), 2)


def test_the_recorded_baseline_is_found_again() -> None:
    """Minimum, median, mean, 95th percentile and maximum of the live page."""
    found = summary(LIVE, "linear")
    named = ("min", "median", "mean", "p95", "max")
    assert [341.4, 407.6, 406.3, 466.9, 560.5] == [round(found[name] + 1e-9, 1) for name in named]


@pytest.mark.parametrize(
    ("samples", "middle"), [([3.0], 3.0), ([4.0, 1.0], 2.5), ([9.0, 1.0, 2.0], 2.0), ([4, 1, 3, 2], 2.5)]
)
def test_the_median_is_the_middle(samples: list[float], middle: float) -> None:
    """Or the mean of the middle two."""
    assert middle == median(samples)


@pytest.mark.parametrize("percent", [29, 50, 57, 95])
def test_ranks_are_whole_numbers_without_rounding_errors(percent: int) -> None:
    """0.29 times 100 is 28.999… in floating point, which would be another sample."""
    hundred = [float(number) for number in range(100)]
    assert float(percent) == percentile(hundred, percent, "floor-index")
    assert float(percent - 1) == percentile(hundred, percent, "nearest-rank")


TIMES = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40)


@given(TIMES, st.sampled_from(PERCENTS), st.sampled_from(METHODS))
def test_a_percentile_lies_within_the_samples_and_has_no_order(
    samples: list[float], percent: int, method: Method
) -> None:
    """And grows with the percentage."""
    found = percentile(samples, percent, method)
    assert min(samples) <= found <= max(samples)
    assert found == percentile(list(reversed(samples)), percent, method)
    assert percentile(samples, 50, method) <= percentile(samples, 99, method)


@given(TIMES)
def test_linear_interpolation_puts_the_median_in_the_middle(samples: list[float]) -> None:
    """The 50th percentile by that method and the median are one number."""
    assert median(samples) == pytest.approx(percentile(samples, 50, "linear"))
