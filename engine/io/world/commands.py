"""Programs on this machine."""

from __future__ import annotations

from pathlib import Path

from engine.io.world.secrets import Secrets
from engine.kinds.ports import CannotLook, CommandReply, CommandRequest, Commands


class LocalCommands(Commands):
    """Starts programs, from the workspace's folder unless a request says otherwise."""

    def __init__(self, secrets: Secrets, root: Path) -> None:
        self._secrets = secrets
        self._root = root

    async def run(self, request: CommandRequest) -> CommandReply:
        """Return how it ended; raises NoAnswer or CannotLook."""
        raise CannotLook("no programs")
