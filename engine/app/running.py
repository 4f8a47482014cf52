"""Starting, resuming and driving a run on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import getpass
import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Protocol

import engine
from engine.app.credentials import credentials_of, redactors, refuse_in_clear, secrets_of
from engine.app.extras import missing_extras
from engine.app.identity import check_role, person
from engine.app.library import Library
from engine.app.parts import boot_clock, live_ledger, live_parts, system_now
from engine.app.runs import INCIDENT, RunFolder, folders, note_repairs
from engine.app.sandbox import attach
from engine.app.scripts import pinned
from engine.app.surroundings import Surroundings
from engine.app.workspace import Workspace
from engine.core.events import Happened, Person, Resumed, Started, TakenOver
from engine.core.plan import Plan, Request, make_plan
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.live import LiveDriver
from engine.io.journal.files import FileJournal
from engine.io.journal.lease import Lease, Owner, holder
from engine.io.people import People
from engine.kinds import codec
from engine.kinds.errors import Exit, LeaseHeld, StorageError, UsageError
from engine.kinds.ports import OtherRun
from engine.kinds.references import references
from engine.kinds.secret_names import secret_names
from engine.kinds.values import Instant


class Front(Protocol):
    """What stands between a run and the person at this terminal."""

    def watch(self, happened: Happened, state: RunState) -> None:
        """Show one event; called for every record, replayed ones included."""
        ...

    async def converse(self, driver: LiveDriver) -> None:
        """Run beside the driver: show clocks, read keys, say answers; ends when cancelled."""
        ...

    def attended(self) -> bool:
        """Say whether a person can answer here; if not, the run stops at the first question."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says about a run."""

    environment: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    since: Instant | None = None
    mode: str = "run"
    identity: str = ""
    drill: str = ""
    seed: int = 0
    incident: str = ""
    """The dedup key of a PagerDuty incident to join."""
    prefix: str = ""
    """What the id of the run begins with; by the mode where nothing is said."""
    sandbox: Mapping[str, str] | None = None


PAGES = "messages by"
SEEING = "seeing who acknowledged a page"
"""What is lost without a credential of a channel, where it is no step."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A credential or an optional package that cannot be used, and the steps it will cost."""

    name: str
    state: str
    steps: tuple[str, ...]
    """Paths of steps; of what is no step, its words: `every fly look`, `messages by page`."""
    why: str = ""
    """Which source was asked and what it lacked, in one line."""


def _searched(workspace: Workspace, plan: Plan) -> Plan:
    """Return the plan if no secret stands in it in clear; raises UsageError."""
    refuse_in_clear(plan, redactors(workspace)(plan))
    return plan


def plan_run(
    workspace: Workspace, runbook: str, options: Options, by: Person, run: str, library: Library | None = None
) -> Plan:
    """Plan a run, from files that were read already where they are given; raises UsageError or FileErrors."""
    library = library or Library(workspace)
    loaded = library.runbook(runbook)
    check_role(by, library.catalogue.roles)
    environment = chosen_environment(library, options.environment)
    drills = (
        library.catalogue.environments[environment].drills
        if environment in library.catalogue.environments
        else False
    )
    urls = options.sandbox
    if urls is None:
        urls = attach(workspace).urls if drills and needs_sandbox(library, environment) else {}
    request = Request(
        run=run,
        environment=environment,
        inputs=options.inputs,
        since=options.since,
        sandbox=urls,
        operator_role=by.role,
        incident=options.incident,
    )
    return pinned(make_plan(loaded, library.runbook, library.catalogue, request), workspace.root)


def needs_sandbox(library: Library, environment: str) -> bool:
    """Say whether an environment's addresses are those of the stand-ins."""
    catalogue = library.catalogue
    parts = (
        codec.plain(catalogue.environments[environment]),
        *(codec.plain(s.environments.get(environment, {})) for s in catalogue.services.values()),
    )
    return any(name.startswith("sandbox.") for part in parts for name in references(part))


NO_ENVIRONMENT: Final = "write one into a file of runbooks/catalogue/: `environments: {local: {real: false}}`"
"""What to do where the catalogue knows none."""


def chosen_environment(library: Library, said: str) -> str:
    """Return --env, the workspace's own, or the only one there is; raises UsageError."""
    known = library.catalogue.environments
    chosen = said or library.workspace.settings.environment
    if chosen:
        return chosen
    if len(known) == 1:
        return next(iter(known))
    if not known:
        raise UsageError("the catalogue has no environment to run in", hint=NO_ENVIRONMENT)
    raise UsageError("which environment?", hint=f"add --env with one of: {', '.join(known)}")


def missing_credentials(
    plan: Plan, environ: Mapping[str, str], root: Path | None = None
) -> tuple[Missing, ...]:
    """Return what is missing before the run starts, an optional package included, with the steps it costs.

    `root` is the workspace, where the paths of env-files begin.
    """
    costs: dict[str, list[str]] = {}
    for cost, part in _costing(plan):
        for name in secret_names(part):
            costs.setdefault(name, []).append(cost)
    lacking = tuple(
        Missing(one.name, one.state, tuple(dict.fromkeys(costs.get(one.name, ()))), one.why)
        for one in credentials_of(plan, secrets_of(plan, environ, root))
        if one.state != "present"
    )
    return lacking + tuple(Missing(extra, "not installed", costs) for extra, costs in missing_extras(plan))


def _costing(plan: Plan) -> Iterator[tuple[str, object]]:
    """Yield every part of a plan that may need a credential, and what is lost without it."""
    yield from ((step.path, step.step) for step in plan.steps.values())
    yield from ((f"control {name}", check) for name, check in plan.controls.items())
    yield from ((f"every {name} look", server) for name, server in plan.mcp.items())
    for name, channel in plan.channels.items():
        yield f"{PAGES} {name}", replace(channel, api_token="")
        yield SEEING, channel.api_token


def start(
    workspace: Workspace, runbook: str, options: Options, library: Library | None = None
) -> tuple[RunFolder, Plan, Lease]:
    """Create the run's folder and first record, holding its lease."""
    by = person(workspace, options.identity)
    now = system_now()
    prefix = options.prefix or ("OBS" if options.mode == "observe" else INCIDENT)
    with starting(workspace):
        run, folder = new_run(
            workspace,
            prefix,
            now,
            lambda name: _searched(workspace, plan_run(workspace, runbook, options, by, name, library)),
        )
        lease = Lease.acquire(folder.path, owner(now))
    with folder.journal:
        ledger = Ledger(folder.journal, system_now, boot_clock)
        started = Started(
            plan=folder.plan,
            digest=folder.plan.digest(),
            engine=engine.__version__,
            operator=by,
            mode=options.mode,
            drill=options.drill,
            seed=options.seed,
            incident=folder.plan.incident,
        )
        ledger.record([started], by)
    return RunFolder(run, folder.path, redactors(workspace)), folder.plan, lease


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run folder that was just made."""

    path: Path
    journal: FileJournal
    plan: Plan


def new_run(
    workspace: Workspace, prefix: str, now: Instant, planned: Callable[[str], Plan]
) -> tuple[str, NewRun]:
    """Make the folder `PREFIX-yyyymmdd-hhmmss`, a second later where that one is taken."""
    for later in range(60):
        run = f"{prefix}-{now.after(later).utc():%Y%m%d-%H%M%S}"
        if (workspace.runs / run).exists():
            continue
        plan = planned(run)
        only_run(workspace, plan)
        workspace.made_state("runs")
        return run, NewRun(workspace.runs / run, FileJournal.create(workspace.runs / run), plan)
    raise StorageError(f"{workspace.runs} has a run for every second of the last minute")


@contextlib.contextmanager
def starting(workspace: Workspace) -> Iterator[None]:
    """Let one process at a time look for other runs and start its own."""
    try:
        workspace.made_state()
        lock = os.open(workspace.state / "start.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        hint = "set RUNBOOK_STATE to a folder that can be written"
        raise StorageError(f"{workspace.state}: {error.strerror}: no run was started", hint=hint) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def only_run(workspace: Workspace, plan: Plan) -> None:
    """Refuse a second run of a runbook in an environment while somebody drives one."""
    for folder in folders(workspace):
        held = holder(folder.path)
        if held is None:
            continue
        other = folder.state().plan
        if other and (other.runbook, other.environment) == (plan.runbook, plan.environment):
            raise LeaseHeld(
                f"{plan.runbook} in {plan.environment} is being run already: {folder.run}, by {held}",
                hint=f"`runbook show {folder.run} --follow` watches it; "
                f"`runbook take-over {folder.run}` takes it from them",
            )


def others(workspace: Workspace, run: str) -> tuple[OtherRun, ...]:
    """Return the runs of this state folder that somebody drives now, but for one."""
    found = []
    for folder in folders(workspace):
        if folder.run == run or holder(folder.path) is None:
            continue
        state = folder.state()
        if state.plan is not None:
            changing = tuple(
                op.asked.title
                for op in state.operations.values()
                if op.ended is None and op.asked.effect != "read"
            )
            found.append(
                OtherRun(
                    folder.run, state.plan.runbook, state.plan.environment, state.operator.name, changing
                )
            )
    return tuple(found)


def owner(now: Instant) -> Owner:
    """Return who holds a lease taken by this process."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid-{os.getuid()}"
    return Owner(socket.gethostname(), os.getpid(), user, now)


def take_up(folder: RunFolder, why: str, by: Person, *, force: bool = False) -> Lease:
    """Take the lease of an existing run and record it; raises LeaseHeld."""
    ledger, journal = live_ledger(folder.path)
    if folder.redactors is not None and ledger.state.plan is not None:
        ledger.redactor = folder.redactors(ledger.state.plan)
    with journal:
        check_role(by, ledger.state.plan.roles if ledger.state.plan else ())
        if force:
            while True:
                ledger.epoch = ledger.state.epoch + 1
                if ledger.record([TakenOver(why=why)], by):
                    break
            lease = Lease.take_over(folder.path, owner(system_now()))
        else:
            lease = Lease.acquire(folder.path, owner(system_now()))
        now = system_now()
        overdue = tuple(
            f"{prompt.prompted.text} (due {prompt.prompted.due.clock()})"
            for prompt in ledger.state.prompts.values()
            if prompt.given is None and prompt.prompted.due is not None and prompt.prompted.due < now
        )
        while not ledger.record([Resumed(why=why, overdue=overdue)], by):
            pass
        note_repairs(ledger, journal)
    return lease


async def drive(
    workspace: Workspace, folder: RunFolder, front: Front, people: tuple[People, ...] = ()
) -> RunState:
    """Drive a run whose lease this process holds, with a front beside it."""
    ledger, journal = live_ledger(folder.path)
    with journal:
        plan = ledger.state.plan
        if plan is None:
            raise UsageError(f"{folder.run} has no first record")
        if ledger.state.mode not in ("run", "observe"):
            raise UsageError(f"{folder.run} is a {ledger.state.mode}: it cannot be driven")
        for record in folder.read():
            front.watch(record, ledger.state)
        ledger.watchers.append(front.watch)
        parts = live_parts(
            folder.path,
            plan,
            ledger,
            journal,
            workspace.environ,
            workspace.root,
            lambda: others(workspace, folder.run),
        )
        driver = LiveDriver(
            ledger, parts.performer, people, lambda: not front.attended(), Surroundings(workspace).news
        )
        loop = asyncio.get_running_loop()
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(sig, driver.interrupt, signal.Signals(sig).name)
        talk = asyncio.create_task(front.converse(driver))
        try:
            with _mirrored(workspace, folder, driver):
                return await driver.run()
        finally:
            talk.cancel()
            await asyncio.gather(talk, return_exceptions=True)
            await parts.world.close()


def _mirrored(
    workspace: Workspace, folder: RunFolder, driver: LiveDriver
) -> contextlib.AbstractContextManager[None]:
    """Return what copies the run's evidence while it goes, where the workspace wants that."""
    if not workspace.settings.evidence.wanted:
        return contextlib.nullcontext()
    from engine.app.mirroring import mirrored

    return mirrored(workspace, folder, driver)


def exit_code(state: RunState) -> Exit:
    """Return the exit code of a run as it stands."""
    if state.finished is None:
        return Exit.INTERRUPTED if state.interrupted else Exit.WAITING
    if state.finished.end in ("resolved", "false-alarm"):
        return Exit.RESOLVED
    if state.undelivered and not state.delivered:
        return Exit.NOBODY_TOLD
    return Exit.ENDED


__all__ = [
    "Front",
    "LeaseHeld",
    "Missing",
    "Options",
    "drive",
    "exit_code",
    "missing_credentials",
    "start",
    "take_up",
]
