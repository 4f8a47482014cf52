"""One stream of a program in bounded memory: its beginning, its end, and size and hash of all of it.

Rules. Half of the limit is for the beginning, half for the end; the end lives in a ring that is written over.
Where something had to go, both parts are cut at a line break if one is near, so that no line (and no secret
on it) is torn in two before the redactor has seen it.
"""

from __future__ import annotations

import hashlib

from engine.kinds.ports import Output

_NEAR = 65_536  # bytes within which a line break is looked for


class Collector:
    """Takes what a stream brings; not for two threads."""

    __slots__ = ("_end", "_filled", "_half", "_hash", "_head", "_ring", "size")

    def __init__(self, max_bytes: int) -> None:
        self._half = max(max_bytes // 2, 1)
        self._hash = hashlib.sha256()
        self._head = bytearray()
        self._ring = bytearray()
        self._end = 0
        self._filled = 0
        self.size = 0

    def add(self, chunk: memoryview) -> None:
        """Take the next bytes; hashing large ones lets other threads run."""
        self._hash.update(chunk)
        self.size += len(chunk)
        room = self._half - len(self._head)
        if room > 0:
            self._head += chunk[:room]
            chunk = chunk[room:]
        if not chunk:
            return
        if not self._ring:
            self._ring = bytearray(self._half)  # zeros of the system: no memory until written
        chunk = chunk[-self._half :]
        first = min(len(chunk), self._half - self._end)
        self._ring[self._end : self._end + first] = chunk[:first]
        self._ring[: len(chunk) - first] = chunk[first:]
        self._end = (self._end + len(chunk)) % self._half
        self._filled = min(self._filled + len(chunk), self._half)

    def output(self) -> Output:
        """Return what is kept, and empty the buffers."""
        head, ring = self._head, self._ring
        self._head = self._ring = bytearray()
        if self._filled < self._half:
            head += memoryview(ring)[: self._filled]
            return self._made(head, len(head))
        with memoryview(ring) as view:
            if len(head) + self._filled == self.size:
                gap = len(head)
                head += view[self._end :]
                head += view[: self._end]
                return self._made(head, gap)
            gap = head.rfind(b"\n", len(head) - _NEAR if len(head) > _NEAR else 0) + 1 or len(head)
            del head[gap:]
            start = len(head)
            head += view[self._end :]
            head += view[: self._end]
        line = head.find(b"\n", start, start + _NEAR)
        if 0 <= line < len(head) - 1:
            del head[start : line + 1]
        return self._made(head, start)

    def _made(self, kept: bytearray, gap: int) -> Output:
        cut = len(kept) < self.size
        return Output(bytes(kept), self.size, self._hash.hexdigest(), cut, gap if cut else 0)
