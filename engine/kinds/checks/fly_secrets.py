"""The names of the secrets a Fly app has; never a value, and not even a digest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Final

from engine.kinds.by_hand import inspector
from engine.kinds.check import Check
from engine.kinds.checks._fly_tool import ask
from engine.kinds.counted import counted
from engine.kinds.ports import World
from engine.kinds.references import Absent
from engine.kinds.replies import as_mapping, as_text
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

_TOOL: Final = "fly-secrets-list"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlySecretsCheck(Check):
    """List the names of an app's secrets and say which needed ones are missing."""

    kind: ClassVar[str] = "fly_secrets"
    example: ClassVar[str] = "{fly_secrets: shop, need: [DATABASE_URL, OPENAI_API_KEY]}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "names": "names of the secrets that are set, sorted",
            "missing": "those of `need` that are not set",
            "count": "number of secrets",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"missing": {"len": 0}})

    fly_secrets: str
    """The app."""
    need: tuple[str, ...] = ()
    """Names that must be set."""
    server: str = "fly"
    """The MCP server to ask."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """List the names once."""
        found, observation = await ask(world, self.server, _TOOL, {"app": self.fly_secrets}, timeout)
        if isinstance(found, Absent):
            return replace(observation, body=b"")
        names = sorted({name for name in map(_name, found) if name})
        if found and not names:
            return replace(observation, body=b"", cannot=f"{_TOOL} printed a list, but no names")
        missing = [name for name in self.need if name not in names]
        among = f", {', '.join(self.need[:3])}{', …' * (len(self.need) > 3)} among them" if self.need else ""
        there = f"{counted(len(names), 'secret')} set"
        summary = there + (f", missing {', '.join(missing)}" if missing else among)
        facts: dict[str, Json] = {"names": names, "missing": missing, "count": len(names)}
        return replace(observation, facts=facts, body=json.dumps(names).encode(), summary=summary)

    def by_hand(self) -> str:
        """Return the line for the protocol's inspector."""
        return inspector(self.server, _TOOL, {"app": self.fly_secrets})

    def target(self) -> str:
        """Return server and tool."""
        return f"{self.server}/{_TOOL}"


def _name(data: Json) -> str:
    shown = as_mapping(data)
    return as_text(shown.get("name")) or as_text(shown.get("Name"))
