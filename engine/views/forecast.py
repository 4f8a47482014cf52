"""From many simulated incidents to shares, percentiles, and what the slow ones spend their time on.

Rules:
1. Every figure has its interval: shares by Wilson's score interval, percentiles by order statistics (the
   binomial distribution of how many of n fall below one, exactly). Both at 95 %. Where there are too few
   incidents for an end of it, that end is open: None, and never the largest that happened to be seen.
2. A percentile is taken over the incidents that came to that moment at all; how many did stands beside it.
3. The tail is the slowest twentieth by the time to the end. A step's part in it is the time spent at that
   step, its sub-runbooks and branches included, over the whole time of the tail.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

Z = 1.959964
"""Of a standard normal distribution, 95 % lie within this of the middle."""
BEYOND = 0.025
"""The chance that is left on either side of an interval."""
PERCENTS = (50, 90, 95, 99)
TAIL = 0.05
NOBODY = "waiting"
"""The end of an incident in which nobody answered for hours."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One simulated incident; times in seconds from the alert, None where it did not come to that."""

    case: str
    end: str
    severity: str
    acknowledged: float | None
    mitigated: float | None
    resolved: float | None
    took: float
    pages: int
    changes: int
    steps: Mapping[str, float]
    """Seconds spent at each step of the runbook itself."""
    asked: frozenset[str] = frozenset()
    """Roles that were asked or paged and may have answered: the operator's first."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all incidents, with its interval."""

    name: str
    count: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """Return the part, from 0 to 1."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Percentile:
    """A percentile of a time, with its interval."""

    percent: int
    seconds: float
    low: float | None
    high: float | None
    """None: too few incidents to say."""


@dataclass(frozen=True, slots=True)
class Times:
    """How long it took to a moment, in the incidents that came to it."""

    name: str
    n: int
    mean: float
    percentiles: tuple[Percentile, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A step's part in the time of the slow incidents, and in that of all."""

    step: str
    seconds: float
    """On the average of a slow incident."""
    share: float
    usual: float
    """The same share over all incidents."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the incidents of one case end."""

    case: str
    n: int
    ends: tuple[Share, ...]
    """Shares of this case's incidents."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What n simulated incidents say."""

    runbook: str
    environment: str
    n: int
    seed: int
    ends: tuple[Share, ...]
    severities: tuple[Share, ...]
    times: tuple[Times, ...]
    pages: Mapping[int, int]
    """How many incidents sent so many pages."""
    tail: tuple[Part, ...]
    slow: int
    """How many incidents are the tail."""
    cases: tuple[Share, ...]
    """Which cases the tail is made of."""
    sources: tuple[str, ...] = ()
    """Where each kind of number came from."""
    kinds: tuple[Kind, ...] = ()
    """The ends of each case that was drawn, the most frequent case first."""
    operators: Mapping[str, int] = field(default_factory=dict)
    """Who runs how many of the cases, by role."""
    unasked: tuple[str, ...] = ()
    """Roles that are declared and that none of these incidents asked."""

    @property
    def mean_pages(self) -> float:
        """Return the pages of an average incident."""
        return sum(count * times for count, times in self.pages.items()) / self.n if self.n else 0.0


def forecast(
    runbook: str,
    environment: str,
    seed: int,
    incidents: Sequence[Incident],
    sources: Sequence[str] = (),
    operators: Mapping[str, int] = MappingProxyType({}),
    declared: Sequence[str] = (),
) -> Forecast:
    """Return what the incidents say; there must be one at least. `declared` are roles that may be asked."""
    asked = frozenset[str]().union(*(one.asked for one in incidents))
    slow = sorted(incidents, key=lambda one: one.took, reverse=True)[: max(1, round(len(incidents) * TAIL))]
    return Forecast(
        runbook=runbook,
        environment=environment,
        n=len(incidents),
        seed=seed,
        ends=_shares(one.end for one in incidents),
        severities=_shares(one.severity or "none" for one in incidents),
        times=(
            _times("acknowledge", [one.acknowledged for one in incidents if one.acknowledged is not None]),
            _times("mitigate", [one.mitigated for one in incidents if one.mitigated is not None]),
            _times("resolve", [one.resolved for one in incidents if one.resolved is not None]),
            _times("end", [one.took for one in incidents]),
        ),
        pages=dict(sorted(Counter(one.pages for one in incidents).items())),
        tail=_parts(slow, incidents),
        slow=len(slow),
        cases=_shares(one.case for one in slow),
        sources=tuple(sources),
        kinds=_kinds(incidents),
        operators=operators,
        unasked=tuple(role for role in declared if role not in asked),
    )


def _kinds(incidents: Sequence[Incident]) -> tuple[Kind, ...]:
    ends: dict[str, list[str]] = {}
    for one in incidents:
        ends.setdefault(one.case, []).append(one.end)
    found = [Kind(case, len(each), _shares(each)) for case, each in ends.items()]
    return tuple(sorted(found, key=lambda one: (-one.n, one.case)))


def wilson(count: int, of: int) -> tuple[float, float]:
    """Return the score interval of a share (Wilson 1927); all of nothing is anything."""
    if of == 0:
        return 0.0, 1.0
    share, z2 = count / of, Z * Z
    middle = share + z2 / (2 * of)
    spread = Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    scale = 1 + z2 / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def percentile(ordered: Sequence[float], percent: int) -> Percentile:
    """Return a percentile (the nearest rank) of sorted values, with the order statistics around it."""
    n = len(ordered)
    rank = max(1, -(-percent * n // 100))
    low, high = ranks(n, percent)
    return Percentile(
        percent,
        ordered[rank - 1],
        ordered[low - 1] if low else None,
        ordered[high - 1] if high <= n else None,
    )


@cache
def ranks(n: int, percent: int) -> tuple[int, int]:
    """Return the ranks between which a percentile lies at 95 %; 0 and n + 1 where n is too small for one.

    At most 2.5 % of all samples have fewer than `low` values below the percentile, as many `high` or more.
    """
    share, below = percent / 100, 0.0
    low, high = 0, n + 1
    for count in range(n + 1):  # how many fall below
        ways = math.lgamma(n + 1) - math.lgamma(count + 1) - math.lgamma(n - count + 1)
        below += math.exp(ways + count * math.log(share) + (n - count) * math.log(1 - share))
        if below <= BEYOND:
            low = count + 1
        if below >= 1 - BEYOND:
            high = count + 1
            break
    return low, high


def _times(name: str, values: Sequence[float]) -> Times:
    ordered = sorted(values)
    if not ordered:
        return Times(name, 0, 0.0, ())
    found = tuple(percentile(ordered, percent) for percent in PERCENTS)
    return Times(name, len(ordered), math.fsum(ordered) / len(ordered), found)


def _shares(names: Iterable[str]) -> tuple[Share, ...]:
    counts = Counter(names)
    of = sum(counts.values())
    return tuple(
        Share(name, count, of, *wilson(count, of))
        for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    )


def _parts(slow: Sequence[Incident], every: Sequence[Incident]) -> tuple[Part, ...]:
    here, usual = _spent(slow), _spent(every)
    total, whole = math.fsum(here.values()), math.fsum(usual.values())
    parts = [
        Part(
            step, seconds / len(slow), seconds / total if total else 0.0,
            usual[step] / whole if whole else 0.0,
        )
        for step, seconds in here.items()
    ]  # fmt: skip
    return tuple(sorted(parts, key=lambda one: (-one.share, one.step)))


def _spent(incidents: Sequence[Incident]) -> Mapping[str, float]:
    spent: dict[str, float] = {}
    for one in incidents:
        for step, seconds in one.steps.items():
            spent[step] = spent.get(step, 0.0) + seconds
    return spent
