"""Sealing drafts into a chain, whatever a hostile answer put into them."""

import hashlib
import json

import pytest

from engine.core.records import DEEPEST, GENESIS, TOO_DEEP, Draft, canonical, normal, seal
from engine.kinds.values import Instant, Json

AT = Instant.parse("2025-11-23T03:05:22.120Z")


def test_the_first_record_follows_sixty_four_zeros_and_each_next_one_the_hash_before():
    """A chain is what makes a changed record show."""
    first, second = seal([Draft("A", {}, {}), Draft("B", {}, {})], after=(0, GENESIS), epoch=1, at=AT, mono=5)
    assert (1, GENESIS) == (first.seq, first.prev)
    assert (2, first.hash) == (second.seq, second.prev)


def test_the_hash_is_that_of_the_canonical_json_without_the_hash():
    """Anyone can check a record with a JSON library and sha256sum; data keeps the order it was written in."""
    (record,) = seal(
        [Draft("A", {"b": "é", "a": 1}, {"who": "x"})], after=(0, GENESIS), epoch=2, at=AT, mono=1
    )
    by_hand = (
        '{"actor":{"who":"x"},"at":"2025-11-23T03:05:22.120Z","data":{"b":"é","a":1},"epoch":2,"mono":1.0,'
        f'"prev":"{GENESIS}","seq":1,"type":"A"}}'
    )
    assert hashlib.sha256(by_hand.encode()).hexdigest() == record.hash
    assert by_hand.encode() == canonical(record)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (float("nan"), None),
        (float("-inf"), None),
        ("broken \ud83d and whole \U0001f600", "broken \ufffd and whole \U0001f600"),
        ({"\udc80": 1}, {"\ufffd": 1}),
        ((1, (2.5, True)), [1, [2.5, True]]),
        (Instant.parse("1970-01-01T00:00:01Z"), 1.0),
    ],
)
def test_what_json_cannot_carry_is_kept_as_what_it_can(given: Json, kept: Json):
    """A target that answers NaN or half a character cannot stop the record of its answer."""
    assert kept == normal(given)
    json.dumps(normal(given), allow_nan=False, ensure_ascii=False).encode()


def test_a_value_nested_beyond_any_sense_is_cut_with_a_text_that_says_so():
    """A hostile answer cannot exhaust the stack of whoever reads the journal."""
    value: Json = "bottom"
    for _ in range(DEEPEST * 5):
        value = [value]
    kept = normal(value)
    for _ in range(DEEPEST):
        assert isinstance(kept, list)
        kept = kept[0]
    assert TOO_DEEP == kept


def test_bytes_are_refused_as_a_mistake_of_ours():
    """Raw bytes are evidence; in a record they would become a list of numbers unnoticed."""
    with pytest.raises(TypeError, match="evidence"):
        normal(b"raw")  # type: ignore[arg-type]  # the mistake under test
