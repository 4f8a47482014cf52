"""Where many patterns occur in bytes: every occurrence, in one pass over the data.

Rules:

1. All occurrences count, those inside and across others too: of two secrets that overlap no end stays behind.
2. What is searched for is one word from the middle of each pattern (the beginning is often the same in many
   secrets); where it is found, the pattern is compared. Words of 8 bytes make an automaton small enough for
   the fastest form there is: over whole patterns the same form takes 45 MiB for 100 secrets.
3. The data is read in blocks, so that a target which answers with one secret over and over costs a bounded
   list of finds at a time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SHORTEST = 7
"""Bytes of the shortest pattern: anything shorter would be found in ordinary text."""
WORD = 8
HEAD = 4
"""First bytes of a pattern that are looked for at the end of a piece of output."""
BLOCK = 262_144


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes that give secrets away; `name` is that of the longest pattern in it, `length` its length."""

    start: int
    end: int
    name: str
    length: int = 0


class Searcher:
    """All patterns at once; immutable."""

    def __init__(self, patterns: Mapping[bytes, str]) -> None:
        if any(len(pattern) < SHORTEST for pattern in patterns):
            raise ValueError(f"a pattern needs at least {SHORTEST} bytes")
        from ahocorasick_rs import BytesAhoCorasick, Implementation

        self._names = patterns
        self._sorted = sorted(patterns)
        self._longest = max(map(len, patterns), default=0)
        hints: dict[bytes, list[tuple[bytes, int]]] = {}
        for pattern in self._sorted:
            offset = max(len(pattern) - WORD, 0) // 2
            hints.setdefault(pattern[offset : offset + WORD], []).append((pattern, offset))
        self._hints = tuple(hints.values())
        fast = Implementation.DFA
        self._words = BytesAhoCorasick(list(hints), implementation=fast) if hints else None
        heads = {pattern[:HEAD] for pattern in patterns}
        self._heads = BytesAhoCorasick(list(heads), implementation=fast) if heads else None

    def spans(self, data: bytes) -> list[Span]:
        """Return the occurrences in order; those that overlap are one span, so that no rest is left over."""
        if self._words is None:
            return []
        view = memoryview(data)
        found: list[Span] = []
        for at in range(0, len(data), BLOCK):
            start = max(at - WORD + 1, 0)
            words = self._words.find_matches_as_indexes(view[start : at + BLOCK], overlapping=True)
            if words:
                found += self._compared(data, start, words)
        return _merged(found)

    def pending(self, data: bytes) -> int:
        """Return how many of the last bytes may be the beginning of a pattern that goes on."""
        return self._begun(data, len(data))[0]

    def with_torn(self, data: bytes, cuts: Iterable[int], least: int, spans: list[Span]) -> list[Span]:
        """Return the spans, and one for each cut that left `least` bytes or more of a pattern."""
        torn = [
            Span(cut - length, cut, name, length)
            for cut in cuts
            for length, name in (self._begun(data, cut),)
            if length >= least
        ]
        return _merged([*spans, *torn]) if torn else spans

    def _begun(self, data: bytes, end: int) -> tuple[int, str]:
        """Return the length, up to `end`, of the longest beginning of a pattern, and the pattern's name."""
        if self._heads is None:
            return 0, ""
        tail = data[max(end - self._longest + 1, 0) : end]
        heads = [at for _, at, _ in self._heads.find_matches_as_indexes(tail, overlapping=True)]
        for at in (*heads, *range(max(len(tail) - HEAD + 1, 0), len(tail))):
            rest = tail[at:]
            found = bisect_left(self._sorted, rest)
            if found < len(self._sorted) and self._sorted[found].startswith(rest):
                return len(rest), self._names[self._sorted[found]]
        return 0, ""

    def _compared(self, data: bytes, offset: int, words: Iterable[tuple[int, int, int]]) -> list[Span]:
        """Return the spans of the patterns that stand around these words."""
        hits: list[tuple[int, int, bytes]] = []
        for which, at, _ in words:
            for pattern, ahead in self._hints[which]:
                start = offset + at - ahead
                # A start before the data would be counted from its end.
                if start >= 0 and data.startswith(pattern, start):
                    hits.append((start, start + len(pattern), pattern))
        hits.sort()
        joined: list[Span] = []
        left = right = 0
        longest = b""
        for start, end, pattern in hits:
            if start >= right:
                if longest:
                    joined.append(Span(left, right, self._names[longest], len(longest)))
                left, right, longest = start, end, pattern
                continue
            right = max(right, end)
            if len(pattern) > len(longest):
                longest = pattern
        if longest:
            joined.append(Span(left, right, self._names[longest], len(longest)))
        return joined


def _merged(spans: list[Span]) -> list[Span]:
    """Join the spans of neighbouring blocks."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if not merged or span.start >= merged[-1].end:
            merged.append(span)
            continue
        last = merged[-1]
        longer = span if span.length > last.length else last
        merged[-1] = Span(last.start, max(last.end, span.end), longer.name, longer.length)
    return merged
