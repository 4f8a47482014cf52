"""Files of this machine, only read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engine.kinds.values import Json


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
    """The content of a file, up to the limit."""
    more: bool = False
    """The file goes on after `body`."""
    now: float = 0.0
    """When it was looked at, by the clock that `changed` is read against."""
    leads_to: str = ""
    """Where a link leads, as it is written in the link; links are not followed."""
    unread: str = ""
    """Why the content of a file could not be read."""


class Files(Protocol):
    """Files."""

    async def read(self, path: str, max_bytes: int, timeout: float) -> FileReply:
        """Return what is there, also when nothing is; 0 bytes: not opened. Raises CannotLook."""
        ...

    def yaml(self, body: bytes) -> Json:
        """Return the data of a YAML text; raises ValueError with why not."""
        ...
