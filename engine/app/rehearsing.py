"""`run --dry-run`: the plan walked through in virtual time, nothing asked of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import engine
from engine.app.credentials import redactor_of, refuse_in_clear, secrets_of
from engine.app.identity import person
from engine.app.library import Library
from engine.app.parts import dry_performer, system_now, virtual_ledger
from engine.app.running import Options, chosen_environment, plan_run
from engine.app.workspace import Workspace
from engine.core.events import Answered, Happened, Person, Prompted, Started
from engine.core.plan import Plan
from engine.core.state import RunState
from engine.io.people import Reply
from engine.kinds.errors import Waiting


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A dry run: what would be asked, in order, and where it would end under the assumptions."""

    plan: Plan
    happened: tuple[Happened, ...]
    state: RunState
    stuck: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """People of a dry run: the answer given for a step, else its default, else its first option."""

    assume: Mapping[str, str]
    person: Person

    def reply(self, prompted: Prompted) -> Reply | None:
        """Answer at once, and say that it is assumed."""
        keys = [option.key for option in prompted.options]
        said = self.assume.get(prompted.step, prompted.default or keys[0])
        choice = said if said in keys else keys[0]
        by = self.person if prompted.kind != "approve" else Person(name="assumed", role=prompted.role)
        answer = Answered(prompt=prompted.prompt, choice=choice, reason="assumed", digest=prompted.digest)
        return Reply(answer, by, 0.0)


def rehearse(workspace: Workspace, runbook: str, options: Options, assume: Mapping[str, str]) -> Rehearsed:
    """Walk one runbook through; raises UsageError or FileErrors."""
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
    clock = VirtualClock(now)
    ledger = virtual_ledger(clock)
    happened: list[Happened] = []
    ledger.watchers.append(lambda one, state: happened.append(one))
    ledger.record(
        [Started(plan=plan, digest=plan.digest(), engine=engine.__version__, operator=by, mode="dry-run")], by
    )
    stuck = ""
    try:
        VirtualDriver(ledger, clock, dry_performer(assume), Assumed(assume, by)).run()
    except Waiting as waiting:
        stuck = waiting.message
    return Rehearsed(plan, tuple(happened), ledger.state, stuck)
