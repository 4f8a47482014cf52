"""The only module that picks concrete parts: which world, journal, evidence, performer, driver."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import engine
from engine.core.plan import Plan
from engine.io.drivers.ledger import Ledger
from engine.io.evidence import EvidenceStore, MemoryEvidence
from engine.io.journal.files import FileJournal
from engine.io.journal.memory import MemoryJournal
from engine.io.performers.dry import DryPerformer
from engine.io.performers.live import LivePerformer
from engine.io.performers.observe import ObservePerformer
from engine.io.performers.port import Performer
from engine.io.redaction import Redactor
from engine.io.world.secrets import Secrets
from engine.kinds import codec
from engine.kinds.ports import OtherRun
from engine.kinds.references import references
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


def secret_names(plan: Plan) -> tuple[str, ...]:
    """Return every secret the plan names, in order."""
    named = (name for name in references(codec.plain(plan)) if name.startswith("secrets."))
    return tuple(dict.fromkeys(name.removeprefix("secrets.") for name in named))


def secrets_of(plan: Plan, environ: Mapping[str, str]) -> Secrets:
    """Return the secrets of a run: made-up ones in environments marked for drills."""
    if plan.drills:
        from engine.app.sandbox import secrets

        return Secrets({}, secrets(secret_names(plan)))
    return Secrets(environ)


def redactor_of(plan: Plan, secrets: Secrets) -> Redactor:
    """Return the choke point that knows every secret of the plan."""
    return Redactor(secrets.values(secret_names(plan)))


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
    from engine.io.world.commands import LocalCommands
    from engine.io.world.dns import SocketDns
    from engine.io.world.files import LocalFiles
    from engine.io.world.http import SocketHttp
    from engine.io.world.mcp import McpClients
    from engine.io.world.mcp import McpServer as Server
    from engine.io.world.proofs import LocalProofs
    from engine.io.world.runs import FolderRuns
    from engine.io.world.sockets import SocketWorld
    from engine.io.world.sql import SocketSql
    from engine.io.world.tcp import SocketTcp
    from engine.io.world.tell import Channel, Channels
    from engine.io.world.tls import SocketTls

    secrets = secrets_of(plan, environ)
    http = SocketHttp(secrets, engine.__version__)
    servers = {n: Server(n, s.url, dict(s.headers), tuple(s.tools)) for n, s in plan.mcp.items()}
    channels = {n: Channel(n, c.type, c.url, c.routing_key) for n, c in plan.channels.items()}
    tell = Channels(channels, http)
    world = SocketWorld(
        http=http,
        tcp=SocketTcp(),
        tls=SocketTls(),
        dns=SocketDns(),
        sql=SocketSql(secrets),
        commands=LocalCommands(secrets, root),
        files=LocalFiles(root),
        mcp=McpClients(servers, secrets, engine.__version__),
        tell=tell,
        proofs=LocalProofs(tell),
        runs=FolderRuns(others),
    )
    redactor = redactor_of(plan, secrets)
    reads = LivePerformer(world, EvidenceStore(folder, redactor), redactor)
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
    channels = {n: Channel(n, c.type, c.url, c.routing_key) for n, c in plan.channels.items()}
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
    return LivePerformer(world, MemoryEvidence(redactor), redactor)


def dry_performer(assume: Mapping[str, str]) -> Performer:
    """Return the performer of a dry run."""
    return DryPerformer(assume)


def states_of(plan: Plan, secrets: Secrets) -> Iterable[tuple[str, str]]:
    """Yield every secret the plan names with present, missing or placeholder."""
    for name in secret_names(plan):
        yield name, secrets.state(name)
