"""The sealed set of things the core may ask for.

`Record` is itself an effect: the driver appends the event, and only then has it happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.core.events import Asked, Event
from engine.kinds.frozen import quick
from engine.kinds.ports import Acknowledgement, CodeRequest, Message, OneTimeCode, Signature
from engine.kinds.uses import ActionUse, CheckUse
from engine.kinds.values import Instant


@quick
@dataclass(frozen=True, slots=True)
class Record:
    """Append this event."""

    event: Event


@quick
@dataclass(frozen=True, slots=True)
class Perform:
    """Make `asked` durable, then perform, then record how it ended."""

    asked: Asked
    use: CheckUse | ActionUse | Message | Acknowledgement | Signature | OneTimeCode | CodeRequest


@quick
@dataclass(frozen=True, slots=True)
class Cancel:
    """Stop a read that nobody waits for any more, and record it as ended."""

    operation: str
    why: str


@quick
@dataclass(frozen=True, slots=True)
class WakeAt:
    """Nothing to do before this moment (unless something happens)."""

    at: Instant
    own: bool = False
    """The run itself has something to do then: a next try, a sample, the end of a pause. A deadline of a
    person or a timer of the run is not that: who leaves the run to wait for a person leaves those too."""


Move = Record | Perform | Cancel | WakeAt
