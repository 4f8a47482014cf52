"""A pause, or a soak: a check that must hold for a while.

The soak is a run of passes without a break: a fail, an unknown or a gap in the samples (a laptop
that slept) starts it afresh. It has held when it has `passes` passes and its first and last pass are
`for` apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from engine.kinds.step import Observe, Progress, Result, Settlement, Step, Wake, Want
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Instant
from engine.kinds.verdicts import Answer, all_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak:
    """How long is long enough; a single pass where nothing is said."""

    spelled: ClassVar[Mapping[str, str]] = {"for": "lasting"}
    passes: int = 1
    every: Duration = Duration(10.0)
    lasting: Duration = Duration(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitStep(Step):
    """Pause for a while, or wait until checks hold."""

    kind: ClassVar[str] = "wait"
    good: ClassVar[tuple[str, ...]] = ("held",)
    bad: ClassVar[tuple[str, ...]] = ("limit",)
    example: ClassVar[str] = "{wait: 60s, then: again}"

    wait: Duration | None = None
    until: Mapping[str, CheckUse] | None = None
    soak: Soak = Soak()
    limit: Duration = Duration(1800.0)
    recovery: bool = False

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Wake at the end of the pause, or take the sample that is due."""
        if self.wait is not None:
            return (Wake(progress.after(self.wait)),)
        samples = self._samples(progress)
        checks = self.until or {}
        number = len(samples)
        if samples and samples[-1] is None:
            return tuple(
                Observe(f"{number}.{name}", check, look=False)
                for name, check in checks.items()
                if f"{number}.{name}" not in progress.results
            )
        limit = progress.after(self.limit)
        due = (
            progress.entered
            if not samples
            else cast(Sample, samples[-1]).asked.after(self.soak.every / progress.scale)
        )
        if progress.now < due:
            return (Wake(min(due, limit)),)
        return tuple(Observe(f"{number + 1}.{name}", check, look=False) for name, check in checks.items())

    def settle(self, progress: Progress) -> Settlement | None:
        """Held when the streak is long enough; limit when time is up first."""
        if self.wait is not None:
            return Settlement("held") if progress.now >= progress.after(self.wait) else None
        streak = self._streak(progress)
        needed = self.soak.lasting / progress.scale
        if len(streak) >= self.soak.passes and streak[-1].asked - streak[0].asked >= needed - 1e-6:
            lasted = Duration(streak[-1].asked - streak[0].asked)
            return Settlement("held", f"{len(streak)} passes in a row over {lasted}", held=self.recovery)
        if progress.now >= progress.after(self.limit):
            samples = [one for one in self._samples(progress) if one]
            last = samples[-1].why if samples and samples[-1].answer != "pass" else f"{len(streak)} passes"
            return Settlement("limit", f"not held within {self.limit}: {last}")
        return None

    def _samples(self, progress: Progress) -> list[Sample | None]:
        """Return the samples so far; the last is None while some of its checks have no result."""
        samples: list[Sample | None] = []
        names = list(self.until or {})
        while True:
            number = len(samples) + 1
            found = {name: progress.results.get(f"{number}.{name}") for name in names}
            have = [result for result in found.values() if result is not None]
            if not have:
                return samples
            if len(have) < len(names):
                return [*samples, None]
            samples.append(_sample({name: result for name, result in found.items() if result}))

    def _streak(self, progress: Progress) -> list[Sample]:
        gap = max(2 * self.soak.every / progress.scale, 1.0)
        streak: list[Sample] = []
        for sample in self._samples(progress):
            if sample is None:
                break
            if sample.answer != "pass":
                streak = []
            elif streak and sample.asked - streak[-1].ended > gap:
                streak = [sample]
            else:
                streak.append(sample)
        return streak


@dataclass(frozen=True, slots=True)
class Sample:
    """All checks of the wait, taken once."""

    answer: Answer
    asked: Instant
    ended: Instant
    why: str


def _sample(results: Mapping[str, Result]) -> Sample:
    return Sample(
        all_of(cast(Answer, result.outcome) for result in results.values()),
        min(result.asked for result in results.values()),
        max(result.ended for result in results.values()),
        "; ".join(f"{name}: {result.why}" for name, result in results.items() if result.outcome != "pass"),
    )
