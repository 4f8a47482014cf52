"""A vendor's public status page, in the shape most vendors share.

A red page is strong evidence, a green one is weak: say so with `weak` where the check is used. Pages that
moved to another product give fewer fields; what is missing is absent, and absent is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from engine.kinds import exchange
from engine.kinds.by_hand import SECONDS, curl
from engine.kinds.check import Check
from engine.kinds.ports import HttpReply, HttpRequest, World
from engine.kinds.replies import as_list, as_mapping, as_text, first_line, read_json
from engine.kinds.values import Json
from engine.kinds.verdicts import Observation

_OVER = ("resolved", "postmortem", "completed")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPageCheck(Check):
    """Read a vendor's status page: its overall word, open incidents, and components."""

    kind: ClassVar[str] = "status_page"
    example: ClassVar[str] = "{status_page: 'https://status.example.com', weak: vendors report late}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "indicator": "none, minor, major or critical; absent where the page does not say",
            "description": "the page's own words",
            "incidents": "open incidents: name, status, impact",
            "components": "status by name of component",
            "troubled": "names of components that are not operational",
            "seconds": "time from request to the last byte, in seconds",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"indicator": "none"})

    status_page: str
    """The page's address, without `/api`."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """Read the summary, or the short form where the page has no summary."""
        reply = await world.http.send(self._request("summary", timeout))
        spent = reply.seconds
        if not _readable(reply) and reply.status in (404, 410) and spent < timeout:
            reply = await world.http.send(self._request("status", timeout - spent))
            spent += reply.seconds
        if not _readable(reply):
            said = f"the status page gave no status: {exchange.summary(reply)}"
            return Observation({}, spent, reply.body, exchange.media(reply), cannot=said)
        facts = _facts(as_mapping(read_json(reply.body)))
        facts["seconds"] = round(spent, 3)
        return Observation(facts, spent, reply.body, exchange.media(reply), _summary(facts))

    def by_hand(self) -> str:
        """Return the curl line."""
        return curl(self._request("summary", SECONDS))

    def target(self) -> str:
        """Return the host of the page."""
        return exchange.place(self.status_page)

    def _request(self, document: str, timeout: float) -> HttpRequest:
        url = f"{self.status_page.rstrip('/')}/api/v2/{document}.json"
        return HttpRequest(url, headers={"Accept": "application/json"}, timeout=timeout)


def _readable(reply: HttpReply) -> bool:
    return 200 <= reply.status < 300 and isinstance(read_json(reply.body), Mapping)


def _facts(page: Mapping[str, Json]) -> dict[str, Json]:
    facts: dict[str, Json] = {}
    status = as_mapping(page.get("status"))
    for name in ("indicator", "description"):
        if isinstance(status.get(name), str):
            facts[name] = status[name]
    if isinstance(page.get("incidents"), list):
        facts["incidents"] = [
            {key: as_text(one.get(key)) for key in ("name", "status", "impact")}
            for one in map(as_mapping, as_list(page["incidents"]))
            if as_text(one.get("status")) not in _OVER
        ]
    if isinstance(page.get("components"), list):
        components: dict[str, str] = {}
        for one in map(as_mapping, as_list(page["components"])):
            name, state = as_text(one.get("name")), as_text(one.get("status"))
            # The same name may stand in several groups: trouble in one of them is not to be lost.
            if name and components.get(name, "operational") == "operational":
                components[name] = state
        facts["components"] = components
        facts["troubled"] = [name for name, state in components.items() if state != "operational"]
    return facts


def _summary(facts: Mapping[str, Json]) -> str:
    said = (
        first_line(as_text(facts.get("description"))) or as_text(facts.get("indicator")) or "no overall word"
    )
    names = [as_text(as_mapping(one).get("name")) for one in as_list(facts.get("incidents"))]
    return said + (f"; open: {first_line(', '.join(names), 100)}" if names else "")
