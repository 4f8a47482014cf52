"""Files of this machine."""

from __future__ import annotations

from pathlib import Path

from engine.kinds.ports import CannotLook, FileReply, Files


class LocalFiles(Files):
    """Reads files; relative paths are below the workspace."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Return what is there; raises CannotLook."""
        raise CannotLook("no files")
