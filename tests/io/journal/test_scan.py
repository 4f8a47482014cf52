"""Any bytes at all are records or a clean refusal, never a traceback."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.records import GENESIS, Draft, Record, seal
from engine.io.journal.line import Place, encode
from engine.io.journal.scan import BadRecord, scan
from engine.kinds.values import Instant

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
drafts = st.builds(
    Draft, st.text(max_size=8), st.dictionaries(st.text(), json_values, max_size=3), st.just({"who": "a"})
)


def read(data: bytes) -> list[Record]:
    return [r for r, _ in scan(lambda count, offset: data[offset : offset + count], Place())]


def chain(some: list[Draft]) -> tuple[Record, ...]:
    return seal(some, after=(0, GENESIS), epoch=1, at=Instant(1763867122.12), mono=1)


@settings(max_examples=150, deadline=None)
@given(st.lists(drafts, max_size=4))
def test_whatever_can_be_drafted_is_read_back_the_same(some: list[Draft]):
    """The two directions agree for every JSON value, hostile ones included."""
    records = chain(some)
    assert list(records) == read(b"".join(map(encode, records)))


@settings(max_examples=150, deadline=None)
@given(st.lists(drafts, min_size=1, max_size=3), st.data())
def test_mutated_journals_give_a_prefix_or_a_clean_refusal(some: list[Draft], data: st.DataObject):
    """Cut, doubled, replaced: what is accepted is always the beginning of what was written."""
    records = chain(some)
    whole = b"".join(map(encode, records))
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, len(whole)))
    mutated = whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:]
    try:
        accepted = read(mutated)
    except BadRecord as bad:
        assert 0 <= bad.offset <= len(mutated)
        return
    assert accepted == list(records[: len(accepted)])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_is_refused_or_torn(garbage: bytes):
    """Bytes that were never a journal do not become records."""
    try:
        assert [] == read(garbage)
        assert b"\n" not in garbage
    except BadRecord as bad:
        assert 1 == bad.seq


def test_records_longer_than_one_chunk_of_reading_are_read_whole():
    """Chunks are ours, lines are the journal's."""
    records = chain([Draft("Started", {"plan": "x" * 2_500_000}, {}), Draft("Noted", {}, {})])
    assert list(records) == read(b"".join(map(encode, records)))
