"""Channels that reach people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from engine.kinds.values import Instant

Action = Literal["trigger", "acknowledge", "resolve"]


@dataclass(frozen=True, slots=True)
class Message:
    """What a person is told, by which channel, with one dedup key for every retry.

    `action` is what it means for the incident behind the key: opened, seen by us, or over.
    """

    channel: str
    dedup_key: str
    title: str
    body: str
    severity: str = ""
    timeout: float = 10.0
    action: Action = "trigger"


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """The question whether a person has acknowledged the incident behind a key.

    With `since`, only from then on: an incident that we joined may have been acknowledged long before.
    """

    channel: str
    dedup_key: str
    since: Instant | None = None
    timeout: float = 5.0


class Tell(Protocol):
    """Channels that reach people."""

    async def send(self, message: Message) -> str:
        """Deliver and return the receipt; raises NoAnswer or CannotLook."""
        ...

    async def acknowledged(
        self, channel: str, dedup_key: str, timeout: float, since: Instant | None = None
    ) -> str:
        """Return who acknowledged the incident behind a key, empty while nobody has.

        Raises NoAnswer, or CannotLook where the channel has no way to tell.
        """
        ...
