"""Files of this machine, only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class FileReply:
    """What is at a path. `kind` is file, folder, link, other, or empty where nothing is."""

    kind: str
    size: int = 0
    mode: int = 0
    """Permission bits, such as 0o600."""
    owner: str = ""
    changed: float = 0.0
    """Time of the last change, seconds since the epoch."""
    body: bytes = b""
    """The content up to the limit."""
    more: bool = False


class Files(Protocol):
    """Files."""

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Return what is there; nothing is an answer too. Raises CannotLook."""
        ...
