"""Take changes back.

Reverse order of recorded success, one at a time. The step ends `partly` when anything stayed as it was, and
the next person decides. How a change is taken back is in engine.kinds.taking_back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.kinds.step import Progress, Settlement, Step, Undoable, Want
from engine.kinds.taking_back import TakingBack


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStep(Step):
    """Undo the changes of this run, or those of the named steps."""

    kind: ClassVar[str] = "undo"
    good: ClassVar[tuple[str, ...]] = ("undone",)
    bad: ClassVar[tuple[str, ...]] = ("partly",)
    example: ClassVar[str] = "{undo: all, then: escalate}"

    undo: str | tuple[str, ...] = "all"
    """`all`, or the names of steps whose changes are taken back."""

    def wants(self, progress: Progress) -> tuple[Want, ...]:
        """The next change to take back, then its verification."""
        return TakingBack(self._entries(progress)).wants(progress)

    def settle(self, progress: Progress) -> Settlement | None:
        """Undone when every change that can be is undone and verified."""
        return TakingBack(self._entries(progress)).settle(progress)

    def _entries(self, progress: Progress) -> tuple[Undoable, ...]:
        """Return what is to be taken back, newest first; names are those of this step's own graph."""
        if self.undo == "all":
            return tuple(reversed(progress.undoable))
        scope = progress.step.rpartition("/")[0]
        chosen = {f"{scope}/{name}" if scope else name for name in self.undo}
        return tuple(entry for entry in reversed(progress.undoable) if entry.step in chosen)
