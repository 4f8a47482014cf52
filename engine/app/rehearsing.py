"""`run --dry-run`: the plan walked through in virtual time, nothing asked of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import engine
from engine.app.credentials import redactor_of, refuse_in_clear, secrets_of
from engine.app.identity import person
from engine.app.library import Library
from engine.app.parts import system_now, virtual_ledger
from engine.app.running import Options, chosen_environment, plan_run
from engine.app.workspace import Workspace
from engine.core.events import Happened, Settled, Started
from engine.core.plan import Plan
from engine.core.state import RunState
from engine.kinds.errors import UsageError, Waiting


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A dry run: what would be asked, in order, and where it would end under the assumptions."""

    plan: Plan
    happened: tuple[Happened, ...]
    state: RunState
    stuck: str = ""
    missed: tuple[str, ...] = ()
    """What was assumed and not met on the way."""


def rehearse(workspace: Workspace, runbook: str, options: Options, assume: Mapping[str, str]) -> Rehearsed:
    """Walk one runbook through; raises UsageError or FileErrors, also for what cannot be assumed."""
    from engine.app.assumptions import AssumedPeople, AssumedWorld, assumptions
    from engine.estate.healthy import healthy
    from engine.io.drivers.virtual import VirtualClock, VirtualDriver

    library = Library(workspace)
    environment = chosen_environment(library, options.environment)
    marked = library.catalogue.environments.get(environment)
    now = system_now()
    urls = options.sandbox
    if marked is not None and marked.drills:
        urls = {name: f"http://{name}.sandbox" for name in healthy(now).services}
    by = person(workspace, options.identity)
    chosen = Options(
        environment=environment,
        inputs=options.inputs,
        since=options.since,
        sandbox=urls,
        incident=options.incident,
    )
    plan = plan_run(workspace, runbook, chosen, by, f"DRY-{now.utc():%Y%m%d-%H%M%S}", library)
    known = secrets_of(plan, workspace.environ, workspace.root, programs=False)
    refuse_in_clear(plan, redactor_of(plan, known))
    assumed = assumptions(plan, assume)
    plan = assumed.on(plan)
    problems: list[str] = []
    clock = VirtualClock(now)
    ledger = virtual_ledger(clock)
    happened: list[Happened] = []
    ledger.watchers.append(lambda one, state: happened.append(one))
    ledger.record(
        [Started(plan=plan, digest=plan.digest(), engine=engine.__version__, operator=by, mode="dry-run")], by
    )
    stuck = ""
    try:
        VirtualDriver(ledger, clock, AssumedWorld(assumed, problems), AssumedPeople(assumed, by)).run()
    except Waiting as waiting:
        stuck = waiting.message
    if problems:
        raise UsageError(f"--assume: {'; '.join(dict.fromkeys(problems))}", hint="leave one of the two out")
    left = [one.event.step for one in happened if isinstance(one.event, Settled)]
    return Rehearsed(plan, tuple(happened), ledger.state, stuck, assumed.missed(left))
