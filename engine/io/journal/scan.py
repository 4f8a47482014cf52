"""Reading a journal's bytes: complete lines in, checked records out, the torn tail left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.core.records import Record
from engine.io.journal.line import LONGEST, Place, decode

CHUNK = 1024 * 1024

Read = Callable[[int, int], bytes]  # (count, offset) -> at most that many bytes, none at the end


class BadRecord(Exception):
    """A complete line that does not verify: which record it should be, where it starts, what is wrong."""

    def __init__(self, seq: int, offset: int, reason: str) -> None:
        super().__init__(f"record {seq}, byte {offset}: {reason}")
        self.seq = seq
        self.offset = offset
        self.reason = reason


def scan(read: Read, start: Place) -> Iterator[tuple[Record, Place]]:
    """Yield each complete record behind `start` with the place behind it; raises BadRecord.

    An incomplete last line is a write that was interrupted, so never acknowledged: it is not yielded.
    """
    place, rest = start, b""
    while chunk := read(CHUNK, place.offset + len(rest)):
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            record = _check(line, place)
            place = place.behind(record, len(line) + 1)
            yield record, place
        if len(rest) > LONGEST + 1024:
            raise BadRecord(place.seq + 1, place.offset, "the line does not end")
    # A torn write is the beginning of a line. A whole record with one byte more is none: its newline was
    # overwritten, and cutting it off would lose what was acknowledged.
    if rest and _fits(rest[:-1], place):
        raise BadRecord(place.seq + 1, place.offset, "another byte stands where its newline was")


def _check(line: bytes, place: Place) -> Record:
    try:
        return decode(line, place)
    except ValueError as exc:
        raise BadRecord(place.seq + 1, place.offset, str(exc)) from None


def _fits(line: bytes, place: Place) -> bool:
    try:
        decode(line, place)
    except ValueError:
        return False
    return True
