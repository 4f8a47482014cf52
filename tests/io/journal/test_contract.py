"""What every journal promises; each test runs against the store on disk and its twin in memory."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.records import GENESIS, Conflict, Draft, Journal
from engine.io.journal.files import FileJournal
from engine.io.journal.memory import MemoryJournal
from engine.kinds.errors import Fenced, StorageError
from engine.kinds.values import Instant

AT = Instant.parse("2025-11-23T03:05:22.123456Z")

Opener = Callable[[], Journal]


@pytest.fixture(params=["files", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Return a function that opens the same empty journal again and again."""
    if request.param == "memory":
        shared = MemoryJournal()
        return lambda: shared
    FileJournal.create(tmp_path / "INC-1")
    return lambda: FileJournal(tmp_path / "INC-1")


def note(text: str) -> Draft:
    return Draft("Noted", {"text": text}, {"who": "reliability"})


def add(journal: Journal, *texts: str, seq: int, epoch: int = 1):
    return journal.append([note(text) for text in texts], expected_seq=seq, epoch=epoch, at=AT, mono=1.5)


def test_an_empty_journal_has_no_records_and_the_zero_head(opened: Opener):
    """A run that was created and killed at once can be read."""
    assert () == opened().read()
    assert (0, GENESIS) == opened().head()


def test_what_append_returns_is_what_every_reader_reads(opened: Opener):
    """A live run and its replay see the same records, to the last digit."""
    journal = opened()
    hostile = Draft("Observed", {"nan": float("nan"), "text": "\ud800\n\x00\u2028", "pair": (1, 2.0)}, {})
    records = journal.append([note("a"), hostile], expected_seq=0, epoch=1, at=AT, mono=3)
    assert records == opened().read()
    assert records == journal.read()
    assert AT == opened().read()[0].at


def test_records_are_numbered_from_one_and_chained(opened: Opener):
    """Order is by number, never by clock."""
    journal = opened()
    add(journal, "a", "b", seq=0)
    add(journal, "c", seq=2)
    first, second, third = opened().read()
    assert [1, 2, 3] == [first.seq, second.seq, third.seq]
    assert [GENESIS, first.hash, second.hash] == [first.prev, second.prev, third.prev]
    assert (3, third.hash) == opened().head()


def test_reading_after_a_record_returns_only_what_came_later(opened: Opener):
    """A follower asks for what is new, and may ask for older records again."""
    journal = opened()
    add(journal, "a", "b", "c", seq=0)
    assert [3] == [record.seq for record in journal.read(2)]
    assert () == journal.read(3)
    assert [2, 3] == [record.seq for record in journal.read(1)]


def test_an_append_behind_an_old_record_is_a_conflict_that_carries_the_news(opened: Opener):
    """Two answers to one question: the first wins and the second is told who won."""
    ours, theirs = opened(), opened()
    add(ours, "asked", seq=0)
    theirs.read()
    add(ours, "answered by a", seq=1)
    answer = add(theirs, "answered by b", seq=1)
    assert isinstance(answer, Conflict)
    assert ["answered by a"] == [record.data["text"] for record in answer.records]
    assert 2 == len(opened().read())


def test_after_a_conflict_the_same_journal_can_append(opened: Opener):
    """Fold the news, decide again, try again."""
    ours, theirs = opened(), opened()
    add(ours, "a", seq=0)
    assert isinstance(add(theirs, "b", seq=0), Conflict)
    add(theirs, "b", seq=1)
    assert ["a", "b"] == [record.data["text"] for record in ours.read()]


def test_a_caller_behind_its_own_journal_gets_everything_it_has_not_seen(opened: Opener):
    """The journal having read on does not mean that the caller has."""
    journal = opened()
    add(journal, "a", "b", "c", seq=0)
    answer = add(journal, "late", seq=1)
    assert isinstance(answer, Conflict)
    assert ["b", "c"] == [record.data["text"] for record in answer.records]


def test_an_executor_that_was_taken_over_is_fenced_at_its_next_append(opened: Opener):
    """Fenced wins over conflict: who was taken over must stop, not catch up."""
    old, new = opened(), opened()
    add(old, "started", seq=0, epoch=1)
    add(new, "taken over", seq=1, epoch=2)
    for seq in (1, 2):
        with pytest.raises(Fenced, match="epoch 2, ours is 1"):
            add(old, "stale", seq=seq, epoch=1)
    assert 2 == len(opened().read())


def test_an_append_behind_a_record_that_is_not_there_is_refused(opened: Opener):
    """A journal that lost what was read from it is not written on."""
    with pytest.raises(StorageError, match="ends at record 0"):
        add(opened(), "a", seq=1)


def test_appending_nothing_writes_nothing(opened: Opener):
    """An empty turn of the loop costs no record."""
    assert () == add(opened(), seq=0)
    assert () == opened().read()
