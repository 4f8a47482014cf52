"""Chatwoot as an app of Fly: one app, one machine that serves the web, one that works off the queue.

The worker has no service and no health check: nothing but its exits tells how it is.
"""

from __future__ import annotations

from dataclasses import replace

from engine.estate.fly import App, Release, Secret
from engine.estate.identifiers import digest, machine_id, ulid
from engine.estate.machine import Machine, boot, settle
from engine.kinds.values import Json

NAME = "hotdash-chatwoot"
PORT = 3000
HEALTH_PATH = "/api"
CHECK = f"servicecheck-00-http-{PORT}"
WEB_MB = 2048
WORKER_MB = 512
SECRETS = (
    "SECRET_KEY_BASE",
    "FRONTEND_URL",
    "BACKEND_URL",
    "POSTGRES_HOST",
    "POSTGRES_PORT",
    "POSTGRES_DATABASE",
    "POSTGRES_USERNAME",
    "POSTGRES_PASSWORD",
    "REDIS_URL",
    "MAILER_SENDER_EMAIL",
    "INSTALLATION_ENV",
    "RAILS_ENV",
)
_DAY = 86_400.0


def chatwoot_app(now: float) -> App:
    """Return the app on a good day."""
    releases = tuple(
        Release(version, f"registry.fly.io/{NAME}:deployment-{ulid(NAME, version)}", now - days * _DAY)
        for version, days in ((7, 9.0), (6, 24.0))
    )
    machines = (
        _machine(0, "web", releases[0], {**_config("web", releases[0], WEB_MB), **_served()}, now),
        _machine(1, "worker", releases[0], _config("worker", releases[0], WORKER_MB), now),
    )
    named = tuple(Secret(secret, digest(NAME, secret)[:16]) for secret in SECRETS)
    return App(NAME, "chatwoot", machines, releases, named)


def _machine(index: int, word: str, release: Release, config: dict[str, Json], now: float) -> Machine:
    bare = Machine(machine_id(NAME, index), f"chat-{word}", NAME, "ord", config, release.created_at)
    machine = settle(boot(bare, release.created_at, ()), (), now)
    return replace(machine, notes=())


def _config(group: str, release: Release, memory_mb: int) -> dict[str, Json]:
    return {
        "image": release.image_ref,
        "guest": {"cpu_kind": "shared", "cpus": 1, "memory_mb": memory_mb},
        "metadata": {
            "fly_platform_version": "v2",
            "fly_process_group": group,
            "fly_release_id": digest(release.image_ref)[:12],
            "fly_release_version": str(release.version),
        },
        "restart": {"policy": "on-failure", "max_retries": 10},
    }


def _served() -> dict[str, Json]:
    service: Json = {
        "protocol": "tcp",
        "internal_port": PORT,
        "autostop": "off",
        "autostart": True,
        "min_machines_running": 1,
        "ports": [{"port": 443, "handlers": ["tls", "http"]}],
        "concurrency": {"type": "requests", "soft_limit": 20, "hard_limit": 25},
    }
    check: Json = {
        "type": "http",
        "port": PORT,
        "path": HEALTH_PATH,
        "interval": "15s",
        "timeout": "10s",
        "grace_period": "30s",
    }
    return {"services": [service], "checks": {CHECK: check}}
