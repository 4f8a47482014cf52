"""A machine in the vendor's JSON: field names, and the two places where exit data may sit."""

from __future__ import annotations

from engine.estate.identifiers import digest
from engine.estate.machine import Machine, MachineEvent
from engine.estate.wire import mapping
from engine.kinds.values import Instant, Json


def image_json(machine: Machine) -> dict[str, Json]:
    """Return the image reference taken apart."""
    registry, _, rest = machine.image.partition("/")
    repository, _, tag = rest.partition(":")
    return {
        "registry": registry,
        "repository": repository,
        "tag": tag,
        "digest": f"sha256:{digest(machine.image)}",
        "labels": {},
    }


def event_json(event: MachineEvent) -> dict[str, Json]:
    """Return one event; the timestamp is in milliseconds."""
    shown: dict[str, Json] = {
        "id": event.id,
        "type": event.type,
        "status": event.status,
        "source": event.source,
        "timestamp": round(event.at * 1000),
    }
    if event.exit is not None:
        code = event.exit.exit_code
        data: Json = {
            "exit_code": code,
            "guest_exit_code": code,
            "guest_signal": 9 if code == 137 else -1,
            "oom_killed": event.exit.oom_killed,
            "requested_stop": event.exit.requested_stop,
            "restarting": event.exit.restarting,
            "signal": -1,
            "exited_at": str(Instant(event.exit.at)),
        }
        nested: Json = {"MonitorEvent": {"exit_event": data}} if event.under_monitor else {"exit_event": data}
        shown["request"] = {**mapping(nested), "restart_count": event.restart_count}
    return shown


def checks_json(machine: Machine, now: float) -> list[Json]:
    """Return the state of the machine's health checks."""
    checks = mapping(machine.config.get("checks"))
    if machine.up and machine.unwell:
        status, output = "critical", machine.unwell
    elif machine.up and not machine.looping and now >= machine.ready_at:
        status, output = "passing", "200 OK"
    else:
        status, output = "critical", "connect: connection refused"
    at = str(Instant(max(machine.updated_at, machine.created_at)))
    return [{"name": name, "status": status, "output": output, "updated_at": at} for name in checks]


def machine_json(machine: Machine, now: float) -> dict[str, Json]:
    """Return the machine object."""
    return {
        "id": machine.id,
        "name": machine.name,
        "state": machine.state,
        "region": machine.region,
        "instance_id": machine.instance_id,
        "private_ip": f"fdaa::{machine.id[-4:]}",
        "created_at": str(Instant(machine.created_at)),
        "updated_at": str(Instant(max(machine.updated_at, machine.created_at))),
        "image_ref": image_json(machine),
        "config": machine.config,
        "events": [event_json(event) for event in machine.events[:20]],
        "checks": checks_json(machine, now),
        "host_status": machine.host_status,
        "cordoned": False,
    }
