"""The performer of a dry run: nothing leaves the machine; outcomes are assumed and say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.core.events import Ended
from engine.core.moves import Perform

_GOOD = {
    "check": "pass",
    "control": "pass",
    "action": "done",
    "message": "delivered",
    "acknowledgement": "acknowledged",
    "proof": "pass",
    "code": "pass",
}


@dataclass(frozen=True, slots=True)
class DryPerformer:
    """Assumes the good outcome, or the one given for `step` or `step.item`."""

    assume: Mapping[str, str] = field(default_factory=dict)

    async def perform(self, move: Perform) -> Ended:
        """Return the assumed outcome."""
        asked = move.asked
        given = self.assume.get(f"{asked.step}.{asked.item}") or self.assume.get(asked.step)
        outcome = given or _GOOD[asked.what]
        return Ended(
            operation=asked.operation,
            outcome=outcome,
            why=f"assumed; not asked: {asked.command or asked.title}",
        )
