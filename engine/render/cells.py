"""Text in a terminal's cells: how wide it is, cut to fit, wrapped behind a margin."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_WORDS = re.compile(r"(\s*)(\S+)")
_NARROW = 20  # fewer cells than this for the text would be a column of syllables


def cells(text: str) -> int:
    """Return how many cells a text takes; controls must be gone already (see `findings.visible`)."""
    return len(text) if text.isascii() else sum(_width(letter) for letter in text)


def cut(text: str, width: int) -> str:
    """Return the text in at most so many cells, an ellipsis where something is missing."""
    if cells(text) <= width:
        return text
    kept, room = [], width - 1
    for letter in text:
        room -= _width(letter)
        if room < 0:
            break
        kept.append(letter)
    return "".join(kept) + "…" if width > 0 else ""


def padded(text: str, width: int) -> str:
    """Return the text filled up with spaces to so many cells."""
    return text + " " * max(0, width - cells(text))


def wrapped(head: str, text: str, width: int, margin: int | None = None) -> Sequence[str]:
    """Return `head` and the text behind it on as many lines as it takes, the later ones behind a margin.

    Words are kept whole, and so are the spaces between them within a line; a word longer than a line is
    broken. On a narrow terminal the margin shrinks.
    """
    margin = cells(head) if margin is None else margin
    if width - margin < _NARROW:
        margin = min(margin, 4)
    lines, line, room = [], head, max(1, width - cells(head))
    for gap, word in _WORDS.findall(text):
        for piece in _pieces(word, max(1, width - margin)):
            space = gap if line not in (head, " " * margin) else ""
            if cells(space) + cells(piece) > room:
                lines.append(line)
                line, room, space = " " * margin, max(1, width - margin), ""
            line += space + piece
            room, gap = room - cells(space) - cells(piece), ""
    return [*(one.rstrip() for one in lines), line.rstrip()]


def _pieces(word: str, width: int) -> list[str]:
    if cells(word) <= width:
        return [word]
    pieces, piece, room = [], "", width
    for letter in word:
        if _width(letter) > room:
            pieces.append(piece)
            piece, room = "", width
        piece, room = piece + letter, room - _width(letter)
    return [*pieces, piece]


def _width(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1
