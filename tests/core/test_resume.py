"""Resume: from every prefix of a journal a run ends the same, and no change is performed twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.core.events import Ended, Finished, Happened, Resumed, Settled
from engine.core.state import RunState
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.files import FileJournal
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Line, Script
from engine.kinds.errors import Waiting
from tests.core.play import ANN, Outcomes, Played, play

INCIDENT = """
look:
  checks: {health: {http: "http://x/health"}, db: {tcp: "db:5432"}}
  then: {any: cause}
cause:
  decide: [{if: {look.health: fail}, go: restart, raise: SEV-1}]
  else: false-alarm
restart:
  phase: mitigate
  action:
    http: "http://x/restart"
    operation: restart-machine
    irreversible: a restart
    reconcile: {http: "http://x/events"}
  then: {done: roll, failed: escalated}
roll:
  action: {http: "http://x/roll", operation: restart-machine, repeatable: true, undo: {http: "http://x/unroll"}}
  then: {done: well, failed: escalated}
well:
  phase: verify
  wait: {until: {http: "http://x/health"}, soak: {passes: 3, every: 30s, for: 1m}, limit: 10m, recovery: true}
  then: {held: users}
users: {ask: "Are users happy?", options: {yes: "yes", no: "no"}, then: {yes: resolved, no: escalated}}
"""
TABLE = {"look.health": "fail", "restart.reconcile.0": "pass"}
PEOPLE = Script([Line("yes", person=ANN, after=2.0)])


@pytest.fixture(scope="module")
def recorded() -> Played:
    """The whole run, undisturbed."""
    return play(INCIDENT, TABLE, people=PEOPLE)


class Targets:
    """Counts effects where they happen, not where the engine says so."""

    def __init__(self, done: list[str]) -> None:
        self.done = done

    async def perform(self, move: object) -> Ended:
        """Count a change, then answer."""
        asked = move.asked  # type: ignore[attr-defined]
        if asked.what == "action":
            self.done.append(asked.operation)
        return await Outcomes(TABLE).perform(move)  # type: ignore[arg-type]


def effects_before(happened: list[Happened]) -> list[str]:
    """Return the changes that reached their target in a prefix: an asked change certainly had its effect."""
    return [one.event.operation for one in happened if getattr(one.event, "what", "") == "action"]  # type: ignore[union-attr]


def test_the_run_itself_resolves(recorded: Played) -> None:
    """The undisturbed run is the measure."""
    assert "resolved" == recorded.end
    assert 2 == len(effects_before(recorded.happened))


def test_every_prefix_resumes_to_the_same_end_and_repeats_no_change(recorded: Played) -> None:
    """Cut after each record; the change in the air had its effect and is reconciled, not repeated."""
    path = [one.event.step for one in recorded.happened if isinstance(one.event, Settled)]
    records = recorded.journal.read()
    for cut in range(1, len(records)):
        done = effects_before(recorded.happened[:cut])
        journal = MemoryJournal(records[:cut])
        clock = VirtualClock(records[cut - 1].at.after(5.0))
        ledger = Ledger(journal, clock.now, clock.monotonic)
        ledger.catch_up()
        happened: list[Happened] = []
        ledger.watchers.append(lambda one, state, happened=happened: happened.append(one))  # type: ignore[misc]
        if ledger.state.finished is None:
            ledger.record([Resumed(why="test")], ANN)
        state = VirtualDriver(ledger, clock, Targets(done), PEOPLE).run()
        assert state.finished is not None
        assert ("resolved", cut) == (state.finished.end, cut)
        before = [one.event.step for one in recorded.happened[:cut] if isinstance(one.event, Settled)]
        after = [one.event.step for one in happened if isinstance(one.event, Settled)]
        assert (path, cut) == (before + after, cut)
        restarts = [name for name in done if name.startswith("restart")]
        assert (1, cut) == (len(restarts), cut), done
        rolls = [name for name in done if name.startswith("roll")]
        assert len(rolls) == len(set(rolls)) <= 2, (
            done
        )  # declared repeatable: asked again under a new attempt


def test_a_change_in_the_air_without_reconcile_waits_for_a_person(recorded: Played) -> None:
    """Asked, not ended, not repeatable, no reconcile: a question, never a guess."""
    text = INCIDENT.replace('    reconcile: {http: "http://x/events"}\n', "")
    played = play(text, TABLE, people=PEOPLE)
    records = played.journal.read()
    cut = next(
        n
        for n, one in enumerate(played.happened, 1)
        if getattr(one.event, "operation", "") == "restart#1.do.0@1"
    )
    journal = MemoryJournal(records[:cut])
    clock = VirtualClock(records[cut - 1].at.after(5.0))
    ledger = Ledger(journal, clock.now, clock.monotonic)
    ledger.catch_up()
    done: list[str] = []
    with pytest.raises(Waiting, match="Did this change happen"):
        VirtualDriver(ledger, clock, Targets(done), Script([])).run()
    assert [] == done


def test_replaying_a_journal_gives_the_same_state_again(recorded: Played) -> None:
    """Fold, encode, decode, fold: equal states, and an equal end."""
    first, second = (
        Ledger(recorded.journal, lambda: recorded.state.now, float),
        Ledger(recorded.journal, lambda: recorded.state.now, float),
    )
    first.catch_up()
    second.catch_up()
    assert first.state == second.state
    assert isinstance(first.state.finished, Finished)
    assert RunState() != first.state


def test_a_plan_read_back_from_disk_has_its_order(tmp_path: Path, recorded: Played) -> None:
    """Options, roles and steps stand as the author wrote them, for whoever resumes the run."""
    journal = FileJournal.create(tmp_path / "INC-20251123-030212")
    writer = Ledger(journal, lambda: recorded.happened[0].at, float)
    assert writer.record([recorded.happened[0].event], ANN)
    reader = Ledger(FileJournal(tmp_path / "INC-20251123-030212"), lambda: recorded.happened[0].at, float)
    reader.catch_up()
    journal.close()
    assert reader.state.plan is not None
    assert list(recorded.plan.steps) == list(reader.state.plan.steps)
    assert list(recorded.plan.roles) == list(reader.state.plan.roles)
    assert list(recorded.plan.steps) != sorted(recorded.plan.steps)
