"""Other runs in the same state folder."""

from __future__ import annotations

from collections.abc import Callable

from engine.kinds.ports import OtherRun, Runs


class FolderRuns(Runs):
    """Asks whoever knows the folder; the app does."""

    def __init__(self, others: Callable[[], tuple[OtherRun, ...]]) -> None:
        self._others = others

    async def others(self) -> tuple[OtherRun, ...]:
        """Return the runs that are driven now; raises CannotLook."""
        return self._others()
