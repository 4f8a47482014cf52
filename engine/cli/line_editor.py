"""One line of text typed at the bottom of the screen: enough to write a reason."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from engine.render.cells import cut

LONGEST = 2000


@dataclass(slots=True)
class LineEditor:
    """A question and the text typed so far. Enter gives it, Esc gives it up."""

    question: str
    text: str = ""

    def type(self, letters: str) -> str:
        """Take letters; return "" to go on, "done" at Enter, "cancelled" at Esc or Ctrl-D."""
        for letter in letters:
            if letter in "\r\n":
                return "done"
            if letter in "\x1b\x04\x07":
                return "cancelled"
            if letter in "\x7f\b":
                self._rub_out()
            elif letter == "\x15":
                self.text = ""
            elif letter == "\x17":
                self.text = self.text.rstrip().rpartition(" ")[0]
            elif letter == "\t":
                self.text += " "
            elif letter.isprintable() and len(self.text) < LONGEST:
                self.text += letter
        return ""

    def shown(self, width: int) -> str:
        """Return the line for the footer: the end of a long text, and at most half a line of the question."""
        head = f" {cut(self.question, max(8, width // 2))}> "
        room = max(8, width - len(head) - 2)
        text = self.text if len(self.text) <= room else f"…{self.text[1 - room :]}"
        return f"{head}{text}_"

    def _rub_out(self) -> None:
        while self.text:
            last, self.text = self.text[-1], self.text[:-1]
            if not unicodedata.combining(last):
                return
