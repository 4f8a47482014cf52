"""An upper bound: at most so long, unless somebody may be waited for without a limit.

Rules:
1. A bound is never an estimate: no path takes longer, and most take far less.
2. Where a person may never answer and nothing limits the question, there is no bound, and `open` says where.
   `besides` is then what everything else takes at most: all questions that have a limit run out, and the
   others are answered at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.kinds.values import Duration


@dataclass(frozen=True, slots=True, order=True)
class Open:
    """A wait that nothing limits: at which step, and for what."""

    step: str
    why: str


@dataclass(frozen=True, slots=True)
class Bound:
    """An upper bound; None where there is none."""

    besides: Duration
    """At most so long besides the waits in `open`."""
    open: tuple[Open, ...] = ()
    """The waits that nothing limits."""

    @property
    def at_most(self) -> Duration | None:
        """Return the upper bound of all of it, None where nothing limits a wait."""
        return None if self.open else self.besides


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What is proved of how long one runbook can take, over all its paths, from its start."""

    resolution: Bound
    """Until the runbook is at one of its ends."""
    person: Bound
    """Until a person is asked or paged, where no end is reached before."""
    phases: Mapping[str, Bound]
    """In each phase that has steps; the time in a phase, however often it is come back to."""
    slowest: tuple[str, ...]
    """The steps of the longest path, those of a loop together."""
    circles: tuple[str, ...] = ()
    """Steps whose visits may run out in a circle: the engine cuts it and ends the run `escalated`."""


__all__ = ["Bound", "Bounds", "Open"]
