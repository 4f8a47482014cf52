"""A named step as the graph holds it: the step kind's own fields, and what every step has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.kinds.step import Step
from engine.kinds.values import Duration

Phase = Literal["diagnose", "mitigate", "verify", "close"]
End = Literal["resolved", "mitigated", "escalated", "false-alarm", "aborted"]
ENDS: tuple[str, ...] = ("resolved", "mitigated", "escalated", "false-alarm", "aborted")
BRANCH_ENDS: tuple[str, ...] = ("pass", "fail", "unknown")
"""Ends of a `parallel` branch."""
OTHERWISE = "otherwise"
"""The step that takes every outcome that is not good and not mapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One step. `then` maps outcomes to targets; a bare target stands under `good`."""

    step: Step
    title: str = ""
    """What the step is for, in one line."""
    then: Mapping[str, str] = field(default_factory=dict)
    """Where it goes: a step or an end for every good outcome, or one for each outcome; `any` for the rest."""
    phase: Phase | None = None
    """Carries over from the step before; the first defaults to diagnose."""
    why: str = ""
    """Why it is done, and done here."""
    budget: Duration | None = None
    """What the step should take; shown and recorded, never kills anything."""
    timeout: Duration | None = None
    """Then an open question has the outcome `timeout`."""
    visits: int = 1
    """How often a run may come by; then the outcome is `limit`."""
    link: str = ""
    """A page to have open meanwhile."""
