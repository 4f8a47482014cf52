"""One core, two drivers: a live sandbox run replays in virtual time to the same end, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from engine.app.drilling import Drilled, live_drill, virtual_drill
from engine.app.workspace import Workspace
from engine.core.events import Happened, Settled, Started
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.live import LiveDriver
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.io.performers.recorded import RecordedPeople, RecordedPerformer

ROOT = Path(__file__).parent.parent.parent
SCENARIO = "single-crash"
pytestmark = pytest.mark.xdist_group("one live drill")


class Quiet:
    """A front that shows nothing, for a run whose people are scripted."""

    def watch(self, happened: Happened, state: RunState) -> None:
        """Show nothing."""

    async def converse(self, driver: LiveDriver) -> None:
        """Wait until the run is over."""
        await asyncio.Event().wait()

    def attended(self) -> bool:
        """The script answers."""
        return True


def path(happened: Sequence[Happened]) -> list[tuple[str, str, str]]:
    """Return the settled steps in order, soak samples aside."""
    return [
        (one.event.step, one.event.outcome, one.event.target)
        for one in happened
        if isinstance(one.event, Settled)
    ]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Drilled:
    """One drill on real sockets and processes."""
    state = tmp_path_factory.mktemp("state")
    workspace = Workspace(ROOT, state, {"RUNBOOK_AS": "responder:reliability"})
    drilled, _ = asyncio.run(live_drill(workspace, SCENARIO, Quiet(), scripted=True))
    return drilled


def test_a_live_sandbox_run_replays_in_virtual_time_to_the_same_end(live: Drilled) -> None:
    """The journal of the sockets, through the other driver."""
    assert live.state.finished is not None
    first = live.happened[0]
    assert isinstance(first.event, Started)
    clock = VirtualClock(first.at)
    ledger = Ledger(MemoryJournal(), clock.now, clock.monotonic)
    again: list[Happened] = []
    ledger.watchers.append(lambda one, state: again.append(one))
    ledger.record([first.event], first.by)
    performer, people = RecordedPerformer.of(live.happened), RecordedPeople.of(live.happened)
    state = VirtualDriver(ledger, clock, performer, people).run()
    assert state.finished is not None
    assert live.state.finished.end == state.finished.end
    assert path(live.happened) == path(again)


def test_the_same_drill_takes_the_same_path_live_and_virtual(live: Drilled) -> None:
    """The stand-ins behind sockets and in virtual time lead the runbook the same way."""
    workspace = Workspace(ROOT, ROOT / ".runbook", {})
    assert path(virtual_drill(workspace, SCENARIO).happened) == path(live.happened)
