"""A terminal that rows are appended to, with a footer that is drawn again below them.

Rules:
1. Only what moves up over the footer's own lines is ever erased; rows stay, in the scrollback too.
2. Output that fails (the terminal is gone) ends the output, never the run.
3. A dumb terminal gets the rows and no footer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from engine.render.cells import cells, cut
from engine.render.row import Layout, Row


@dataclass(slots=True)
class Screen:
    """Standard output as a terminal; `ansi` says whether it obeys cursor movements."""

    stream: TextIO
    width: Callable[[], int]
    ansi: bool = True
    colour: bool = False
    names: int = 10
    gone: bool = False
    _footer: list[str] = field(default_factory=list)
    _drawn: list[int] = field(default_factory=list)
    """Cells of each footer line that stands on the screen."""

    def add(self, rows: Sequence[Row], *, ring: bool = False) -> None:
        """Append rows above the footer."""
        lines = Layout(self.width(), self.names, self.colour).lines(rows)
        text = "".join(f"{line}\n" for line in lines)
        self._write(self._erased() + text + ("\a" if ring and self.ansi else "") + self._footer_text())

    def footer(self, lines: Sequence[str]) -> None:
        """Draw another footer; nothing is written where it says the same."""
        wanted = list(lines) if self.ansi else []
        if wanted != self._footer:
            erased = self._erased()
            self._footer = wanted
            self._write(erased + self._footer_text())

    def close(self) -> None:
        """Take the footer away."""
        self.footer(())

    def resized(self) -> None:
        """Draw the footer at the new width."""
        self._write(self._erased() + self._footer_text())

    def _erased(self) -> str:
        """Return what erases the footer: a narrower terminal may have broken its lines."""
        if not self._drawn:
            return ""
        width = max(1, self.width())
        rows = sum(max(1, -(-drawn // width)) for drawn in self._drawn)
        self._drawn = []
        return f"\r\x1b[{rows}A\x1b[J"

    def _footer_text(self) -> str:
        width = max(10, self.width() - 1)
        lines = [cut(line, width) for line in self._footer]
        self._drawn = [cells(line) for line in lines]
        return "".join(f"{line}\n" for line in lines)

    def _write(self, text: str) -> None:
        if self.gone or not text:
            return
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            self.gone = True
