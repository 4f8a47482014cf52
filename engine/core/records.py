"""Records, and the two stores a run leaves behind: its journal and its evidence.

Rules every journal keeps, whatever it is made of:

1. `seq` counts from 1 without a gap; `prev` is the hash of the record before, 64 zeros for the first.
2. `hash` is the SHA-256 of the record's canonical JSON without `hash`: no spaces, UTF-8, data in the order it
   was written, so that a plan read back has its options and roles as the author ordered them.
3. `epoch` never falls. An append with an epoch below the highest one recorded raises `Fenced`, always,
   even where it would also conflict: an executor that was taken over must stop, not catch up.
4. An append names the `seq` it was decided upon. If the journal has moved on, nothing is written and the
   answer is a `Conflict` with what the caller has not seen: fold it, decide again, try again.
5. What `append` returns equals what any later `read` returns, and is durable when it is returned.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from engine.kinds.values import Instant, Json

GENESIS = "0" * 64  # stands where the first record has no predecessor
DEEPEST = 100  # levels of nesting kept; a hostile answer must not exhaust the stack of a reader
TOO_DEEP = "(nested too deeply to be kept)"


@dataclass(frozen=True, slots=True)
class Draft:
    """What someone wants recorded; the journal adds place, time and hash."""

    type: str
    data: Mapping[str, Json]
    actor: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened, sealed into the chain."""

    seq: int
    epoch: int
    at: Instant
    mono: float
    actor: Mapping[str, Json]
    type: str
    data: Mapping[str, Json]
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing was written: these records came after the ones the caller knew."""

    records: tuple[Record, ...]


class Journal(Protocol):
    """The history of one run, append-only."""

    def append(
        self, drafts: Sequence[Draft], *, expected_seq: int, epoch: int, at: Instant, mono: float
    ) -> tuple[Record, ...] | Conflict:
        """Make the drafts durable after record `expected_seq`; raises Fenced or StorageError."""
        ...

    def read(self, after: int = 0) -> tuple[Record, ...]:
        """Return the records after `after`, in order; raises StorageError, or JournalDamaged."""
        ...

    def head(self) -> tuple[int, str]:
        """Return sequence and hash of the last record, (0, 64 zeros) when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class EvidenceRef:
    """One stored observation: the file as stored, and the full redacted stream it was cut from."""

    path: str
    sha256: str
    size: int
    full_size: int
    full_sha256: str
    truncated: bool

    def plain(self) -> dict[str, Json]:
        """Return the entry for the `evidence` list of a record, as `verify` looks for it."""
        return {
            "path": self.path,
            "sha256": self.sha256,
            "size": self.size,
            "full_size": self.full_size,
            "full_sha256": self.full_sha256,
            "truncated": self.truncated,
        }


class Evidence(Protocol):
    """What a run saw, one file per observation, redacted before it is stored."""

    def put(self, name_hint: str, data: bytes, media: str) -> EvidenceRef:
        """Redact, cap and store; raises StorageError with nothing left behind."""
        ...

    def read(self, path: str) -> bytes:
        """Return a stored file by the path of its reference; raises StorageError."""
        ...


_ENCODE = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False
).encode


def seal(
    drafts: Sequence[Draft], *, after: tuple[int, str], epoch: int, at: Instant, mono: float
) -> tuple[Record, ...]:
    """Return the drafts as records that continue the chain behind (seq, hash)."""
    return tuple(record for record, _ in bind(drafts, after=after, epoch=epoch, at=at, mono=mono))


def bind(
    drafts: Sequence[Draft], *, after: tuple[int, str], epoch: int, at: Instant, mono: float
) -> tuple[tuple[Record, bytes], ...]:
    """Return each sealed record with its canonical JSON, for a store that writes it out."""
    seq, prev = after
    moment = Instant.parse(str(at))  # as precise as the text that is stored
    bound: list[tuple[Record, bytes]] = []
    for draft in drafts:
        seq += 1
        actor, data = normal_map(draft.actor), normal_map(draft.data)
        record = Record(seq, epoch, moment, float(mono), actor, _utf8(draft.type), data, prev, "")
        body = canonical(record)
        prev = hashlib.sha256(body).hexdigest()
        bound.append(
            (Record(seq, epoch, moment, record.mono, actor, record.type, data, record.prev, prev), body)
        )
    return tuple(bound)


def canonical(record: Record) -> bytes:
    """Return the bytes that a record's hash covers."""
    return _ENCODE(
        {
            "actor": record.actor,
            "at": str(record.at),
            "data": record.data,
            "epoch": record.epoch,
            "mono": record.mono,
            "prev": record.prev,
            "seq": record.seq,
            "type": record.type,
        }
    ).encode()


def normal(value: Json, depth: int = 0) -> Json:
    """Return the value as JSON can carry it, so that a hostile answer cannot stop the record of it.

    NaN and the infinities become null (no data), lone surrogates U+FFFD, mappings dictionaries and
    sequences lists; what nests deeper than `DEEPEST` becomes a text that says so.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _utf8(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, bytes | bytearray):
        raise TypeError("bytes belong into the evidence, not into a record")
    if depth >= DEEPEST:
        return TOO_DEEP
    if isinstance(value, Mapping):
        return normal_map(value, depth)
    return [normal(item, depth + 1) for item in value]


def normal_map(value: Mapping[str, Json], depth: int = 0) -> dict[str, Json]:
    """Return the mapping as JSON can carry it, by the rules of `normal`."""
    return {_utf8(key): normal(item, depth + 1) for key, item in value.items()}


def _utf8(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
