"""Drills: the same runbook against stand-ins that are broken on purpose.

In CI the estate lives in the process and time jumps; for people it is a sandbox on loopback sockets.
Either way it is the live performer, the one core and the runbook that runs in production.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import engine
from engine.app import sandbox
from engine.app.library import Library
from engine.app.operators import operator_of
from engine.app.parts import system_now, virtual_ledger, virtual_performer
from engine.app.running import Front, Options, drive, start
from engine.app.runs import RunFolder, require_sandbox_free
from engine.app.workspace import Workspace
from engine.core.events import Happened, Person, Started
from engine.core.memo import Memo
from engine.core.plan import Plan, Request, make_plan
from engine.core.state import RunState
from engine.io.people import Line, Script
from engine.kinds import codec
from engine.kinds.errors import UsageError, Waiting
from engine.kinds.values import Instant, Json

if TYPE_CHECKING:
    from engine.estate.estate import EstateState
    from engine.estate.fault import Fault
    from engine.estate.in_process import EstateHolder
    from engine.estate.pagerduty import OnCall
    from engine.model.scenario import Scenario

SEALED = "sealed"
PAGE = "page"
"""The item of a scripted answer that is given in PagerDuty, not at the terminal."""
VIRTUAL_START = Instant.parse("2025-11-23T03:05:22Z")
"""When a virtual drill begins whose scenario does not say, so that two runs of one differ in nothing."""
VIRTUAL_TAG = "virtual"
"""The tag of a scenario that sockets cannot play although its faults could: it needs a table or a file."""


@dataclass(frozen=True, slots=True)
class Drilled:
    """One drill that was run."""

    scenario: Scenario
    plan: Plan
    happened: tuple[Happened, ...]
    state: RunState
    stuck: str = ""
    """Why the run did not end by itself."""


def faults_of(scenario: Scenario) -> Sequence[Fault]:
    """Return the scenario's faults as the estate knows them."""
    from engine.estate.fault import Fault

    return [
        Fault(
            fault.service,
            fault.kind,
            float(fault.at),
            None if fault.until is None else float(fault.until),
            fault.heal or None,
            fault.params,
        )
        for fault in scenario.faults
    ]


def fault_lines(scenario: Scenario) -> Sequence[Mapping[str, Json]]:
    """Return the scenario's faults as plain data, for the sandbox process."""
    return [
        {
            "service": f.service,
            "kind": f.kind,
            "at": f.at,
            "until": f.until,
            "heal": f.heal,
            "params": dict(f.params),
        }
        for f in faults_of(scenario)
    ]


def only_virtual(scenario: Scenario) -> str:
    """Return why a scenario can be played in virtual time only; empty where sockets can play it.

    Its faults decide; the tag may add to them and takes nothing away.
    """
    from engine.estate.faults_virtual import virtual_only

    tagged = f"it is tagged {VIRTUAL_TAG}" if VIRTUAL_TAG in scenario.tags else ""
    return virtual_only(faults_of(scenario)) or tagged


def require_playable(scenario: Scenario) -> None:
    """Raise UsageError for a scenario that sockets cannot play."""
    if why := only_virtual(scenario):
        raise UsageError(
            f"{scenario.scenario} can be played in virtual time only ({why})",
            hint=f"runbook drill --scenario {scenario.scenario} --virtual",
        )


def responder(library: Library, scenario: Scenario) -> Person:
    """Return who runs a drill that is all script."""
    role = operator_of(library, scenario.runbook).role
    return Person(name="responder", role=role, identity="claimed")


def script_of(scenario: Scenario, operator: Person) -> Script:
    """Return the scenario's people; a line without a role is the operator's."""
    return Script(
        [
            Line(
                answer=one.answer,
                step=one.step,
                item=one.item,
                after=float(one.after),
                person=Person(name=one.by, role=one.role or operator.role, identity="claimed", via="script"),
                reason=one.reason,
                values=one.values,
            )
            for one in scenario.people
        ]
    )


def on_call_of(scenario: Scenario) -> tuple[OnCall, ...]:
    """Return the scenario's people who acknowledge in PagerDuty (`item: page`), the particular ones first."""
    from engine.estate.pagerduty import OnCall
    from engine.model.scenario import ANY_STEP

    lines = [one for one in scenario.people if one.item == PAGE]
    return tuple(
        OnCall(one.by, float(one.after), "" if one.step == ANY_STEP else f"/{one.step}#")
        for one in sorted(lines, key=lambda one: one.step == ANY_STEP)
    )


def healthy_estate(now: float) -> EstateState:
    """Return the estate as it is on a good day."""
    from engine.estate.healthy import healthy

    return healthy(now)


def alerted(library: Library, scenario: Scenario, start: Instant) -> Instant:
    """Return when the alert fired: `before` the start, in the time of the environment.

    Faults count from the start in either world; the ladder counts from the alert, and is scaled.
    """
    environment = library.catalogue.environments.get(scenario.environment)
    scale = environment.time_scale if environment else 1.0
    return start.after(-scenario.alert.before / scale)


def plan_drill(
    library: Library, scenario: Scenario, urls: Mapping[str, str], since: Instant, run: str
) -> Plan:
    """Plan the run of a drill; raises UsageError where the environment is not marked for drills."""
    environment = library.catalogue.environments.get(scenario.environment)
    if environment is None or not environment.drills:
        raise UsageError(
            f"{scenario.scenario}: environment '{scenario.environment}' is not marked for drills"
        )
    role = responder(library, scenario).role
    request = Request(
        run=run, environment=scenario.environment, since=since, sandbox=urls, operator_role=role
    )
    return make_plan(library.runbook(scenario.runbook), library.runbook, library.catalogue, request)


def virtual_plan(library: Library, scenario: Scenario, since: Instant, run: str) -> Plan:
    """Return the plan of a virtual drill; those of one runbook differ in run and time, so one is made."""
    environment = library.catalogue.environments.get(scenario.environment)
    plan = _PLANS.of(
        lambda: plan_drill(library, scenario, virtual_urls(), VIRTUAL_START, "DRILL"),
        library.runbook(scenario.runbook),
        library.catalogue,
        environment,
    )
    return replace(plan, since=since, run=run)


_PLANS: Memo[Plan] = Memo()


def virtual_urls() -> Mapping[str, str]:
    """Return the addresses of the stand-ins in virtual time."""
    from engine.estate.in_process_sql import ADDRESS

    services = healthy_estate(VIRTUAL_START).services
    return {**{service: f"http://{service}.sandbox" for service in services}, "postgres": ADDRESS}


def needs_postgres(library: Library, scenario: Scenario) -> bool:
    """Say whether a scenario's runbook asks the sandbox's database by SQL: a real one takes time to start."""
    from engine.estate.in_process_sql import ADDRESS

    plan = plan_drill(library, scenario, virtual_urls(), VIRTUAL_START, "DRILL")
    return ADDRESS in codec.canonical(plan.steps)


def virtual_drill(workspace: Workspace, name: str) -> Drilled:
    """Run one scenario in virtual time; raises UsageError or FileErrors."""
    library = Library(workspace)
    return virtual_drill_of(library, library.scenario(name))


def beginning(scenario: Scenario) -> Instant:
    """Return when a drill begins in virtual time."""
    return VIRTUAL_START if scenario.start is None else scenario.start


def broken_estate(scenario: Scenario) -> EstateHolder:
    """Return the estate of a virtual drill at its start, with the scenario's faults and people."""
    from engine.estate.estate import schedule
    from engine.estate.in_process import EstateHolder
    from engine.estate.pagerduty import PagerDuty

    begins = beginning(scenario)
    estate = EstateHolder(schedule(healthy_estate(begins), faults_of(scenario)))
    estate.state = replace(estate.state, pager=PagerDuty(people=on_call_of(scenario)))
    estate.pass_time(begins)
    return estate


def virtual_drill_of(library: Library, scenario: Scenario, estate: EstateHolder | None = None) -> Drilled:
    """Run one loaded scenario in virtual time; an estate that is given shows afterwards how it was left."""
    from engine.io.drivers.virtual import VirtualClock, VirtualDriver

    begins = beginning(scenario)
    since = alerted(library, scenario, begins)
    estate = estate or broken_estate(scenario)
    urls = virtual_urls()
    run = f"DRILL-{begins.utc():%Y%m%d-%H%M%S}"
    plan = virtual_plan(library, scenario, since, run)
    clock = VirtualClock(begins)
    ledger = virtual_ledger(clock)
    happened: list[Happened] = []
    ledger.watchers.append(lambda one, state: happened.append(one))
    operator = responder(library, scenario)
    started = Started(
        plan=plan, digest=plan.digest(), engine=engine.__version__, operator=operator, drill=scenario.scenario
    )
    ledger.record([started], operator)
    people = script_of(scenario, operator)
    driver = VirtualDriver(ledger, clock, virtual_performer(plan, estate, urls, clock), people)
    stuck = ""
    try:
        driver.run()
    except Waiting as waiting:
        stuck = waiting.message
    return Drilled(scenario, plan, tuple(happened), ledger.state, stuck)


async def live_drill(
    workspace: Workspace, name: str, front: Front, *, scripted: bool, seed: int = 0, identity: str = ""
) -> tuple[Drilled, RunFolder]:
    """Run one scenario on sockets: the sandbox comes up broken, the runbook is run, the sandbox goes down.

    Refused while somebody drives a run that may use the sandbox: it would be taken from under them.
    The journal says only that the drill is sealed: whoever reads along must not learn what is broken.
    """
    library = Library(workspace)
    scenario = library.scenario(name)
    require_playable(scenario)
    require_sandbox_free(workspace)
    up = sandbox.up(workspace, fault_lines(scenario), SEALED, postgres=needs_postgres(library, scenario))
    try:
        options = Options(
            environment=scenario.environment,
            since=alerted(library, scenario, system_now()),
            identity=identity,
            drill=SEALED,
            seed=seed,
            prefix="DRILL",
            sandbox=up.urls,
        )
        folder, plan, lease = start(workspace, scenario.runbook, options, library)
        with lease:
            people = (script_of(scenario, responder(library, scenario)),) if scripted else ()
            state = await drive(workspace, folder, front, people)
    finally:
        sandbox.down(workspace)
    return Drilled(scenario, plan, folder.read(), state), folder


def drawn(workspace: Workspace, runbook: str, seed: int, *, virtual: bool = False) -> str:
    """Draw a scenario of a runbook, for sockets one that they can play; the same seed draws the same one."""
    import random

    library = Library(workspace)
    workspace.runbook_file(runbook)  # a wrong id is told before anything is drawn
    scenarios = (library.scenario(name) for name in sorted(workspace.scenario_files()))
    known = [scenario for scenario in scenarios if scenario.runbook == runbook]
    if not known:
        raise UsageError(
            f"there is no scenario for {runbook}", hint="docs/howto/write-a-drill.md says how to write one"
        )
    playable = [scenario.scenario for scenario in known if virtual or not only_virtual(scenario)]
    if not playable:
        raise UsageError(
            f"every scenario for {runbook} can be played in virtual time only",
            hint=f"runbook drill {runbook} --virtual, or --all for every one of them",
        )
    return random.Random(seed).choice(playable)  # noqa: S311  # a drill is no secret


def now_seed() -> int:
    """Return a seed from the clock, for a drill nobody asked to repeat."""
    return int(system_now() * 1000) % 1_000_000
