"""One row of the screen, and how it is laid out at a width.

A row is the *head* of all, a *section* (` WHY        crash loop …`), an *item* of one
(`  FAIL  health   502 …`), stands *under* one, is a *command* under one (never broken: a paste would take the
break along), or is *raw* text to be copied. What came from outside is shown, never obeyed. A tone adds
colour to a word that says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.render.cells import cut, padded, wrapped
from engine.render.findings import visible

Tone = Literal["", "good", "bad", "unsure", "call", "head"]
Place = Literal["head", "section", "item", "under", "command", "raw"]

TAG = 10
MARK = 5
_PAINT = {"good": "32", "bad": "1;31", "unsure": "33", "call": "1", "head": "7", "": ""}


@dataclass(frozen=True, slots=True)
class Row:
    """A row before it is laid out."""

    tag: str = ""
    text: str = ""
    name: str = ""
    tone: Tone = ""
    place: Place = "section"
    clock: str = ""
    """The time of day, where rows are read later."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide the terminal is, how wide the names of checks are, and whether colour is wanted."""

    width: int = 80
    names: int = 10
    colour: bool = False
    clock: bool = False

    def lines(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """Return the lines of some rows."""
        return tuple(line for row in rows for line in self._row(row))

    def _row(self, row: Row) -> Sequence[str]:
        clock = f" {row.clock or '':<9}" if self.clock else ""
        tag, name = visible(row.tag), visible(row.name)
        if row.place == "raw":  # to be copied: the terminal may break it, we do not
            return [visible(row.text)]
        if row.place == "item":
            before = f"{clock}  "
            rest = f" {padded(cut(name, self.names), self.names)} " if self.names else " "
            head = before + padded(tag, MARK) + rest
        elif row.place in ("under", "command"):
            before, head = (
                clock,
                clock + " " * (3 if not row.name else 2) + (f"{padded(name, TAG - 1)} " if row.name else ""),
            )
        else:
            before = f"{clock} "
            head = before + (padded(tag, 0 if row.place == "head" else TAG) + " " if tag else "")
        text = visible(row.text)
        lines = [head + text] if row.place == "command" else list(wrapped(head, text, self.width))
        if row.tone and self.colour and tag and lines:
            code = _PAINT[row.tone]
            lines[0] = before + f"\x1b[{code}m{tag}\x1b[0m" + lines[0][len(before) + len(tag) :]
        return lines
