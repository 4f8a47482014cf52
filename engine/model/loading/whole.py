"""Reading a whole file as one class, whatever the file is of."""

from __future__ import annotations

from typing import TypeVar

from engine.model.loading.annotations import keys
from engine.model.loading.reader import BAD, At, Reader
from engine.model.source import Document

T = TypeVar("T")


def whole(reader: Reader, kind: type[T], document: Document, what: str) -> T | None:
    """Return what a file is, None where it cannot be had; the reader holds everything that is wrong."""
    at = At()
    entries = reader.entries(document.data, at, what)
    if entries is BAD:
        return None
    reader.unknown(entries, keys(kind), what)
    built = reader.build(kind, entries, at)
    return None if built is BAD else built
