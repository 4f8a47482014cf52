"""One core, two drivers: a live sandbox run replays in virtual time to the same end, step by step."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from engine.app.drilling import live_drill, virtual_drill
from engine.app.workspace import Workspace
from engine.core.events import Happened, Resumed, Settled, Started
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.live import LiveDriver
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.io.performers.recorded import RecordedPeople, RecordedPerformer

ROOT = Path(__file__).parent.parent.parent


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


def path(happened: tuple[Happened, ...] | list[Happened]) -> list[tuple[str, str, str]]:
    """Return the settled steps in order, soak samples aside."""
    return [(one.event.step, one.event.outcome, one.event.target) for one in happened if isinstance(one.event, Settled)]


@pytest.mark.parametrize("scenario", ["single-crash"])
def test_a_live_sandbox_run_replays_in_virtual_time_to_the_same_end(tmp_path: Path, scenario: str) -> None:
    """Real sockets and processes first, then the same journal through the other driver."""
    workspace = Workspace(ROOT, tmp_path / "state", {"RUNBOOK_AS": "responder:reliability"})
    drilled, _ = asyncio.run(live_drill(workspace, scenario, Quiet(), scripted=True))
    assert drilled.state.finished is not None
    first = drilled.happened[0]
    clock = VirtualClock(first.at)
    ledger = Ledger(MemoryJournal(), clock.now, clock.monotonic)
    again: list[Happened] = []
    ledger.watchers.append(lambda one, state: again.append(one))
    assert isinstance(first.event, Started)
    ledger.record([first.event], first.by)
    happened = [one for one in drilled.happened if not isinstance(one.event, Resumed)]
    driver = VirtualDriver(ledger, clock, RecordedPerformer.of(happened), RecordedPeople.of(happened))
    state = driver.run()
    assert state.finished is not None
    assert drilled.state.finished.end == state.finished.end
    assert path(drilled.happened) == path(again)


@pytest.mark.parametrize("scenario", ["single-crash"])
def test_the_same_drill_takes_the_same_path_live_and_virtual(tmp_path: Path, scenario: str) -> None:
    """The stand-ins behind sockets and in virtual time lead the runbook the same way."""
    workspace = Workspace(ROOT, tmp_path / "state", {"RUNBOOK_AS": "responder:reliability"})
    live, _ = asyncio.run(live_drill(workspace, scenario, Quiet(), scripted=True))
    assert path(virtual_drill(workspace, scenario).happened) == path(live.happened)
