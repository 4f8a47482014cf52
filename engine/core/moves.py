"""The sealed set of things the core may ask for.

`Record` is itself an effect: the driver appends the event, and only then has it happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.events import Asked, Event
from engine.kinds.ports import Acknowledgement, CodeRequest, Message, OneTimeCode, Signature
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Instant


@dataclass(frozen=True, slots=True)
class Record:
    """Append this event."""

    event: Event


@dataclass(frozen=True, slots=True)
class Perform:
    """Make `asked` durable, then perform, then record how it ended."""

    asked: Asked
    use: CheckUse | ActionUse | Message | Acknowledgement | Signature | OneTimeCode | CodeRequest


@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a read that nobody waits for any more, and record it as ended."""

    operation: str
    why: str


@dataclass(frozen=True, slots=True)
class WakeAt:
    """Nothing to do before this moment (unless something happens)."""

    at: Instant


Move = Record | Perform | Cancel | WakeAt
