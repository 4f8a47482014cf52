"""The shipped checks and actions against the stand-ins: each fault reads as the cause it is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from engine.estate.estate import AGENT
from engine.estate.fault import Fault
from engine.estate.healthy import healthy
from engine.estate.in_process import EstateHolder, InProcessWorld
from engine.kinds.actions.fly_image import FlyImageAction
from engine.kinds.checks.fly_machines import FlyMachinesCheck
from engine.kinds.checks.fly_releases import FlyReleasesCheck
from engine.kinds.checks.fly_secrets import FlySecretsCheck
from engine.kinds.ports import Message
from engine.kinds.values import Instant, Json
from tests.estate.by_hand import START


class Nobody:
    """Channels that nothing here uses."""

    async def send(self, message: Message) -> str:
        """Fail: no check tells anyone anything."""
        raise AssertionError(message.title)


class Scene:
    """The estate in virtual time, and a clock."""

    def __init__(self) -> None:
        self.now: Instant = START
        self.holder = EstateHolder(healthy(START))
        self.world = InProcessWorld(
            self.holder,
            routes={"https://api.machines.dev": "machines-api"},
            clock=lambda: self.now,
            tell=Nobody(),
            fill=lambda text: text.replace("${secrets.FLY_API_TOKEN}", "token"),
        )

    def cause(self) -> Json:
        """Return why the agent service's machines do not run, as the check sees it."""
        return asyncio.run(FlyMachinesCheck(fly_machines=AGENT).observe(self.world, 10.0)).facts["cause"]


@pytest.mark.parametrize(
    ("kind", "params", "cause"),
    [
        ("idle", {}, "idle"),
        ("crash-loop", {}, "crash-loop"),
        ("crash-loop", {"minutes_before": 0.5}, "crash-loop"),
        ("single-crash", {}, "crash"),
        ("oom", {}, "out-of-memory"),
        ("killed", {}, "killed"),
        ("secret-lost", {}, "crash-loop"),
        ("no-machine", {}, "no-machines"),
        ("no-machine", {"mode": "host"}, "unreachable"),
    ],
)
def test_a_fault_reads_as_its_cause(kind: str, params: Mapping[str, Json], cause: str) -> None:
    """And a healthy app reads as started."""
    scene = Scene()
    assert "started" == scene.cause()
    scene.holder.strike(Fault(AGENT, kind, params=params), START)
    scene.now = START.after(5)
    assert cause == scene.cause()


def test_a_rollback_by_the_shipped_action_brings_the_app_back() -> None:
    """Read the release before, put its image on the machine, see it run; one change is counted."""
    scene = Scene()
    scene.holder.strike(Fault(AGENT, "crash-loop"), START)
    releases = asyncio.run(FlyReleasesCheck(fly_releases=AGENT).observe(scene.world, 10.0)).facts
    previous = releases["previous"]
    assert isinstance(previous, Mapping)
    app = scene.holder.state.fly.app(AGENT)
    assert app is not None
    machine = app.machines[0].id
    action = FlyImageAction(fly_image=AGENT, machine=machine, image=str(previous["image"]))
    assert "done" == asyncio.run(action.perform(scene.world, 60.0)).outcome
    scene.now = START.after(10)
    assert "started" == scene.cause()
    assert {("update-image", machine): 1} == scene.holder.state.counts()


def test_a_lost_secret_is_missing_by_name() -> None:
    """The names are read, never a value."""
    scene = Scene()
    scene.holder.strike(Fault(AGENT, "secret-lost"), START)
    check = FlySecretsCheck(fly_secrets=AGENT, need=("OPENAI_API_KEY", "PG_URL"))
    assert ["OPENAI_API_KEY"] == asyncio.run(check.observe(scene.world, 10.0)).facts["missing"]
