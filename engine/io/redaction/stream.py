"""Redaction of output that arrives in pieces, which may cut a secret anywhere."""

from __future__ import annotations

from collections.abc import Callable

from engine.io.redaction.search import Searcher


class RedactedStream:
    """Passes on at once what cannot be part of a secret, and holds back only what may become one."""

    def __init__(self, redact: Callable[[bytes], bytes], searcher: Searcher) -> None:
        self._redact = redact
        self._searcher = searcher
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """Return what can be shown now; the rest comes with a later piece, or with `flush`."""
        data = self._held + piece
        cut = len(data) - self._searcher.pending(data)
        for span in reversed(self._searcher.spans(data)):
            # A find that reaches into the part held back may yet grow: it is decided as a whole.
            if span.start < cut < span.end:
                cut = span.start
        self._held = data[cut:]
        return self._redact(data[:cut])

    def flush(self) -> bytes:
        """Return the rest at the end of the output."""
        held, self._held = self._held, b""
        return self._redact(held)
