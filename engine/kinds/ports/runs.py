"""Other runs in the same state folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OtherRun:
    """A run somebody drives now."""

    run: str
    runbook: str
    environment: str
    operator: str
    changing: tuple[str, ...] = ()
    """Changes that are in the air, by title."""


class Runs(Protocol):
    """Other runs that can be seen from here."""

    async def others(self) -> tuple[OtherRun, ...]:
        """Return the runs that are driven now, this one left out; raises CannotLook."""
        ...
