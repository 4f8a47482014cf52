"""The releases of a Fly app: was there one around the alert, and what to go back to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Final

from engine.kinds.by_hand import inspector
from engine.kinds.check import Check
from engine.kinds.checks._fly_tool import ask
from engine.kinds.ports import World
from engine.kinds.references import Absent
from engine.kinds.replies import as_mapping, as_text
from engine.kinds.values import Duration, Instant, Json
from engine.kinds.verdicts import Observation

_TOOL: Final = "fly-apps-releases"
_WITHIN: Final = Duration(1800.0)


@dataclass(frozen=True, slots=True)
class Release:
    """One release. flyctl writes its keys with capitals, the API would not."""

    version: int
    image: str
    created: str
    status: str
    stable: bool

    def plain(self) -> dict[str, Json]:
        """Return it as a fact."""
        return {
            "version": self.version,
            "image": self.image,
            "created": self.created,
            "status": self.status,
            "stable": self.stable,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class FlyReleasesCheck(Check):
    """List the releases of an app, and find the one to go back to."""

    kind: ClassVar[str] = "fly_releases"
    example: ClassVar[str] = "{fly_releases: shop, since: '${run.since}', expect: {recent: false}}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "newest": "newest release: version, image, created, status, stable",
            "previous": "newest release that is complete, stable, older, and has another image; else absent",
            "recent": "true when the newest release is near `since`; absent without a time to compare",
            "age": "time between the newest release and `since`, in words",
            "versions": "all versions, newest first",
            "count": "number of releases listed (25 at most)",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"newest": {"exists": True}})

    fly_releases: str
    """The app."""
    since: str = ""
    """The time of the alert, such as `${run.since}`."""
    within: Duration = _WITHIN
    """How near to `since`, before or after, is recent."""
    server: str = "fly"
    """The MCP server to ask."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """List the releases once."""
        found, observation = await ask(world, self.server, _TOOL, {"name": self.fly_releases}, timeout)
        if isinstance(found, Absent):
            return observation
        read = [one for one in map(_release, found) if one]
        if found and not read:
            return replace(observation, cannot=f"{_TOOL} printed a list, but no releases")
        releases = sorted(read, key=lambda one: -one.version)
        facts: dict[str, Json] = {"versions": [one.version for one in releases], "count": len(releases)}
        if not releases:
            return replace(observation, facts=facts, summary="no releases")
        newest = releases[0]
        facts["newest"] = newest.plain()
        previous = _previous(releases)
        if previous:
            facts["previous"] = previous.plain()
        facts |= self._near(newest)
        age = f", {facts['age']}" if "age" in facts else ""
        back = f"; before it v{previous.version}" if previous else "; none to go back to"
        return replace(observation, facts=facts, summary=f"v{newest.version} {newest.status}{age}{back}")

    def by_hand(self) -> str:
        """Return the line for the protocol's inspector."""
        return inspector(self.server, _TOOL, {"name": self.fly_releases})

    def target(self) -> str:
        """Return server and tool."""
        return f"{self.server}/{_TOOL}"

    def _near(self, newest: Release) -> dict[str, Json]:
        try:
            later = Instant.parse(newest.created) - Instant.parse(self.since)
        except ValueError:
            return {}
        apart = Duration(round(abs(later)))
        words = f"{apart} {'after' if later > 0 else 'before'} the alert"
        return {"recent": abs(later) <= self.within, "age": words}


def _release(data: Json) -> Release | None:
    shown = {str(key).lower(): value for key, value in as_mapping(data).items()}
    version = shown.get("version")
    if not isinstance(version, int) or isinstance(version, bool):
        return None
    return Release(
        version,
        as_text(shown.get("imageref")),
        as_text(shown.get("createdat")),
        as_text(shown.get("status")).lower(),
        shown.get("stable") is True,
    )


def _previous(releases: list[Release]) -> Release | None:
    newest = releases[0]
    return next(
        (
            one
            for one in releases[1:]
            if one.status == "complete" and one.stable and one.image and one.image != newest.image
        ),
        None,
    )
