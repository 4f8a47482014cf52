"""Several checks at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

from engine.kinds.step import Observe, Progress, Settlement, Step, Want
from engine.kinds.uses import CheckUse
from engine.kinds.verdicts import Answer, all_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecksStep(Step):
    """Look at several things at once; any fail is fail, else any unknown is unknown.

    All of them are waited for: what the slow one says is evidence too. `after` holds one back where
    looking disturbs another (a request wakes an idle machine); `exclusive` keeps probes of one
    service apart.
    """

    kind: ClassVar[str] = "checks"
    good: ClassVar[tuple[str, ...]] = ("pass",)
    bad: ClassVar[tuple[str, ...]] = ("fail", "unknown")
    example: ClassVar[str] = (
        "{checks: {db: {tcp: 'db1:5432'}, web: {http: 'https://example.com'}}, then: {any: next}}"
    )

    checks: Mapping[str, CheckUse]
    """What is looked at, by name."""

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Observe all that may run now."""
        wants = []
        taken: set[str] = set()
        for item, check in self.checks.items():
            if item in progress.results or (check.after and check.after not in progress.results):
                continue
            if check.exclusive and check.exclusive in taken:
                continue
            taken.add(check.exclusive)
            wants.append(Observe(item, check))
        return tuple(wants)

    def settle(self, progress: Progress) -> Settlement | None:
        """Settle when every check has a result."""
        if set(self.checks) - set(progress.results):
            return None
        results = {item: progress.results[item] for item in self.checks}
        answer = all_of(cast(Answer, result.outcome) for result in results.values())
        wrong = [
            f"{item}: {result.why}" for item, result in results.items() if result.outcome == answer != "pass"
        ]
        return Settlement(answer, "; ".join(wrong))
