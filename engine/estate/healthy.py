"""The estate on a good day: four apps with their releases and secrets, and three approvals that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from engine.estate.chatwoot_app import chatwoot_app
from engine.estate.dashboard_app import dashboard_app, with_log
from engine.estate.database import Database
from engine.estate.estate import AGENT, LLAMAINDEX, EstateState
from engine.estate.fly import App, Fly, Release, Secret
from engine.estate.github_runs import usual
from engine.estate.identifiers import digest, machine_id, ulid
from engine.estate.machine import Machine, boot, settle
from engine.estate.memory import AgentMemory, Approval
from engine.kinds.values import Json

_DAY = 86_400.0
_AGENT_SECRETS = (
    "OPENAI_API_KEY",
    "CHATWOOT_BASE_URL",
    "CHATWOOT_API_TOKEN",
    "CHATWOOT_ACCOUNT_ID",
    "SHOPIFY_STORE_DOMAIN",
    "SHOPIFY_ADMIN_TOKEN",
    "LLAMAINDEX_MCP_URL",
    "PG_URL",
)
_LLAMAINDEX_SECRETS = ("OPENAI_API_KEY", "SUPABASE_URL", "SUPABASE_SERVICE_KEY")


def healthy(now: float, *, pg_url: bool = True) -> EstateState:
    """Return the estate at `now`; without PG_URL the approvals lie on the agent machine's disk."""
    approvals = tuple(
        Approval(
            digest("approval", n)[:12], 4100 + n, now - 600.0 * n, "chatwoot_send_public_reply", "Hello!"
        )
        for n in (1, 2, 3)
    )
    names = tuple(name for name in _AGENT_SECRETS if pg_url or name != "PG_URL")
    agent = _app(AGENT, "agent-service", ("ord",), 1024, 8787, names, now)
    if not pg_url:
        machines = tuple(replace(m, memory=AgentMemory(files=approvals)) for m in agent.machines)
        agent = replace(agent, machines=machines)
    llama = _app(LLAMAINDEX, "llamaindex", ("iad", "iad"), 512, 8080, _LLAMAINDEX_SECRETS, now)
    fly = with_log(Fly((agent, llama, chatwoot_app(now), dashboard_app(now))), now)
    return EstateState(now, fly, Database(approvals if pg_url else ()), github=usual(now))


def _app(
    name: str,
    serves: Literal["agent-service", "llamaindex"],
    regions: tuple[str, ...],
    memory_mb: int,
    port: int,
    secrets: tuple[str, ...],
    now: float,
) -> App:
    releases = tuple(
        Release(version, f"registry.fly.io/{name}:deployment-{ulid(name, version)}", now - days * _DAY)
        for version, days in ((11, 6.0), (10, 19.0))
    )
    config = _config(releases[0], memory_mb, port)
    machines = tuple(
        _machine(name, index, region, config, releases[0].created_at, now)
        for index, region in enumerate(regions)
    )
    named = tuple(Secret(secret, digest(name, secret)[:16]) for secret in secrets)
    return App(name, serves, machines, releases, named)


def _machine(
    app: str, index: int, region: str, config: Mapping[str, Json], created_at: float, now: float
) -> Machine:
    word = ("wandering-leaf", "quiet-river", "small-harbor")[index % 3]
    bare = Machine(machine_id(app, index), f"{word}-{index + 1}", app, region, config, created_at)
    machine = boot(bare, created_at, ())
    machine = settle(replace(machine, last_request=now), (), now)
    return replace(machine, notes=())


def _config(release: Release, memory_mb: int, port: int) -> dict[str, Json]:
    return {
        "image": release.image_ref,
        "guest": {"cpu_kind": "shared", "cpus": 1, "memory_mb": memory_mb},
        "metadata": {
            "fly_platform_version": "v2",
            "fly_process_group": "app",
            "fly_release_id": digest(release.image_ref)[:12],
            "fly_release_version": str(release.version),
        },
        "restart": {"policy": "on-failure", "max_retries": 10},
        "services": [
            {
                "protocol": "tcp",
                "internal_port": port,
                "autostop": "stop",
                "autostart": True,
                "min_machines_running": 0,
                "ports": [{"port": 443, "handlers": ["tls", "http"]}],
                "concurrency": {"type": "requests", "soft_limit": 20, "hard_limit": 25},
            }
        ],
        "checks": {
            f"servicecheck-00-http-{port}": {
                "type": "http",
                "port": port,
                "path": "/health",
                "interval": "30s",
                "timeout": "5s",
                "grace_period": "10s",
            }
        },
    }
