"""The performer of a shadow run: every check for real, changes and messages only named."""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.events import Ended
from engine.core.moves import Perform
from engine.io.performers.port import Performer
from engine.kinds.uses import CheckUse


@dataclass(frozen=True, slots=True)
class ObservePerformer:
    """Lets reads through to another performer and names everything else."""

    reads: Performer

    async def perform(self, move: Perform) -> Ended:
        """Perform a read, name a change."""
        if isinstance(move.use, CheckUse) or (move.asked.what == "action" and move.asked.effect == "read"):
            return await self.reads.perform(move)
        why = f"observing: not performed: {move.asked.command or move.asked.title}"
        return Ended(operation=move.asked.operation, outcome="named", why=why)
