"""Programs on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """One program. Arguments are a list: nothing is ever read by a shell unless `shell` says so.

    `env` is added to a small environment of our own; what this process has is not inherited. Values
    of `env` and `stdin` may hold `${secrets.NAME}`; arguments may not, since any user can read them.
    """

    argv: tuple[str, ...]
    shell: bool = False
    """The one argument is a line for `sh`; policy must allow it."""
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = ""
    stdin: bytes = b""
    timeout: float = 60.0
    max_bytes: int = 10_000_000
    """Of each stream this much is kept, half from the start and half from the end."""
    script_sha256: str = ""
    """When given: the program's file must have this hash, or it is not started."""


@dataclass(frozen=True, slots=True)
class Output:
    """One stream: what was kept, and size and hash of all of it."""

    kept: bytes = b""
    size: int = 0
    sha256: str = ""
    cut: bool = False
    """The middle is missing in `kept`."""


@dataclass(frozen=True, slots=True)
class CommandReply:
    """How a program ended. A signal is a negative exit, as in Python; the whole tree is gone by then."""

    exit: int
    stdout: Output
    stderr: Output
    seconds: float


class Commands(Protocol):
    """Programs."""

    async def run(self, request: CommandRequest) -> CommandReply:
        """Return how it ended; raises NoAnswer (timeout) or CannotLook (not found, refused)."""
        ...
