"""What every action kind is: fields and `perform`. Effect, undo and consent belong to the step."""

from __future__ import annotations

from typing import ClassVar

from engine.kinds.discovery import Kind
from engine.kinds.ports import World
from engine.kinds.verdicts import Performed


class Action(Kind):
    """Something done to a system.

    `perform` answers done or failed only when that is certain; where the request may have been
    carried out without our hearing of it, the outcome is *unknown* (NoAnswer other than `refused`
    is turned into unknown by the performer).
    """

    __slots__ = ()
    family: ClassVar[str] = "actions"

    async def perform(self, world: World, timeout: float) -> Performed:
        """Do it once, within `timeout` seconds."""
        raise NotImplementedError

    def by_hand(self) -> str:
        """Return the exact command a person types instead; secrets as `$NAME`."""
        raise NotImplementedError

    def target(self) -> str:
        """Return what is changed: a host, or a server and tool."""
        raise NotImplementedError
