"""A shipped scenario in virtual time: the runbook, the live performer, and the stand-ins in the process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import engine
from engine.app.drilling import (
    OPERATOR,
    VIRTUAL_START,
    Drilled,
    faults_of,
    healthy_estate,
    plan_drill,
    script_of,
    virtual_urls,
)
from engine.app.library import Library
from engine.app.parts import redactor_of, secrets_of, virtual_ledger
from engine.app.workspace import Workspace
from engine.core.events import Happened, Settled, Started
from engine.core.plan import Plan
from engine.estate.estate import EstateState, schedule
from engine.estate.in_process import EstateHolder, InProcessHttp, InProcessWorld
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.evidence import MemoryEvidence
from engine.io.performers.live import LivePerformer
from engine.io.world.tell import Channel, Channels
from engine.kinds.errors import Waiting
from engine.kinds.values import Instant

ROOT = Path(__file__).parents[2]


@cache
def library() -> Library:
    """Return the shipped content, loaded once."""
    return Library(Workspace(ROOT, ROOT / ".runbook", {}))


def drilled(name: str) -> Drilled:
    """Return what happened in one shipped scenario."""
    return drill(name)[0]


@cache
def drill(name: str) -> tuple[Drilled, EstateState]:
    """Run one shipped scenario, once: what happened, and the estate as it was left (both are frozen)."""
    scenario = library().scenario(name)
    since = VIRTUAL_START.after(-float(scenario.alert.before))
    estate = EstateHolder(schedule(healthy_estate(since), faults_of(scenario)))
    estate.pass_time(VIRTUAL_START)
    urls = dict(virtual_urls())
    plan = plan_drill(library(), scenario, urls, since, "DRILL-20251123-030522")
    clock = VirtualClock(VIRTUAL_START)
    ledger = virtual_ledger(clock)
    happened: list[Happened] = []
    ledger.watchers.append(lambda one, state: happened.append(one))
    ledger.record(
        [Started(plan=plan, digest=plan.digest(), engine=engine.__version__, operator=OPERATOR)], OPERATOR
    )
    stuck = ""
    try:
        VirtualDriver(ledger, clock, _performer(plan, estate, urls, clock), script_of(scenario)).run()
    except Waiting as waiting:
        stuck = waiting.message
    return Drilled(scenario, plan, tuple(happened), ledger.state, stuck), estate.state


def settled(run: Drilled) -> list[Settled]:
    """Return how every visit of a step ended, in order."""
    return [one.event for one in run.happened if isinstance(one.event, Settled)]


def at(run: Drilled, step: str) -> Instant:
    """Return when a step settled for the first time."""
    return next(one.at for one in run.happened if isinstance(one.event, Settled) and one.event.step == step)


def _performer(plan: Plan, estate: EstateHolder, urls: dict[str, str], clock: VirtualClock) -> LivePerformer:
    secrets = secrets_of(plan, {})
    routes = {url: name for name, url in urls.items()}
    http = InProcessHttp(estate, routes, clock.now, secrets.fill)
    channels = {
        name: Channel(name, one.type, one.url, one.routing_key) for name, one in plan.channels.items()
    }
    servers = {name: urlsplit(one.url).netloc.removesuffix(".sandbox") for name, one in plan.mcp.items()}
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
