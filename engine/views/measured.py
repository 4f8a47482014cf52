"""Measurements: what many tries of a check come to, and how they stand to those that were recorded.

Rules:
1. Success before speed: what failed, what nobody could judge and what warmed up is in no percentile.
2. A P95 is told with its method and the number of good tries it was taken from.
3. How new stands to old is said by the facts of the check `samples`, and only there: no regression is a
   median within 20 % of the old one and a P95 of at most 1.25 times the old one, from ten good tries on. A
   median that is much shorter is no success: fixtures, or a stand-in, answer like that.
4. The budget of a check is the line between pass and fail. The recorded P95 gives the paging lines: a warning
   at twice, somebody is paged at three times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from engine.kinds import statistics
from engine.kinds.comparing import number
from engine.kinds.statistics import Method
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer

WARN_TIMES: Final = 2
CRITICAL_TIMES: Final = 3
LEAST: Final = 10
"""Good tries below which nothing is compared."""
Line = Literal["below", "warn", "critical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One try of one check."""

    check: str
    at: str
    answer: Answer
    seconds: float
    why: str = ""
    warm_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The tries of one check that were recorded, and their statistics in seconds; none without a good one."""

    check: str
    n: int
    ok: int
    failures: Mapping[str, int]
    method: Method
    values: Mapping[str, float]

    def baseline(self) -> Mapping[str, Json]:
        """Return what the check `samples` compares with."""
        return {**self.values, "n": self.ok, "method": self.method}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How new tries stand to recorded ones."""

    n: int
    """Good tries that were recorded."""
    says: str
    slower: bool = False
    quicker: bool = False
    median_ratio: float | None = None
    p95_ratio: float | None = None
    warn: float | None = None
    """Seconds of P95 at which somebody is told."""
    critical: float | None = None
    """Seconds of P95 at which somebody is paged."""
    line: Line | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the tries of one check came to; `facts` are those of the check `samples`."""

    check: str
    target: str
    answer: Answer
    why: str
    title: str = ""
    budget: str = ""
    facts: Mapping[str, Json] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    against: Comparison | None = None

    @property
    def well(self) -> bool:
        """Say whether it passes, is not slower, and would page nobody."""
        against = self.against
        grown = against is not None and (against.slower or against.line in ("warn", "critical"))
        return self.answer == "pass" and not grown


def recorded(trials: Iterable[Trial], method: Method = "linear") -> Mapping[str, Recorded]:
    """Return the statistics of recorded tries by check."""
    by_check: dict[str, list[Trial]] = {}
    for one in trials:
        if not one.warm_up:
            by_check.setdefault(one.check, []).append(one)
    return {name: _of(name, found, method) for name, found in by_check.items()}


def against(facts: Mapping[str, Json], old: Recorded) -> Comparison:
    """Return how the facts of new tries stand to recorded ones."""
    p95, before = _seconds(facts, "p95"), old.values.get("p95")
    warn = None if before is None else before * WARN_TIMES
    critical = None if before is None else before * CRITICAL_TIMES
    line: Line | None = None
    slower, same = facts.get("slower"), facts.get("no_regression")
    good = facts.get("ok")
    enough = not isinstance(good, int) or good >= LEAST  # of few, the P95 is the slowest: it pages nobody
    if enough and p95 is not None and warn is not None and critical is not None:
        line = "critical" if p95 > critical else "warn" if p95 > warn else "below"
    return Comparison(
        n=old.ok,
        says=_said(facts, old),
        slower=slower is True,
        quicker=slower is False and same is False,
        median_ratio=_seconds(facts, "median_ratio"),
        p95_ratio=_seconds(facts, "p95_ratio"),
        warn=warn,
        critical=critical,
        line=line,
    )


def _of(name: str, trials: Sequence[Trial], method: Method) -> Recorded:
    good = [one.seconds for one in trials if one.answer == "pass"]
    failures = Counter(one.why or one.answer for one in trials if one.answer != "pass")
    values = statistics.summary(good, method) if good else {}
    return Recorded(
        check=name,
        n=len(trials),
        ok=len(good),
        failures=dict(failures.most_common()),
        method=method,
        values=values,
    )


def _said(facts: Mapping[str, Json], old: Recorded) -> str:
    if not old.ok:
        return f"nothing to compare with: none of {old.n} recorded tries was good"
    good = facts.get("ok")
    if isinstance(good, int) and good < LEAST:
        return f"not compared: {good} good tries, {LEAST} are needed"
    if facts.get("method", old.method) != old.method:
        return f"not compared: recorded by the method {old.method}"
    median, p95 = _seconds(facts, "median_ratio"), _seconds(facts, "p95_ratio")
    if median is None or p95 is None:
        return "not compared: there are no statistics"
    times = f"median x{median:.2f}, P95 x{p95:.2f} of {old.ok} recorded"
    if facts.get("slower") is True:
        return f"slower: {times}"
    if facts.get("no_regression") is True:
        return f"no regression: {times}"
    return f"much quicker: {times} (fixtures, or a stand-in?)"


def _seconds(facts: Mapping[str, Json], name: str) -> float | None:
    value = facts.get(name)
    return None if value is None else number(value)
