"""Whether another run of this state folder is driven now, and is changing something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from engine.kinds.check import Check
from engine.kinds.ports import World
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

_NOBODY = "no other run in this state folder; on other laptops I cannot see"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherRunsCheck(Check):
    """Look for other runs in the same state folder; those on laptops that do not share it are not seen."""

    kind: ClassVar[str] = "other_runs"
    example: ClassVar[str] = "{other_runs: production}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "runs": "runs that somebody drives now: run, runbook, operator, changing",
            "changing": "titles of the changes that are in the air in them",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"runs": {"len": 0}})

    other_runs: str
    """Only runs in this environment; empty: in any."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """Look into the state folder."""
        found = [one for one in await world.runs.others() if self.other_runs in ("", one.environment)]
        runs: list[Json] = [
            {"run": one.run, "runbook": one.runbook, "operator": one.operator, "changing": list(one.changing)}
            for one in found
        ]
        changing: list[Json] = [title for one in found for title in one.changing]
        said = ", ".join(f"{one.run} ({one.runbook}, by {one.operator})" for one in found)
        return Observation({"runs": runs, "changing": changing}, summary=said or _NOBODY)

    def by_hand(self) -> str:
        """Return the command that lists the runs."""
        return "runbook runs"

    def target(self) -> str:
        """Return what is looked at."""
        return "the state folder"
