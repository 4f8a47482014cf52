"""The machines of a Fly app: which run, and why the others do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import ClassVar, Final

from engine.kinds.by_hand import inspector
from engine.kinds.check import Check
from engine.kinds.checks._fly_machine import Cause, Exit, Machine, read, worst_check
from engine.kinds.checks._fly_tool import ask
from engine.kinds.ports import World
from engine.kinds.references import Absent
from engine.kinds.replies import as_mapping, as_text
from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Observation

_TOOL: Final = "fly-machine-list"
NEVER: Final = "never"
"""What stands for the time of an exit where there was none: a restart changes that, so it can be compared."""
_GRAVITY: Final[Sequence[Cause]] = (
    "out-of-memory", "crash-loop", "crash", "killed", "ended", "unreachable", "unknown", "changing", "idle",
)  # fmt: skip
"""Where no machine runs, the gravest cause speaks for the app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlyMachinesCheck(Check):
    """List the machines of an app, with their last exits, without waking any."""

    kind: ClassVar[str] = "fly_machines"
    example: ClassVar[str] = "{fly_machines: shop, expect: {state: started, oom: false}}"
    fact_names: ClassVar[Mapping[str, str]] = MappingProxyType(
        {
            "ids": "ids of all machines",
            "started": "ids of those that run",
            "stopped": "ids of those that are stopped or suspended",
            "states": "state by machine id",
            "count": "number of machines",
            "state": "started if any runs, else the state of the others, none without machines; "
            "absent while a machine changes state",
            "cause": "why: started, idle, crash-loop, crash, out-of-memory, killed, ended, no-machines, "
            "unreachable, changing or unknown",
            "machines": "one entry per machine: id, state, cause, region, group, image, version, memory_mb",
            "regions": "regions, each once",
            "memory_mb": "memory of the smallest machine, in MB",
            "image": "image of the newest release on any machine",
            "images": "images, each once",
            "version": "newest release version on any machine",
            "instances": "instance id (it changes with every start) by machine id",
            "autostart": "true when a request may wake a machine",
            "checks": "worst status by name of health check: passing, warning or critical",
            "exit_code": "exit code of the newest exit; absent when no exit is known",
            "oom": "true when the last exit of any machine was for lack of memory",
            "requested_stop": "true when the newest exit was asked for (auto-stop included)",
            "restarts": "restarts in a row at the newest exit",
            "last_exit": "time of the newest exit; never where all events are listed and no exit is one, "
            "absent where that is not known",
            "exits": "the newest exit of each machine",
            "exit_events": "number of listed exits that nobody asked for",
        }
    )
    default_expect: ClassVar[Mapping[str, Json]] = MappingProxyType({"state": "started"})

    fly_machines: str
    """The app."""
    group: str = ""
    """Only machines of this process group, such as `worker`."""
    server: str = "fly"
    """The MCP server to ask."""

    async def observe(self, world: World, timeout: float) -> Observation:
        """List the machines once."""
        found, observation = await ask(world, self.server, _TOOL, {"app": self.fly_machines}, timeout)
        if isinstance(found, Absent):
            return observation
        if found and not any(as_text(as_mapping(one).get("id")) for one in found):
            return replace(observation, cannot=f"{_TOOL} printed a list, but no machines")
        machines = [one for one in map(read, found) if one and self.group in ("", one.group)]
        facts = _facts(machines)
        return replace(observation, facts=facts, summary=_summary(machines, facts))

    def by_hand(self) -> str:
        """Return the line for the protocol's inspector."""
        return inspector(self.server, _TOOL, {"app": self.fly_machines})

    def target(self) -> str:
        """Return server and tool."""
        return f"{self.server}/{_TOOL}"


def _facts(machines: Sequence[Machine]) -> dict[str, Json]:
    last = [machine.exits[0] for machine in machines if machine.exits]
    memory = [machine.memory_mb for machine in machines if machine.memory_mb is not None]
    facts: dict[str, Json] = {
        "ids": [machine.id for machine in machines],
        "started": [machine.id for machine in machines if machine.running],
        "stopped": [machine.id for machine in machines if machine.state in ("stopped", "suspended")],
        "states": {machine.id: machine.state for machine in machines},
        "count": len(machines),
        "cause": _cause(machines),
        "machines": [_entry(machine) for machine in machines],
        "regions": sorted({machine.region for machine in machines if machine.region}),
        "images": sorted({machine.image for machine in machines if machine.image}),
        "instances": {machine.id: machine.instance for machine in machines},
        "autostart": any(machine.autostart for machine in machines),
        "checks": _checks(machines),
        "exits": [one.plain() for one in last],
        "exit_events": sum(not one.requested for machine in machines for one in machine.exits),
    }
    state = _state(machines)
    if state:
        facts["state"] = state
    if memory:
        facts["memory_mb"] = min(memory)
    if machines and not last and all(machine.told for machine in machines):
        facts["last_exit"] = NEVER
    return facts | _release(machines) | _newest(last)


def _state(machines: Sequence[Machine]) -> str:
    if not machines:
        return "none"
    if any(machine.running for machine in machines):
        return "started"
    if any(machine.changing for machine in machines):
        return ""
    states = {machine.state if machine.reachable else "unreachable" for machine in machines}
    order = ("failed", "stopped", "suspended", "created", "unreachable")
    return next(state for state in order if state in states)


def _cause(machines: Sequence[Machine]) -> Cause:
    if not machines:
        return "no-machines"
    causes = {machine.cause() for machine in machines}
    if "started" in causes:
        return "started"
    return next(cause for cause in _GRAVITY if cause in causes)


def _entry(machine: Machine) -> dict[str, Json]:
    return {
        "id": machine.id,
        "state": machine.state,
        "cause": machine.cause(),
        "region": machine.region,
        "group": machine.group,
        "image": machine.image,
        "version": machine.version,
        "memory_mb": machine.memory_mb,
    }


def _checks(machines: Sequence[Machine]) -> dict[str, Json]:
    worst: dict[str, str] = {}
    for machine in machines:
        for name, status in machine.checks.items():
            worst[name] = worst_check(worst.get(name, ""), status)
    return dict(worst)


def _release(machines: Sequence[Machine]) -> dict[str, Json]:
    newest = max(machines, key=lambda machine: machine.version or 0, default=None)
    if newest is None:
        return {}
    found: dict[str, Json] = {"image": newest.image} if newest.image else {}
    return found if newest.version is None else found | {"version": newest.version}


def _newest(last: Sequence[Exit]) -> dict[str, Json]:
    newest = max(last, key=lambda one: one.at, default=None)
    if newest is None:
        return {}
    found: dict[str, Json] = {"last_exit": str(Instant(newest.at))} if newest.at else {}
    if any(one.code is not None for one in last):
        found["oom"] = any(one.oom for one in last)
    if newest.code is None:
        return found
    return found | {
        "exit_code": newest.code,
        "requested_stop": newest.requested,
        "restarts": newest.restarts,
    }


def _summary(machines: Sequence[Machine], facts: Mapping[str, Json]) -> str:
    if not machines:
        return "no machines"
    running = sum(machine.running for machine in machines)
    parts = [f"{running} of {len(machines)} started"]
    if facts["cause"] != "started":
        parts.append(str(facts["cause"]))
    if "exit_code" in facts and running < len(machines):
        parts.append(f"last exit code {facts['exit_code']}")
    return ", ".join(parts)
