"""Another runbook as one step, inlined in the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from engine.kinds.step import Open, Progress, Settlement, Step, Want
from engine.kinds.values import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class RunbookStep(Step):
    """Run another runbook as a scope of this run; its end is the outcome.

    Values cross only by `inputs` and the other runbook's `outputs`.
    """

    kind: ClassVar[str] = "runbook"
    good: ClassVar[tuple[str, ...]] = ("resolved",)
    bad: ClassVar[tuple[str, ...]] = ("mitigated", "escalated", "false-alarm", "aborted")
    example: ClassVar[str] = "{runbook: database-connection, then: {resolved: verify, escalated: escalated}}"

    runbook: str
    """The id of the other runbook."""
    inputs: Mapping[str, Json] = field(default_factory=dict)
    """Values it is given, by name."""

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """Open the scope."""
        return () if "" in progress.ends else (Open("", progress.step),)

    def settle(self, progress: Progress) -> Settlement | None:
        """The other runbook's end is the outcome."""
        end = progress.ends.get("")
        return Settlement(end, f"{self.runbook} ended {end}") if end else None
