"""Whether somebody else is changing a Fly app right now: leases, machines in between states, recent changes.

Rules:
1. A lease held is an operation under way, whoever holds it; the platform says 404 where there is none.
2. A state that is none of the settled ones is a change under way.
3. An event of source `user` in the last minutes is somebody's hand. "Now" is the platform's own clock, by the
   Date header of its answer, since its events carry its times.
4. What could not be read is unknown: no lease seen is not "no lease".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import ClassVar, Final
from urllib.parse import quote

from engine.kinds import exchange
from engine.kinds.by_hand import SECONDS, curl
from engine.kinds.check import Check
from engine.kinds.ports import HttpReply, HttpRequest, World
from engine.kinds.replies import as_list, as_mapping, as_text, read_json, took
from engine.kinds.values import Duration, Instant, Json
from engine.kinds.verdicts import Observation

_SETTLED: Final = ("created", "started", "stopped", "suspended", "failed", "destroyed", "replaced")
_CHANGES: Final = ("launch", "update", "restart", "start", "stop", "destroy")
_MOST: Final = 20
"""Machines whose lease is asked for; an app with more is not this estate's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlyInFlightCheck(Check):
    """Look for another operation on the machines of an app before ours begins."""

    kind: ClassVar[str] = "fly_in_flight"
    example: ClassVar[str] = "{fly_in_flight: shop, within: 10m}"
    secrets: ClassVar[tuple[str, ...]] = ("FLY_API_TOKEN",)
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "leases": "machines somebody holds a lease on: machine, owner, until",
            "changing": "ids of machines in between two settled states",
            "recent": "changes by people within `within`: machine, what, at",
            "machines": "number of machines",
            "seconds": "time of all calls together, in seconds",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType(
        {"leases": {"len": 0}, "changing": {"len": 0}, "recent": {"len": 0}}
    )

    fly_in_flight: str
    """The app."""
    within: Duration = Duration(600.0)
    """How long ago a change by a person still counts as under way."""
    api: str = "https://api.machines.dev/v1"
    """Base of the Machines API."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """List the machines, then ask for the lease of each."""
        reply = await world.http.send(self._request("", timeout))
        spent = reply.seconds
        listed = read_json(reply.body)
        if reply.status != 200 or not isinstance(listed, Sequence) or isinstance(listed, str):
            said = exchange.complaint(reply)
            why = f"Fly answered {exchange.summary(reply)}" + (f": {said}" if said else "")
            return Observation(seconds=spent, body=reply.body, cannot=why)
        machines = [as_mapping(one) for one in listed]
        leases: list[Json] = []
        for machine in machines[:_MOST]:
            name = as_text(machine.get("id"))
            held = await world.http.send(self._request(f"/{quote(name, safe='')}/lease", timeout - spent))
            spent += held.seconds
            if held.status == 200:
                data = as_mapping(as_mapping(read_json(held.body)).get("data"))
                leases.append({"machine": name, "owner": as_text(data.get("owner")) or "somebody"})
            elif held.status != 404:
                why = f"the lease of {name} could not be read: {exchange.summary(held)}"
                return Observation(seconds=spent, body=held.body, cannot=why)
        changing: list[Json] = [
            as_text(one.get("id")) for one in machines if as_text(one.get("state")) not in _SETTLED
        ]
        recent = _recent(machines, _clock(reply), self.within)
        facts: dict[str, Json] = {
            "leases": leases,
            "changing": changing,
            "recent": recent,
            "machines": len(machines),
            "seconds": round(spent, 3),
        }
        return Observation(facts, spent, reply.body, "application/json", _summary(facts, spent))

    def by_hand(self) -> str:
        """Return the curl line that lists the machines with their events."""
        return curl(self._request("", SECONDS))

    def target(self) -> str:
        """Return the host of the Machines API, and the app."""
        return f"{exchange.place(self.api)}/{self.fly_in_flight}"

    def _request(self, path: str, timeout: float) -> HttpRequest:
        url = f"{self.api.rstrip('/')}/apps/{quote(self.fly_in_flight, safe='${}.')}/machines{path}"
        headers = {"Authorization": "Bearer ${secrets.FLY_API_TOKEN}"}
        return HttpRequest(url, headers=headers, timeout=max(timeout, 0.1))


def _clock(reply: HttpReply) -> float | None:
    try:
        return parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except (ValueError, TypeError):
        return None


def _recent(machines: Sequence[Mapping[str, Json]], now: float | None, within: float) -> list[Json]:
    found: list[Json] = []
    for machine in machines:
        for event in map(as_mapping, as_list(machine.get("events"))):
            at = event.get("timestamp")
            if event.get("source") != "user" or event.get("type") not in _CHANGES:
                continue
            if now is None or not isinstance(at, (int, float)) or isinstance(at, bool):
                continue
            if 0 <= now - at / 1000 <= within:
                name = as_text(machine.get("id"))
                found.append(
                    {"machine": name, "what": as_text(event.get("type")), "at": str(Instant(at / 1000))}
                )
    return found


def _summary(facts: Mapping[str, Json], seconds: float) -> str:
    parts = [
        f"{len(items)} {word}"
        for name, word in (("leases", "held"), ("changing", "changing"), ("recent", "just changed by hand"))
        if isinstance(items := facts[name], Sequence) and items
    ]
    return (", ".join(parts) if parts else "nobody else is changing it") + f", in {took(seconds)}"
