"""Statistics of a few measured numbers, each by a method that has a name.

Percentiles of a small sample differ by method: the 95th of 199, 241, 265 and 1501 ms is 1315 or 1501. So a
number is only worth something together with its method and how many samples it was taken from.

- `linear`: between the two nearest samples, in proportion (as numpy and spreadsheets do).
- `nearest-rank`: the smallest sample that at least so many percent are not above.
- `floor-index`: the sample at index floor(p * n), counted from 0; how the LlamaIndex server counts its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal, get_args

Method = Literal["linear", "nearest-rank", "floor-index"]
METHODS: Final[tuple[str, ...]] = get_args(Method)
PERCENTS: Final = (50, 90, 95, 99)


def percentile(samples: Sequence[float], percent: int, method: Method) -> float:
    """Return a percentile of at least one sample; whole percents keep the rank free of rounding."""
    ordered = sorted(samples)
    last = len(ordered) - 1
    if method == "nearest-rank":
        return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]
    if method == "floor-index":
        return ordered[min(last, percent * len(ordered) // 100)]
    rank, rest = divmod(percent * last, 100)
    return ordered[rank] + (ordered[min(last, rank + 1)] - ordered[rank]) * (rest / 100)


def median(samples: Sequence[float]) -> float:
    """Return the middle sample, or the mean of the middle two; the same by every method."""
    ordered = sorted(samples)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def summary(samples: Sequence[float], method: Method) -> Mapping[str, float]:
    """Return all statistics of at least one sample by name."""
    return {
        "min": min(samples),
        "max": max(samples),
        "mean": sum(samples) / len(samples),
        "median": median(samples),
        **{f"p{percent}": percentile(samples, percent, method) for percent in PERCENTS},
    }
