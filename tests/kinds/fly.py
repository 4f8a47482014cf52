"""Machines, exits and releases in the vendor's shapes, as flyctl prints them."""

from __future__ import annotations

from collections.abc import Sequence

from engine.kinds.values import Instant, Json

NOTICE = 'Update available 0.3.192 -> v0.3.195.\nRun "fly version update" to upgrade.\n'
NOON = float(Instant.parse("2025-10-11T12:00:00Z"))


def exit_at(seconds: float, *, monitor: bool = False, restarts: int = 0, **said: Json) -> Json:
    """Return an exit event so many seconds after noon; Go leaves zeros out, so only what is said is there."""
    request: dict[str, Json] = {"MonitorEvent": {"exit_event": said}} if monitor else {"exit_event": said}
    if restarts:
        request["restart_count"] = restarts
    return {
        "id": f"x{seconds}",
        "type": "exit",
        "status": "stopped",
        "source": "flyd",
        "timestamp": round((NOON + seconds) * 1000),
        "request": request,
    }


def start_at(seconds: float) -> Json:
    """Return a start event so many seconds after noon."""
    return {
        "type": "start",
        "status": "started",
        "source": "flyd",
        "timestamp": round((NOON + seconds) * 1000),
    }


def machine(
    name: str = "m1",
    state: str = "started",
    events: Sequence[Json] = (),
    *,
    version: int = 12,
    region: str = "ord",
    memory: int = 512,
    autostart: Json = True,
    check: str = "",
    host: str = "ok",
    group: str = "app",
) -> Json:
    """Return one machine of the app `shop`."""
    return {
        "id": name,
        "name": f"wandering-{name}",
        "state": state,
        "region": region,
        "instance_id": f"01J-{name}",
        "image_ref": {"registry": "registry.fly.io", "repository": "shop", "tag": f"v{version}"},
        "config": {
            "image": f"registry.fly.io/shop:v{version}",
            "guest": {"cpu_kind": "shared", "cpus": 1, "memory_mb": memory},
            "metadata": {"fly_process_group": group, "fly_release_version": str(version)},
            "services": [
                {"protocol": "tcp", "internal_port": 8787, "autostop": "stop", "autostart": autostart}
            ],
        },
        "events": list(events),
        "checks": [{"name": "health", "status": check, "output": ""}] if check else [],
        "host_status": host,
    }


def release(version: int, image: str, created: str, status: str = "complete", *, stable: bool = True) -> Json:
    """Return one release with the capitalised keys of flyctl."""
    return {
        "ID": f"r{version}",
        "Version": version,
        "Stable": stable,
        "InProgress": False,
        "Status": status,
        "Description": "Release",
        "CreatedAt": created,
        "ImageRef": f"registry.fly.io/shop:{image}",
    }
