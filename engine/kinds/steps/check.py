"""One check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.kinds.step import Observe, Progress, Settlement, Step, Want
from engine.kinds.uses import CheckUse


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStep(Step):
    """Look once (with retries) and go on by the answer."""

    kind: ClassVar[str] = "check"
    good: ClassVar[tuple[str, ...]] = ("pass",)
    bad: ClassVar[tuple[str, ...]] = ("fail", "unknown")
    example: ClassVar[str] = "{check: {http: 'https://example.com/health'}, then: resolved}"

    check: CheckUse
    """What is looked at."""

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Observe until there is a result."""
        return () if "" in progress.results else (Observe("", self.check),)

    def settle(self, progress: Progress) -> Settlement | None:
        """The answer is the outcome."""
        result = progress.results.get("")
        return None if result is None else Settlement(result.outcome, result.why)
