"""The only module that picks concrete parts: which world, journal, evidence, performer, driver."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import engine
from engine.app import yaml_text
from engine.app.credentials import redactor_of, secret_names, secrets_of, states_of
from engine.core.plan import Plan
from engine.io.drivers.ledger import Ledger
from engine.io.evidence import EvidenceStore, MemoryEvidence
from engine.io.journal.files import FileJournal
from engine.io.journal.memory import MemoryJournal
from engine.io.performers.dry import DryPerformer
from engine.io.performers.live import LivePerformer
from engine.io.performers.observe import ObservePerformer
from engine.io.performers.port import Performer
from engine.io.world.guard import Guard, places
from engine.io.world.secrets import Secrets
from engine.io.world.sql.socket_sql import fill_database
from engine.kinds.ports import OtherRun
from engine.kinds.values import Instant

if TYPE_CHECKING:
    from engine.estate.in_process import EstateHolder
    from engine.io.drivers.virtual import VirtualClock
    from engine.io.world.sockets import SocketWorld


def system_now() -> Instant:
    """Return the wall clock, to the microsecond the journal keeps."""
    return Instant(round(time.time(), 6))


def boot_clock() -> float:
    """Return a monotonic reading that goes on during suspend (reliability rule 9)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(slots=True)
class LiveParts:
    """The parts of a run on real sockets; `world` must be closed in its event loop."""

    ledger: Ledger
    performer: Performer
    world: SocketWorld
    journal: FileJournal


def live_ledger(folder: Path) -> tuple[Ledger, FileJournal]:
    """Return the ledger over a run folder, caught up."""
    journal = FileJournal(folder)
    ledger = Ledger(journal, system_now, boot_clock)
    ledger.catch_up()
    ledger.epoch = max(ledger.state.epoch, 1)
    return ledger, journal


def live_parts(
    folder: Path,
    plan: Plan,
    ledger: Ledger,
    journal: FileJournal,
    environ: Mapping[str, str],
    root: Path,
    others: Callable[[], tuple[OtherRun, ...]],
) -> LiveParts:
    """Return what a run on real sockets needs."""
    from engine.io.world.files import LocalFiles
    from engine.io.world.http.socket_http import SocketHttp
    from engine.io.world.mcp.clients import McpClients
    from engine.io.world.mcp.server import servers_of
    from engine.io.world.network.dns import SocketDns
    from engine.io.world.network.tcp import SocketTcp
    from engine.io.world.network.tls import SocketTls
    from engine.io.world.programs.commands import LocalCommands
    from engine.io.world.proofs import LocalProofs
    from engine.io.world.runs import FolderRuns
    from engine.io.world.sockets import SocketWorld
    from engine.io.world.sql.socket_sql import SocketSql
    from engine.io.world.tell import Apprise, Channel, Channels

    secrets = secrets_of(plan, environ, root)
    guard = guard_of(plan, secrets, root)
    http = SocketHttp(secrets, engine.__version__, allowed=guard.host)
    servers = servers_of(plan.mcp, plan.drills)
    channels = {n: Channel.of(n, c) for n, c in plan.channels.items()}
    tell = Channels(channels, http, Apprise(secrets.fill, here=plan.drills))
    world = SocketWorld(
        http=http,
        tcp=SocketTcp(),
        tls=SocketTls(),
        dns=SocketDns(),
        sql=SocketSql(secrets, root=root),
        commands=LocalCommands(secrets, root, environ),
        files=LocalFiles(root, yaml=yaml_text.data),
        mcp=McpClients(servers, secrets, engine.__version__, environ=environ, root=root),
        tell=tell,
        proofs=LocalProofs(tell, os.urandom),
        runs=FolderRuns(others),
    )
    redactor = ledger.redactor = redactor_of(plan, secrets)
    reads = LivePerformer(world, EvidenceStore(folder, redactor), redactor, guard)
    performer: Performer = ObservePerformer(reads) if ledger.state.mode == "observe" else reads
    return LiveParts(ledger, performer, world, journal)


def virtual_ledger(clock: VirtualClock) -> Ledger:
    """Return a ledger in memory, on a clock that jumps."""
    return Ledger(MemoryJournal(), clock.now, clock.monotonic)


def virtual_performer(
    plan: Plan, estate: EstateHolder, urls: Mapping[str, str], clock: VirtualClock
) -> Performer:
    """Return the live performer over the in-process estate."""
    from engine.estate.in_process import InProcessHttp, InProcessWorld
    from engine.io.world.tell import Channel, Channels

    secrets = secrets_of(plan, {})
    routes = {url: name for name, url in urls.items()}
    http = InProcessHttp(estate, routes, clock.now, secrets.fill)
    channels = {n: Channel.of(n, c) for n, c in plan.channels.items()}
    servers = {
        name: service
        for name, server in plan.mcp.items()
        for url, service in routes.items()
        if server.url == url or server.url.startswith(f"{url}/")
    }
    world = InProcessWorld(
        estate,
        routes=routes,
        clock=clock.now,
        tell=Channels(channels, http),
        fill=secrets.fill,
        servers=servers,
    )
    redactor = redactor_of(plan, secrets)
    return LivePerformer(world, MemoryEvidence(redactor), redactor, guard_of(plan, secrets, Path()))


def guard_of(plan: Plan, secrets: Secrets, root: Path) -> Guard:
    """Return what a run of this plan may reach; `root` is the workspace."""
    return Guard(
        access=plan.guards.access,
        root=root,
        fill=secrets.fill_url,
        fill_database=lambda dsn: fill_database(secrets, dsn),
        servers=plan.mcp,
        channels=plan.channels,
        only=places(plan.drill_targets) if plan.drills else None,
    )


def dry_performer(assume: Mapping[str, str]) -> Performer:
    """Return the performer of a dry run."""
    return DryPerformer(assume)


__all__ = [
    "LiveParts",
    "boot_clock",
    "dry_performer",
    "guard_of",
    "live_ledger",
    "live_parts",
    "redactor_of",
    "secret_names",
    "secrets_of",
    "states_of",
    "system_now",
    "virtual_ledger",
    "virtual_performer",
]
