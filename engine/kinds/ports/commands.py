"""Programs on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol


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
    script: str = ""
    """A file of the workspace among `argv`: it is copied, hashed, and the copy is what runs."""
    script_sha256: str = ""
    """When given: the script (without one, the program's own file) must have this hash, or nothing starts."""
    leaves_running: bool = False
    """What it left running when it ended by itself is let run: a restart starts something on purpose."""


@dataclass(frozen=True, slots=True)
class Output:
    """One stream: what was kept, and size and hash of all of it."""

    kept: bytes = b""
    size: int = 0
    sha256: str = ""
    cut: bool = False
    """The middle is missing in `kept`."""
    gap: int = 0
    """Where in `kept` it is missing."""


@dataclass(frozen=True, slots=True)
class CommandReply:
    """How a program ended. A signal is a negative exit, as in Python; the whole tree is gone by then."""

    exit: int
    stdout: Output
    stderr: Output
    seconds: float
    ended: Literal["exit", "timeout"] = "exit"
    """By itself, or by us at the deadline; then `exit` says nothing."""
    left_behind: int = 0
    """Processes that were still there when the program had ended, and were ended by us."""
    survivors: int = 0
    """Processes that could not be ended: another user's, or stuck in the kernel."""
    script_sha256: str = ""
    """The hash of the script that ran."""


class Commands(Protocol):
    """Programs."""

    async def run(self, request: CommandRequest) -> CommandReply:
        """Return how it ended, at the deadline too, with what it said so far; raises CannotLook."""
        ...
