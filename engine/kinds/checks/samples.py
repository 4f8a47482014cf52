"""The same look several times, and how long the good ones took.

Rules:
1. Success before speed. Each try is judged by the inner check's own expectation; one that failed, or of which
   nobody can say, never enters a percentile: failures are often fast.
2. The first `warm_up` tries are discarded; what the very first took is shown apart, as `first_seconds`.
3. With fewer than `least` good tries there are no statistics: what is expected of them is unknown.
4. `ok_share` is there only when every try has an answer: with some unknown it could be more or less.
5. A percentile is told with its method and `ok`, the number it was taken from. One taken by another method is
   not compared with.
6. Each try has the inner check's timeout, all together have that of this check. A try for which no time is
   left is not made, and one that this check's own end cut short is not counted: `left_out` is how many.
7. `every` is from the start of one try to the start of the next; a try that takes longer delays the next.
   The inner check is not asked again when it is unknown: neither its `retry` nor its `look` counts here.
8. Where nobody could look from the start, or every try met silence that is a fail to the inner check, that is
   the answer: the core then looks at our own network, as it does for a single look.
9. Only numbers and short reasons leave: no body, and for a `sensitive` inner check no value it saw.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar

from engine.kinds import statistics
from engine.kinds.check import Check
from engine.kinds.comparing import number
from engine.kinds.counted import counted
from engine.kinds.observing import observed
from engine.kinds.ports import CannotLook, World
from engine.kinds.replies import took
from engine.kinds.statistics import Method
from engine.kinds.tries import one_try
from engine.kinds.uses import CheckUse, judge
from engine.kinds.values import Duration, Json
from engine.kinds.verdicts import Answer, Observation, Verdict

MOST = 500
"""Tries of one check at most, warm-up included."""
REASONS = 10
"""Different reasons that are kept; the rest are counted together."""
SHORT = 160
"""Characters of a reason."""
_NO_TIME = 0.001
"""With less left than this no try is begun."""


@dataclass(frozen=True, slots=True)
class Try:
    """One look: its answer, how long it took, and whether it was a warm-up."""

    answer: Answer
    seconds: float
    why: str
    warm_up: bool
    no_answer: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """All tries, the seconds they took together, and how many there was no time for."""

    tries: tuple[Try, ...]
    seconds: float
    left_out: int

    def counted(self) -> tuple[Try, ...]:
        """Return the tries that count."""
        return tuple(one for one in self.tries if not one.warm_up)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplesCheck(Check):
    """Look several times and judge success, percentiles and the change against a recorded baseline.

    Give `timeout` the time that all tries take together. Inside, expect what makes one try good; outside,
    what all together must be. Each try is made as the inner check says, without its `retry`.
    """

    kind: ClassVar[str] = "samples"
    example: ClassVar[str] = (
        "{samples: {http: 'https://example.com/health', expect: {status: 200}}, n: 20, timeout: 60s, "
        "expect: {ok_share: {ge: 0.95}, p95: {lt: 500ms}}}"
    )
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "n": "number of tries that count, warm-up not among them",
            "ok": "number of good tries; the statistics are taken from these",
            "failed": "number of failed tries",
            "unknown": "number of tries of which nobody can say",
            "left_out": "number of tries there was no time for",
            "ok_share": "share of good tries, 0 to 1; absent where a try is unknown",
            "min": "shortest good try, in seconds; no statistic is there with fewer than `least` good tries",
            "max": "longest good try, in seconds",
            "mean": "mean of the good tries, in seconds",
            "median": "median of the good tries, in seconds",
            "p50": "50th percentile of the good tries by `method`, in seconds",
            "p90": "90th percentile, in seconds",
            "p95": "95th percentile, in seconds",
            "p99": "99th percentile, in seconds",
            "first_seconds": "what the first try took, perhaps a cold start; absent where it was not good",
            "method": "how percentiles are taken",
            "durations": "the good tries in order, in seconds",
            "failures": "number of failed tries by reason",
            "unknowns": "number of unknown tries by reason",
            "median_ratio": "median divided by that of the baseline; absent without one",
            "p95_ratio": "95th percentile divided by that of the baseline; absent where its method differs",
            "slower": "true when the median is longer than the baseline's by more than `median_within`, or "
            "the p95 by more than `p95_within`; absent with fewer than `compare_from` good tries",
            "no_regression": "true when not slower, and the median not shorter by more than `median_within` "
            "either (a stand-in that answers fast); absent as `slower` is",
            "baseline_n": "number of samples in the baseline",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"ok_share": 1, "left_out": 0})
    no_answer: ClassVar[Answer] = "fail"

    samples: CheckUse
    """The check that is made several times."""
    n: int = 20
    """How many tries count."""
    warm_up: int = 1
    """How many tries come before them and are discarded."""
    every: Duration = Duration(0.0)
    """From the start of one try to the start of the next; none: one after another without a pause."""
    method: Method = "linear"
    """How percentiles are taken: linear, nearest-rank or floor-index."""
    least: int = 5
    """With fewer good tries there are no statistics."""
    baseline: Json = None
    """What to compare with: `${baselines.NAME}`, or `median`, `p95`, `n` and `method` in place."""
    compare_from: int = 10
    """With fewer good tries nothing is said about slower or not."""
    median_within: float = 0.2
    """By how much of the baseline's median the new one may differ."""
    p95_within: float = 0.25
    """By how much of the baseline's p95 the new one may be longer."""

    def __post_init__(self) -> None:
        if self.samples.kind.kind == self.kind:
            raise ValueError("samples of samples are not taken: give the inner check a larger 'n'")
        if not 1 <= self.n <= MOST or not 0 <= self.warm_up <= MOST - self.n:
            raise ValueError(f"{self.n} tries and {self.warm_up} before them: give 1 to {MOST} together")
        if self.least < 1 or self.compare_from < 1:
            raise ValueError("'least' and 'compare_from' are numbers of tries: give 1 or more")
        if self.median_within < 0 or self.p95_within < 0:
            raise ValueError("'median_within' and 'p95_within' are shares: give 0.2 for 20 %")
        known = self.baseline is None or isinstance(self.baseline, Mapping)
        if not known and not (isinstance(self.baseline, str) and "${" in self.baseline):
            raise ValueError("a baseline is a recorded measurement: write '${baselines.NAME}'")
        if self.samples.look is not None:  # what it would ask a person may name facts that are not there yet
            object.__setattr__(self, "samples", replace(self.samples, look=None))

    async def observe(self, world: World, timeout: float) -> Observation:
        """Make the tries one after another; raises CannotLook where the first could not look."""
        series = await self._series(world, timeout)
        tries = series.counted()
        silent = self._silence(tries)
        if silent:
            why = f"no answer in {len(tries)} of {counted(len(tries), 'try')}: {tries[-1].why}"
            return Observation(seconds=series.seconds, no_answer=silent, summary=why)
        facts = self._facts(series)
        return Observation(
            facts, series.seconds, _evidence(self, series, facts), "application/json", _summary(facts)
        )

    def by_hand(self) -> str:
        """Return a loop around the inner check's own command, with what came of each try."""
        pause = f"; sleep {float(self.every):g}" if self.every else ""
        once = f'{one_try(self.samples)}; echo "try $i: $a $c"{pause}'
        return f"i=0; while [ $i -lt {self.n + self.warm_up} ]; do i=$((i+1)); {once}; done"

    def target(self) -> str:
        """Return what the inner check looks at."""
        return self.samples.kind.target()

    async def _series(self, world: World, timeout: float) -> Series:
        tries: list[Try] = []
        clock = world.clock
        started = due = clock.monotonic()
        for index in range(self.warm_up + self.n):
            if max(due, clock.monotonic()) - started > timeout - _NO_TIME:
                break
            await clock.sleep(due - clock.monotonic())
            began = clock.monotonic()
            due = began + self.every
            left = timeout - (began - started)
            patience = min(float(self.samples.timeout), left)
            try:
                seen = await observed(self.samples, world, patience)
            except CannotLook as cannot:
                if not tries:
                    raise
                seen = Observation(cannot=str(cannot))
            # In virtual time an answer comes at once and says what it took: let that time pass.
            await clock.sleep(seen.seconds - (clock.monotonic() - began))
            if seen.no_answer == "timeout" and patience < self.samples.timeout:
                break
            tries.append(self._tried(seen, index < self.warm_up))
        made = sum(not one.warm_up for one in tries)
        return Series(tuple(tries), clock.monotonic() - started, self.n - made)

    def _tried(self, seen: Observation, warm_up: bool) -> Try:
        verdict = judge(self.samples, seen)
        why = "" if verdict.answer == "pass" else self._reason(seen, verdict)
        return Try(verdict.answer, seen.seconds, why, warm_up, seen.no_answer)

    def _reason(self, seen: Observation, verdict: Verdict) -> str:
        """Return why a try was not good: of a sensitive check only which facts were not as expected."""
        if seen.no_answer:
            return f"no answer: {seen.no_answer}"
        if self.samples.sensitive and not seen.cannot:
            subjects = [one.subject for one in verdict.seen if one.answer != "pass"]
            return f"not as expected: {', '.join(subjects)}"
        return verdict.why if len(verdict.why) <= SHORT else verdict.why[: SHORT - 1] + "…"

    def _silence(self, counted: Sequence[Try]) -> str:
        """Return how every try ended without an answer, empty where one had one, or where it says nothing."""
        means = self.samples.no_answer or self.samples.kind.no_answer
        if means != "fail" or not counted or not all(one.no_answer for one in counted):
            return ""
        return counted[-1].no_answer

    def _facts(self, series: Series) -> Mapping[str, Json]:
        counted = series.counted()
        good = [one.seconds for one in counted if one.answer == "pass"]
        failed = [one.why for one in counted if one.answer == "fail"]
        unknown = [one.why for one in counted if one.answer == "unknown"]
        facts: dict[str, Json] = {
            "n": len(counted),
            "ok": len(good),
            "failed": len(failed),
            "unknown": len(unknown),
            "left_out": series.left_out,
            "method": self.method,
            "durations": [round(one, 4) for one in good],
            "failures": _by_reason(failed),
            "unknowns": _by_reason(unknown),
        }
        if counted and not unknown:
            facts["ok_share"] = round(len(good) / len(counted), 4)
        if series.tries and series.tries[0].answer == "pass":
            facts["first_seconds"] = round(series.tries[0].seconds, 4)
        if len(good) >= self.least:
            found = statistics.summary(good, self.method)
            facts |= {name: round(value, 5) for name, value in found.items()}
            facts |= self._compared(found, len(good))
        return facts

    def _compared(self, found: Mapping[str, float], good: int) -> Mapping[str, Json]:
        """Return how the statistics stand to the baseline, as far as both can be compared."""
        if not isinstance(self.baseline, Mapping):
            return {}
        facts: dict[str, Json] = {}
        count = self.baseline.get("n")
        if isinstance(count, int) and not isinstance(count, bool):
            facts["baseline_n"] = count
        median = _ratio(found["median"], self.baseline.get("median"))
        same = self.baseline.get("method", self.method) == self.method
        p95 = _ratio(found["p95"], self.baseline.get("p95")) if same else None
        if median is not None:
            facts["median_ratio"] = round(median, 4)
        if p95 is not None:
            facts["p95_ratio"] = round(p95, 4)
        if median is not None and p95 is not None and good >= self.compare_from:
            long = p95 > 1 + self.p95_within
            facts["slower"] = long or median > 1 + self.median_within
            facts["no_regression"] = not long and abs(median - 1) <= self.median_within
        return facts


def _ratio(new: float, old: Json | None) -> float | None:
    """Return new divided by old; an old one that is no time above zero compares with nothing."""
    before = None if old is None else number(old)
    return new / before if before is not None and before > 0 else None


def _by_reason(reasons: Sequence[str]) -> Mapping[str, Json]:
    """Count reasons, the most frequent first; those beyond the first few together."""
    most = Counter(reasons).most_common()
    kept: dict[str, Json] = dict(most[:REASONS])
    if len(most) > REASONS:
        kept["other reasons"] = sum(count for _, count in most[REASONS:])
    return kept


def _summary(facts: Mapping[str, Json]) -> str:
    """Return all tries in a line: how many were good, and how long they took."""
    parts = [f"{facts['ok']} of {facts['n']} tries ok"]
    middle, late = facts.get("median"), facts.get("p95")
    if isinstance(middle, float) and isinstance(late, float):
        parts.append(f"median {took(middle)}, p95 {took(late)} ({facts['method']}, n {facts['ok']})")
    else:
        parts.append("too few for a percentile")
    if facts["left_out"]:
        parts.append(f"{facts['left_out']} not made: no time was left")
    for key in ("failures", "unknowns"):
        reasons = facts[key]
        if isinstance(reasons, Mapping) and reasons:
            parts.append(
                f"{key}: {', '.join(f'{count} x {why}' for why, count in list(reasons.items())[:3])}"
            )
    return "; ".join(parts)


def _evidence(check: SamplesCheck, series: Series, facts: Mapping[str, Json]) -> bytes:
    """Return the tries one by one, for the run folder."""
    tries = [
        {"warm_up": one.warm_up, "answer": one.answer, "seconds": round(one.seconds, 6), "why": one.why}
        for one in series.tries
    ]
    data = {"target": check.target(), "facts": dict(facts), "tries": tries}
    return json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "replace")
