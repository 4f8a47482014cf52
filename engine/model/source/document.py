"""A file that was read, and where everything in it stands; lines and columns count from 1, in characters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.kinds.findings import Route
from engine.kinds.values import Json

Extent: TypeAlias = tuple[int, int, int, int]
"""Line and column of the start, then of the end, from 0, as the parser counts."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of one line: where it starts, counted from 1, and how many characters it has."""

    line: int
    column: int
    width: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: plain data, its lines, and the place of every key and value."""

    file: str
    data: Mapping[str, Json]
    lines: tuple[str, ...] = field(repr=False)
    extents: Mapping[Route, tuple[Extent, Extent]] = field(repr=False, compare=False)  # key, value

    def place(self, route: Route, at_key: bool = True) -> Span:
        """Return where the key (or the value) of a route stands, or else its nearest ancestor's key."""
        here = route
        while here not in self.extents:
            here = here[:-1]
        key, value = self.extents[here]
        nothing_there = value[:2] == value[2:]
        return span(key if at_key or here != route or nothing_there else value, self.lines)


def span(extent: Extent, lines: tuple[str, ...]) -> Span:
    """Return the part of an extent on its first line: what a caret can underline."""
    line, column, end_line, end_column = extent
    last = end_column if end_line == line else len(lines[line].rstrip())
    return Span(line + 1, column + 1, max(1, last - column))
