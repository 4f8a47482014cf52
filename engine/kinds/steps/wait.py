"""A pause, or a soak: a check that must hold for a while.

The soak is a run of passes without a break: a fail, an unknown or a gap in the samples (a laptop
that slept) starts it afresh, and so does a sample during which the machine slept. It has held when it
has `passes` passes and its first and last pass are `for` apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from engine.kinds.counted import counted
from engine.kinds.frozen import quick
from engine.kinds.step import Observe, Progress, Result, Settlement, Step, Streak, Wake, Want
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Instant
from engine.kinds.verdicts import Answer, all_of

MOST_LOOKS = 20_000
"""Looks that one wait may take until its limit: each is recorded, and a target is asked each time."""
SLACK = 5.0
"""Seconds beyond its checks' own patience that a sample may take: the driver's grace, and a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """How long is long enough; a single pass where nothing is said."""

    spelled: ClassVar[Mapping[str, str]] = {"for": "lasting"}
    passes: int = 1
    """How often in a row they must pass."""
    every: Duration = Duration(10.0)
    """Time between two looks."""
    lasting: Duration = Duration(0.0)
    """How long from the first pass to the last, at least."""

    def __post_init__(self) -> None:
        if self.passes < 1:
            raise ValueError("'passes' is how often in a row they must pass: give 1 or more")
        if self.every <= 0:
            raise ValueError("'every' is the time between two looks: give more than nothing, such as 10s")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStep(Step):
    """Pause for a while, or wait until checks hold."""

    kind: ClassVar[str] = "wait"
    good: ClassVar[tuple[str, ...]] = ("held",)
    bad: ClassVar[tuple[str, ...]] = ("limit",)
    example: ClassVar[str] = "{wait: 60s, then: again}"

    wait: Duration | None = None
    """How long it pauses; or `until`, `soak`, `limit` and `recovery` as a mapping."""
    until: Mapping[str, CheckUse] | None = None
    """The check that must pass, or several by name."""
    soak: Soak = Soak()
    """How long they must hold."""
    limit: Duration = Duration(1800.0)
    """How long it waits at most; then the outcome is `limit`."""
    recovery: bool = False
    """It proves recovery: a run that changed something and has proved none since ends mitigated."""

    def __post_init__(self) -> None:
        if self.until is not None and self.limit / self.soak.every > MOST_LOOKS:
            looks = f"a look every {self.soak.every} until {self.limit}"
            raise ValueError(f"{looks} is more than {MOST_LOOKS} looks: give a longer 'every'")

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Wake at the end of the pause, or take the sample that is due."""
        if self.wait is not None:
            return (Wake(progress.after(self.wait)),)
        checks, results = self.until or {}, progress.results
        number = progress.streak.samples
        taken: dict[str, Result] = {}
        while len(taken) in (0, len(checks)):  # to the latest sample, or the first that is not complete
            later = _of(checks, results, number + 1)
            if not later:
                break
            number, taken = number + 1, later
        limit = Wake(progress.after(self.limit))
        if taken and len(taken) < len(checks):
            left = ((name, check) for name, check in checks.items() if name not in taken)
            return (limit, *(Observe(f"{number}.{name}", check, look=False) for name, check in left))
        asked = min([result.asked for result in taken.values()]) if taken else None
        due = progress.entered if asked is None else asked.after(self.soak.every / progress.scale)
        if progress.now < due:
            return (Wake(min(due, limit.at)),)
        return (
            limit,
            *(Observe(f"{number + 1}.{name}", check, look=False) for name, check in checks.items()),
        )

    def settle(self, progress: Progress) -> Settlement | None:
        """Held when the streak is long enough; limit when time is up first."""
        if self.wait is not None:
            return Settlement("held") if progress.now >= progress.after(self.wait) else None
        streak, samples = progress.streak, self._samples(progress)
        for sample in samples:
            streak = self.extended(streak, sample, progress.scale)
        lasted = Duration(streak.last - streak.first)
        if streak.passes >= self.soak.passes and lasted >= self.soak.lasting / progress.scale - 1e-6:
            said = f"{counted(streak.passes, 'pass')} in a row over {lasted}"
            return Settlement("held", said, held=self.recovery)
        if progress.now >= progress.after(self.limit):
            passed = counted(streak.passes, "pass")
            wrong = samples[-1].why if samples and samples[-1].answer != "pass" else passed
            return Settlement("limit", f"not held within {self.limit}: {wrong}")
        return None

    def extended(self, streak: Streak, sample: Sample, scale: float) -> Streak:
        """Return the streak with one more sample: one pass longer, begun afresh, or broken.

        What nobody watched does not count: neither a gap before the sample, nor a sample that took longer
        than its checks and their retries can take (the machine slept, or the engine was started again).
        """
        samples = streak.samples + 1
        if sample.answer != "pass":
            return Streak(samples, ended=sample.ended)
        longest = max([_longest(check) for check in (self.until or {}).values()], default=0.0) + SLACK
        every = max(2 * self.soak.every / scale, 1.0)
        if sample.ended - sample.asked > longest:
            return Streak(samples, ended=sample.ended)
        unwatched = sample.asked - streak.ended > every or sample.ended - streak.ended > every + longest
        if not streak.passes or unwatched:
            return Streak(samples, 1, sample.asked, sample.asked, sample.ended)
        return Streak(samples, streak.passes + 1, streak.first, sample.asked, sample.ended)

    def _samples(self, progress: Progress) -> list[Sample]:
        """Return the samples that are complete, beyond those of the streak."""
        checks = self.until or {}
        samples: list[Sample] = []
        number = progress.streak.samples + 1
        while True:
            taken = _of(checks, progress.results, number)
            if not taken or len(taken) < len(checks):
                return samples
            samples.append(_sample(taken))
            number += 1


def _of(checks: Mapping[str, CheckUse], results: Mapping[str, Result], number: int) -> dict[str, Result]:
    """Return the results of one sample, by check, as far as they are there."""
    taken: dict[str, Result] = {}
    for name in checks:
        result = results.get(f"{number}.{name}")
        if result is not None:
            taken[name] = result
    return taken


@quick
@dataclass(frozen=True, slots=True)
class Sample:
    """All checks of the wait, taken once."""

    answer: Answer
    asked: Instant
    ended: Instant
    why: str


def _sample(results: Mapping[str, Result]) -> Sample:
    taken = list(results.values())
    answer = all_of([cast(Answer, result.outcome) for result in taken])
    why = ""
    if answer != "pass":
        wrong = [(name, result.why) for name, result in results.items() if result.outcome != "pass"]
        why = "; ".join(f"{name}: {said}" for name, said in wrong)
    return Sample(answer, min([one.asked for one in taken]), max([one.ended for one in taken]), why)


def _longest(check: CheckUse) -> float:
    """Return how long a check may take with all its retries; each pause is twice the one before."""
    times = check.retry.times
    return float(check.timeout * (times + 1) + check.retry.after * (2**times - 1))
