"""Recorded journals of every release are replayed for ever: from every prefix to the same end."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engine.core.events import Answered, Asked, Happened, Person, Prompted, Resumed, Settled
from engine.core.records import Record
from engine.io.drivers.ledger import Ledger, happened_from
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.files import FileJournal
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Line, Reply, Script
from engine.io.performers.recorded import RecordedPeople, RecordedPerformer

HERE = Path(__file__).parent
JOURNALS = sorted(HERE.glob("*/*.jsonl"))
SLICES = 4
ENGINEER = Person(name="somebody", role="engineer", identity="claimed")


@cache
def records(path: Path) -> tuple[Record, ...]:
    """Read a journal through the store that runs use, chain and all; in a folder that no other worker has."""
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "journal.jsonl"
        copy.write_bytes(path.read_bytes())
        with FileJournal(Path(folder)) as journal:
            return journal.read()


@cache
def happened(path: Path) -> tuple[Happened, ...]:
    """Return what happened in a journal."""
    return tuple(happened_from(record) for record in records(path))


class People:
    """Answers as recorded; says of a change that was in the air that it happened (it was recorded as done)."""

    def __init__(self, recorded: RecordedPeople) -> None:
        self.recorded = recorded
        self.otherwise = Script([Line("done", item="happened", person=ENGINEER, after=1.0)])

    def reply(self, prompted: Prompted) -> Reply | None:
        """Return the recorded answer, else the certain one."""
        return self.recorded.reply(prompted) or self.otherwise.reply(prompted)


def test_there_are_golden_journals() -> None:
    """A release without any proves nothing."""
    assert JOURNALS


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_whole_journal_is_finished_and_has_its_path(path: Path) -> None:
    """It reads back, and it ends."""
    ledger = Ledger(MemoryJournal(records(path)), lambda: happened(path)[-1].at, float)
    ledger.catch_up()
    assert ledger.state.finished is not None
    assert any(isinstance(one.event, Settled) for one in happened(path))


@pytest.mark.parametrize("part", range(SLICES))
@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_prefix_resumes_to_the_same_end_and_performs_no_change_twice(path: Path, part: int) -> None:
    """Cut after every record; what was asked had its effect, and is never asked again."""
    everything = happened(path)
    expected = everything[-1].event
    settled = [one.event.step for one in everything if isinstance(one.event, Settled)]
    performer = RecordedPerformer.of(everything)
    people = People(RecordedPeople.of(everything))
    for cut in range(1 + part, len(everything), SLICES):
        clock = VirtualClock(everything[cut - 1].at.after(0.05))  # 3 s of a run that is 60 times faster
        ledger = Ledger(MemoryJournal(records(path)[:cut]), clock.now, clock.monotonic)
        ledger.catch_up()
        before = everything[:cut]
        after: list[Happened] = []
        ledger.watchers.append(lambda one, state, after=after: after.append(one))
        ledger.record([Resumed(why="test")], ENGINEER)
        given = {one.event.prompt for one in before if isinstance(one.event, Answered)}
        open_prompts = [p.prompted for p in ledger.state.prompts.values() if p.given is None]
        assert not given & {prompt.prompt for prompt in open_prompts}
        state = VirtualDriver(ledger, clock, performer, people).run()
        assert state.finished is not None
        assert (expected.end, cut) == (state.finished.end, cut)
        path_after = [one.event.step for one in after if isinstance(one.event, Settled)]
        path_before = [one.event.step for one in before if isinstance(one.event, Settled)]
        assert (settled, cut) == (path_before + path_after, cut)
        changes = [
            one.event
            for one in (*before, *after)
            if isinstance(one.event, Asked) and one.event.effect != "read" and not one.event.repeatable
        ]
        names = [(change.step, change.visit, change.item) for change in changes]
        assert (len(set(names)), cut) == (len(names), cut)
