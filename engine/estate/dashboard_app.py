"""The dashboard as an app of Fly: two machines that are meant to run always, and its secrets."""

from __future__ import annotations

from dataclasses import replace

from engine.estate.fly import App, Fly, Release, Secret, log
from engine.estate.identifiers import digest, machine_id, ulid
from engine.estate.machine import Machine, boot, settle
from engine.kinds.values import Json

NAME = "hotdash-production"
PORT = 3000
SECRETS = (
    "SHOPIFY_API_KEY",
    "SHOPIFY_API_SECRET",
    "SHOPIFY_APP_URL",
    "SCOPES",
    "DATABASE_URL",
    "SUPABASE_URL",
    "SUPABASE_SERVICE_KEY",
    "CHATWOOT_BASE_URL",
    "CHATWOOT_TOKEN",
    "CHATWOOT_ACCOUNT_ID",
    "GA_PROPERTY_ID",
)
_DAY = 86_400.0


def dashboard_app(now: float) -> App:
    """Return the app on a good day."""
    releases = tuple(
        Release(version, f"registry.fly.io/{NAME}:deployment-{ulid(NAME, version)}", now - days * _DAY)
        for version, days in ((31, 4.0), (30, 11.0))
    )
    machines = tuple(_machine(index, releases[0], now) for index in range(2))
    named = tuple(Secret(secret, digest(NAME, secret)[:16]) for secret in SECRETS)
    return App(NAME, "dashboard", machines, releases, named)


def with_log(fly: Fly, now: float) -> Fly:
    """Return the platform with what the app logs on a good day: one JSON object a line, as pino writes it."""
    app = fly.app(NAME)
    for machine in app.machines if app else ():
        for ago in (60.0, 30.0):
            at = now - ago
            line = f'{{"level":30,"time":{round(at * 1000)},"msg":"request completed","status":200,"ms":214}}'
            fly = log(fly, machine, at, "app", "info", line)
    return fly


def _machine(index: int, release: Release, now: float) -> Machine:
    word = ("bright-window", "plain-window")[index]
    config = _config(release)
    bare = Machine(machine_id(NAME, index), word, NAME, "ord", config, release.created_at)
    machine = settle(replace(boot(bare, release.created_at, ()), last_request=now), (), now)
    return replace(machine, notes=())


def _config(release: Release) -> dict[str, Json]:
    service: Json = {
        "protocol": "tcp",
        "internal_port": PORT,
        "autostop": "off",
        "autostart": True,
        "min_machines_running": 2,
        "ports": [{"port": 443, "handlers": ["tls", "http"]}],
        "concurrency": {"type": "requests", "soft_limit": 20, "hard_limit": 25},
    }
    check: Json = {
        "type": "http",
        "port": PORT,
        "path": "/health",
        "interval": "15s",
        "timeout": "5s",
        "grace_period": "10s",
    }
    return {
        "image": release.image_ref,
        "guest": {"cpu_kind": "shared", "cpus": 2, "memory_mb": 2048},
        "metadata": {
            "fly_platform_version": "v2",
            "fly_process_group": "app",
            "fly_release_id": digest(release.image_ref)[:12],
            "fly_release_version": str(release.version),
        },
        "restart": {"policy": "on-failure", "max_retries": 3},
        "services": [service],
        "checks": {f"servicecheck-00-http-{PORT}": check},
    }
