"""Where many patterns occur in bytes, at the speed of a set look-up per machine word.

The data is read as whole words. A pattern of at least 2w-1 bytes covers one aligned word of w bytes wherever
it lies, so it is enough to know, for each of w alignments, one word from its middle (the beginning is often
the same in many secrets). Most data has none of these words, and that is decided by one set operation
in C; where a word is there, the pattern it hints at is compared. Linear in the data, whatever the data.

This is the seam for a faster engine: anything that answers `spans` and `pending` will do.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_WIDTHS = ((8, "Q"), (4, "I"))  # a pattern goes to the first whose 2w-1 it reaches
SHORTEST = 7


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes that give secrets away; `name` is that of the longest pattern in it."""

    start: int
    end: int
    name: str


class Searcher:
    """All patterns at once; immutable."""

    def __init__(self, patterns: Mapping[bytes, str]) -> None:
        if any(len(pattern) < SHORTEST for pattern in patterns):
            raise ValueError(f"a pattern needs at least {SHORTEST} bytes")
        self._sorted = sorted(patterns)
        self._longest = max(map(len, patterns), default=0)
        self._tiers = []
        for width, code in _WIDTHS:
            mine = {
                pattern: name
                for pattern, name in patterns.items()
                if width == next(size for size, _ in _WIDTHS if len(pattern) >= 2 * size - 1)
            }
            if mine:
                self._tiers.append(_Tier(mine, width, code))

    def spans(self, data: bytes) -> list[Span]:
        """Return the occurrences in order; those that overlap are one span, so that no rest is left over."""
        hits = [hit for tier in self._tiers for hit in tier.hits(data)]
        hits.sort(key=lambda hit: hit.start)
        merged: list[Span] = []
        longest = 0
        for hit in hits:
            length = hit.end - hit.start
            if merged and hit.start < merged[-1].end:
                last = merged[-1]
                name = hit.name if length > longest else last.name
                merged[-1] = Span(last.start, max(last.end, hit.end), name)
                longest = max(longest, length)
            else:
                merged.append(hit)
                longest = length
        return merged

    def pending(self, data: bytes) -> int:
        """Return how many of the last bytes may be the beginning of a pattern that goes on."""
        for length in range(min(self._longest - 1, len(data)), 0, -1):
            tail = data[-length:]
            at = bisect_left(self._sorted, tail)
            if at < len(self._sorted) and self._sorted[at].startswith(tail):
                return length
        return 0


class _Tier:
    """The patterns that are searched for by words of one width."""

    def __init__(self, patterns: Mapping[bytes, str], width: int, code: str) -> None:
        self._width = width
        self._code: str = code
        self._hints: dict[int, list[tuple[bytes, int, str]]] = {}
        for pattern, name in patterns.items():
            middle = (len(pattern) - (2 * width - 1)) // 2
            for offset in range(middle, middle + width):
                word = int.from_bytes(pattern[offset : offset + width], sys.byteorder)
                self._hints.setdefault(word, []).append((pattern, offset, name))
        self._words = frozenset(self._hints)

    def hits(self, data: bytes) -> Iterator[Span]:
        """Yield every occurrence of every pattern, in no particular order."""
        width, known = self._width, self._words
        view = memoryview(data)[: len(data) // width * width]
        words = view.cast("Q") if self._code == "Q" else view.cast("I")
        if known.isdisjoint(words):
            return
        for index, word in [(index, word) for index, word in enumerate(words) if word in known]:
            for pattern, offset, name in self._hints[word]:
                start = index * width - offset
                # A start before the data counts from its end, where fewer bytes are left than in the pattern.
                if data.startswith(pattern, start):
                    yield Span(start, start + len(pattern), name)
