"""`doctor`: is everything there that tonight's runbooks will need? Looks at all of it at once, in seconds.

Rules:

1. Nothing is changed and nobody is told: hosts are connected to and left, servers asked for their lists. With
   `probe` off, not even that. A test message goes out only where its role is named.
2. No value of a secret is shown: states and places only, and every line passes the redactor.
3. A look that fails, hangs or breaks is a line of its own, never the end of the others.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from engine.app.catalogue_health import of_catalogue
from engine.app.examined import Examined, in_order
from engine.app.extras import installed
from engine.app.library import Library
from engine.app.parts import (
    boot_clock,
    guard_of,
    live_parts,
    redactor_of,
    secret_names,
    secrets_of,
    system_now,
)
from engine.app.plans_examined import Planned, planned
from engine.app.probing import clock, dialled, disk, extra, git_ignored, send_test, server, tool
from engine.app.running import chosen_environment
from engine.app.workspace import Workspace
from engine.io.drivers.ledger import Ledger
from engine.io.journal.files import FileJournal
from engine.io.state_folder import look_at
from engine.kinds.errors import EngineError, FileErrors
from engine.views.reach import Host, extras, hosts, programs

if TYPE_CHECKING:
    from engine.io.redaction import Redactor
    from engine.io.world.guard import Guard
    from engine.io.world.secrets import Secrets
    from engine.io.world.sockets import SocketWorld

DEADLINE = 15.0
"""Seconds for everything; what has no answer by then is told as that."""
AT_ONCE = 16

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What to look at."""

    workspace: Workspace
    runbook: str = ""
    environment: str = ""
    probe: bool = True
    send_test: str = ""
    deadline: float = DEADLINE


def examine(asked: Examination) -> tuple[Examined, ...]:
    """Return how everything stands; raises UsageError for what was asked wrongly, and nothing else."""
    library = Library(asked.workspace)
    found = [*_local(asked)]
    plans: tuple[Planned, ...] = ()
    try:
        environment = chosen_environment(library, asked.environment)
        today = system_now().utc().date()
        looked, plans = planned(library, environment, asked.runbook, today)
        channels = plans[0].plan.channels if plans else library.catalogue.channels
        found += [*looked, *of_catalogue(library.catalogue, channels)]
    except FileErrors as broken:
        first = broken.findings[0]
        said = f"{first.file}:{first.line}: {first.finding.message}"
        found.append(Examined("workspace", "catalogue", "FAIL", said, "`runbook check` shows all of it"))
    if plans:
        found += asyncio.run(_outside(asked, plans))
    elif asked.send_test:
        said = "no runbook can be planned, so no channel is known"
        found.append(Examined("channel", asked.send_test, "?", said, "mend what FAILs first"))
    return in_order(found)


def _local(asked: Examination) -> Iterable[Examined]:
    """Yield what needs no plan."""
    from engine.app.workspace import content_root
    from engine.render.report import broken_templates

    folder = asked.workspace.templates
    wanted = sorted(one.name for one in (content_root() / "templates").glob("*.j2"))
    broken = broken_templates(folder, wanted)
    for name, why in broken.items():
        do = f"mend or remove {asked.workspace.shown(folder / name)}"
        yield Examined("template", name, "FAIL", why, do)
    if not broken:
        yield Examined("template", str(asked.workspace.shown(folder)), "ok", f"{len(wanted)} can be read")
    if asked.workspace.shipped:
        said = "there is no runbooks/ here or above: the shipped runbooks are used"
        yield Examined("workspace", "runbooks", "warn", said, "cd to your workspace")


async def _outside(asked: Examination, plans: tuple[Planned, ...]) -> list[Examined]:
    """Look at everything outside, all at once."""
    workspace, plan = asked.workspace, plans[0].plan
    secrets = secrets_of(plan, workspace.environ, workspace.root)
    named = {name for one in plans for name in secret_names(one.plan)}
    values = await _in_thread(lambda: secrets.values(sorted(named)), asked.deadline)
    redactor = redactor_of(plan, secrets) if values is not None else None
    journal = FileJournal(workspace.state / "doctor")  # never written: a world belongs to a run
    ledger = Ledger(journal, system_now, boot_clock)
    parts = live_parts(
        workspace.state / "doctor", plan, ledger, journal, workspace.environ, workspace.root, lambda: ()
    )
    try:
        guard = guard_of(plan, secrets, workspace.root)
        looks = _Looks(asked, plans, parts.world, secrets, guard)
        end = asyncio.get_running_loop().time() + asked.deadline
        found = await _by_deadline(
            looks.hosts(), asked.deadline
        )  # first: what is loaded later blocks the loop
        found += await _by_deadline(looks.others(), max(end - asyncio.get_running_loop().time(), 1.0))
    finally:
        await parts.world.close()
    if values is None:
        said = f"their sources did not answer within {asked.deadline:.0f}s"
        found.append(Examined("credential", "all", "?", said, "run the programs under `credentials` by hand"))
    else:
        found += _credentials(plans, secrets)
    return [_redacted(one, redactor) for one in found] if redactor else found


def _redacted(one: Examined, redactor: Redactor) -> Examined:
    return replace(one, name=redactor.text(one.name), said=redactor.text(one.said), do=redactor.text(one.do))


def _credentials(plans: tuple[Planned, ...], secrets: Secrets) -> Iterable[Examined]:
    needed = _needed((name, one.plan.runbook) for one in plans for name in secret_names(one.plan))
    made_up = plans[0].plan.drills
    for name, by in needed.items():
        if made_up:
            yield Examined("credential", name, "ok", f"made up for drills; needed by {by}")
            continue
        state = secrets.state(name)
        if state == "present":
            said = f"present, from {secrets.source(name) or 'its source'}; needed by {by}"
            yield Examined("credential", name, "ok", said)
        else:
            said = f"{state}: {secrets.why(name)}; needed by {by}"
            yield Examined(
                "credential", name, "FAIL", said, f"export {name}, or say under `credentials` where it is"
            )
    if not made_up:
        for warning in secrets.warnings(needed):
            yield Examined("credential", "files", "warn", warning, "mend it before somebody reads it")


@dataclass(frozen=True, slots=True)
class _Looks:
    """Every look at the outside, by the capabilities a run has."""

    asked: Examination
    plans: tuple[Planned, ...]
    world: SocketWorld
    secrets: Secrets
    guard: Guard

    def hosts(self) -> Mapping[tuple[str, str], Awaitable[Iterable[Examined]]]:
        """Return the connections, by area and name."""
        many = asyncio.Semaphore(AT_ONCE)
        needed = _needed((host, one.plan.runbook) for one in self.plans for host in hosts(one.plan))
        return {("host", str(host)): self._host(host, by, many) for host, by in needed.items()}

    def others(self) -> Mapping[tuple[str, str], Awaitable[Iterable[Examined]]]:
        """Return each other look by area and name."""
        looks: dict[tuple[str, str], Awaitable[Iterable[Examined]]] = {
            ("disk", "state folder"): self._disk(),
            ("git", "state folder"): git_ignored(self.asked.workspace, self.world),
        }
        for name, by in _needed(
            (program, one.plan.runbook) for one in self.plans for program in programs(one.plan)
        ).items():
            looks["tool", name] = tool(name, by, self.world, self.asked.workspace)
        for package, by in _needed(
            (package, one.plan.runbook) for one in self.plans for package in extras(one.plan)
        ).items():
            looks["extra", package] = _at_once(extra(package, by))
        plan = self.plans[0].plan
        if self.asked.probe:
            looks["clock", "this machine"] = clock(plan, self.world, system_now)
            if installed("mcp"):
                looks |= {("mcp", name): self._server(name) for name in plan.mcp}
        if self.asked.send_test:
            role = self.asked.send_test
            looks["channel", f"test to {role}"] = send_test(role, plan, self.world, system_now())
        return looks

    async def _host(self, host: Host, by: str, many: asyncio.Semaphore) -> Iterable[Examined]:
        refused = self.guard.host(host.name, host.port)
        if refused:
            said = f"{refused}; needed by {by}"
            return (Examined("host", str(host), "FAIL", said, "list it, or take it out of the runbook"),)
        if not self.asked.probe:
            return (Examined("host", str(host), "ok", f"allowed, not connected to; needed by {by}"),)
        async with many:
            return (await dialled(host, by, self.world),)

    async def _server(self, name: str) -> Iterable[Examined]:
        plan, seconds = self.plans[0].plan, self.asked.deadline - 1.0
        return await server(name, plan, self.world, self.secrets, self.guard, seconds)

    async def _disk(self) -> Iterable[Examined]:
        path = self.asked.workspace.state
        found = await _in_thread(lambda: look_at(path), self.asked.deadline)
        if found is None:
            said = f"{path} did not answer within {self.asked.deadline:.0f}s"
            return (Examined("disk", "state folder", "FAIL", said, "set RUNBOOK_STATE to a local disk"),)
        return disk(path, found)


def _needed(pairs: Iterable[tuple[T, str]]) -> Mapping[T, str]:
    """Return what is needed with the runbooks that need it, in order."""
    found: dict[T, list[str]] = {}
    for what, runbook in pairs:
        found.setdefault(what, []).append(runbook)
    return {what: _some(list(dict.fromkeys(by))) for what, by in found.items()}


def _some(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


async def _at_once(one: Examined) -> Iterable[Examined]:
    return (one,)


async def _by_deadline(
    looks: Mapping[tuple[str, str], Awaitable[Iterable[Examined]]], seconds: float
) -> list[Examined]:
    """Wait for all looks; what is late, or broke, is a line that says so."""
    tasks = {asyncio.ensure_future(look): place for place, look in looks.items()}
    if not tasks:
        return []
    done, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)
    found: list[Examined] = []
    for task, (area, name) in tasks.items():
        if task not in done or task.cancelled():
            found.append(
                Examined(area, name, "?", f"no answer within {seconds:.0f}s", "try again, or look by hand")
            )
        elif task.exception() is not None:
            fault = task.exception()
            said = (
                fault.message
                if isinstance(fault, EngineError)
                else f"a fault of ours: {type(fault).__name__}"
            )
            found.append(Examined(area, name, "?", said, "look by hand, and report it"))
        else:
            found += task.result()
    return found


async def _in_thread(work: Callable[[], T], seconds: float) -> T | None:
    """Return what blocking work comes to, or None when it takes too long: it is left to itself then."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, fault: BaseException | None) -> None:
        if answer.done():
            return
        if fault is not None:
            answer.set_exception(fault)
        else:
            answer.set_result(value)  # type: ignore[arg-type]  # there is one where nothing failed

    def run() -> None:
        value, fault = None, None
        try:
            value = work()
        except BaseException as error:
            fault = error
        with suppress(RuntimeError):  # nobody waits any more
            loop.call_soon_threadsafe(settle, value, fault)

    threading.Thread(target=run, daemon=True, name="doctor").start()
    try:
        async with asyncio.timeout(seconds):
            return await answer
    except TimeoutError:
        return None
