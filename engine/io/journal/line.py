"""One record as one line of text that `less` can show, and that no flipped byte gets past.

    {"actor":…,"at":…,"data":…,"epoch":…,"mono":…,"prev":…,"seq":…,"type":…,"hash":"…","len":…}

The hash covers the canonical JSON, which is the line up to `,"hash"` and a closing brace; `len` is its
length in bytes. So a line is checked on its bytes, before anything in it is parsed.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from sys import intern

from engine.core.records import GENESIS, Record, canonical
from engine.kinds.values import Instant, Json

LONGEST = 16 * 1024 * 1024  # bytes of one record; a reader must not be made to swallow more

_SEAL = re.compile(rb',"hash":"([0-9a-f]{64})","len":([1-9][0-9]{0,8})\}')
_MARK = b',"hash":"'


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: behind record `seq`, at byte `offset`, with what the next must fit."""

    seq: int = 0
    hash: str = GENESIS
    epoch: int = 0
    offset: int = 0

    def behind(self, record: Record, length: int) -> Place:
        """Return the place behind the next record, whose line is `length` bytes with its newline."""
        return Place(record.seq, record.hash, record.epoch, self.offset + length)


def encode(record: Record, body: bytes = b"") -> bytes:
    """Return the line of a record, newline included; `body` is its canonical JSON if that is at hand."""
    body = body or canonical(record)
    if len(body) > LONGEST:
        raise ValueError(f"record of type {record.type} has {len(body)} bytes, at most {LONGEST} are kept")
    return b'%b,"hash":"%b","len":%d}\n' % (body[:-1], record.hash.encode(), len(body))


def decode(line: bytes, place: Place) -> Record:
    """Return the record of a line without its newline; raises ValueError saying what does not fit."""
    cut = line.rfind(_MARK)
    seal = _SEAL.fullmatch(line, cut) if cut > 0 else None
    if seal is None:
        raise ValueError("the line does not end in a hash and a length")
    body = line[:cut] + b"}"
    if len(body) != int(seal[2]):
        raise ValueError(f"it is {len(body)} bytes long and says {int(seal[2])}")
    digest = hashlib.sha256(body).hexdigest()
    if digest.encode() != seal[1]:
        raise ValueError("its content does not match its hash")
    record = _record(body, digest, place)
    if record.seq != place.seq + 1:
        raise ValueError(f"it says it is record {record.seq}: records are missing, repeated or out of order")
    if record.prev != place.hash:
        raise ValueError("it does not continue the record before it")
    if record.epoch < place.epoch:
        raise ValueError(f"its epoch {record.epoch} is below the one before it, {place.epoch}")
    return record


def _record(body: bytes, digest: str, place: Place) -> Record:
    try:
        raw: Json = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    match raw:
        case {
            "actor": dict(actor),
            "at": str(at),
            "data": dict(data),
            "epoch": int(epoch),
            "mono": float(mono),
            "prev": str(prev),
            "seq": int(seq),
            "type": str(kind),
            **more,
        } if not more:
            # One text for many records: a long journal must fit into a small memory.
            before = place.hash if prev == place.hash else prev
            return Record(seq, epoch, Instant.parse(at), mono, actor, intern(kind), data, before, digest)
    raise ValueError("it does not have the fields of a record: another version may have written it")
