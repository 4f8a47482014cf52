"""The exceptions a user may cause, and the exit codes of the command.

    EngineError                       one line, one hint, never a traceback
    ├── UsageError                    2   the command line, an unknown id
    ├── FileErrors                    3   findings in a runbook, catalogue or scenario
    ├── Waiting                       4   the run needs a person
    ├── Refused                       5   policy, lease or approval says no
    │   ├── LeaseHeld                     another executor has the run
    │   └── Fenced                        a take-over raised the epoch; we must stop
    ├── NobodyTold                    6   an escalation got through to nobody
    └── StorageError                  1   the run folder cannot be read or written
        └── JournalDamaged                a complete record does not verify

Findings (the author's file) and verdicts (the world) are values, not exceptions. Anything that is
not an EngineError is a bug of ours: exit code 70.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

from engine.kinds.counted import counted

if TYPE_CHECKING:
    from engine.kinds.findings import Located


class Exit(IntEnum):
    """Exit codes of the `runbook` command, the whole table."""

    RESOLVED = 0  # resolved, or all well
    ENDED = 1  # ended otherwise: escalated, failed, found stale
    USAGE = 2
    FILE_ERRORS = 3
    WAITING = 4  # waiting for a person
    REFUSED = 5  # refused by policy, lease or approval
    NOBODY_TOLD = 6
    BUG = 70
    INTERRUPTED = 130  # Ctrl-C; the run can be resumed


class EngineError(Exception):
    """Something a user can mend; `hint` says how."""

    exit: ClassVar[Exit] = Exit.ENDED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EngineError):
    """The command line, or a name in it, is wrong."""

    exit = Exit.USAGE


class FileErrors(EngineError):
    """One or more files have findings that forbid their use."""

    exit = Exit.FILE_ERRORS

    def __init__(self, findings: tuple[Located, ...], *, hint: str = "") -> None:
        count = len(findings)
        super().__init__(f"{counted(count, 'error')} found", hint=hint)
        self.findings = findings


class Waiting(EngineError):
    """The run cannot go on before a person has answered."""

    exit = Exit.WAITING


class Refused(EngineError):
    """Policy, a lease or a missing approval forbids this."""

    exit = Exit.REFUSED


class LeaseHeld(Refused):
    """Another executor is driving this run."""


class Fenced(Refused):
    """Another executor took this run over; this one must stop."""


class NobodyTold(EngineError):
    """No channel delivered the message."""

    exit = Exit.NOBODY_TOLD


class StorageError(EngineError):
    """The run folder cannot be read or written; nothing further is started."""


class JournalDamaged(StorageError):
    """A complete record of the journal does not verify."""
