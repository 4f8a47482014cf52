"""Text of others inside Markdown: shown, never obeyed.

Rules:
1. A fragment is one line. What could be read as Markdown, HTML, a link, a mention or a formula makes
   the whole fragment a code span, where nothing is read; the rest stays as it is. No backslash
   escapes: a formatter that normalises them would change the file.
2. A character that is not plainly seen (control, bidirectional, zero width) is written as its escape.
3. What comes out is a fixed point of mdformat, tables included. Two fragments never touch: the
   template puts a space or a letter between them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from engine.render.findings import visible

_READ: Final = re.compile(
    r"[\[\]<*\\`~$@]"  # links, HTML, emphasis, escapes, code, strikethrough, formulas, mentions
    r"|&(?=[#A-Za-z])"
    r"|://|www\.|mailto:|xmpp:"
    r"|:(?:[\w+-]*[a-z_][\w+-]*|100|1234):"  # an emoji by name, but not a time of day
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word it is only a letter
    r"|\A(?:#{1,6}(?: |\Z)|[>=|:+-]|\d+[.)](?: |\Z))"  # the beginning of a block
    r"|#\Z",
    re.IGNORECASE,
)
_TICKS: Final = re.compile("`+")


def line(text: str) -> str:
    """Return the text as one line, with every hidden character written as its escape."""
    return visible(" ".join(text.split()))


def inline(text: str) -> str:
    """Return the text as one fragment of a paragraph, heading or list item."""
    plain = line(text)
    return code(plain) if _READ.search(plain) else plain


def code(text: str) -> str:
    """Return the text as a code span, blanks inside it kept; nothing for no text."""
    plain = visible(" ".join(text.splitlines()).strip())
    if not plain:
        return ""
    ticks = "`" * (1 + _longest_run(plain))
    return f"{ticks} {plain} {ticks}" if len(ticks) > 1 else f"`{plain}`"


def cell(text: str, limit: int = 0) -> str:
    """Return the text as one cell of a table, cut to `limit` letters where one is given."""
    return _barless(inline(clipped(text, limit) if limit else text))


def code_cell(text: str) -> str:
    """Return the text as a code span in a cell of a table."""
    return _barless(code(text))


def ready_cell(markdown: str) -> str:
    """Return one line of Markdown that is ready, such as a link, as a cell of a table."""
    return _barless(markdown)


def fence(text: str, info: str = "") -> str:
    """Return the text as a fenced block that nothing in it can close."""
    rows = [visible(row.expandtabs(4)) for row in text.split("\n")]
    while rows and not rows[-1]:
        rows.pop()
    ticks = "`" * max(3, 1 + max(map(_longest_run, rows), default=0))
    return "\n".join([f"{ticks}{info}", *rows, ticks])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of ready cells, every column as wide as its widest cell."""
    widths = [max(3, *(cells(row[column]) for row in [head, *rows])) for column in range(len(head))]
    return "\n".join(
        [
            _row(head, widths),
            _row(["-" * width for width in widths], widths),
            *(_row(row, widths) for row in rows),
        ]
    )


def clipped(text: str, limit: int) -> str:
    """Return the text as one line of at most `limit` letters; an ellipsis says that it was cut."""
    plain = " ".join(text.split())
    return plain if len(plain) <= limit else plain[: max(0, limit - 1)].rstrip() + "…"


def cells(text: str) -> int:
    """Return how many cells of a terminal the text takes."""
    return len(text) if text.isascii() else sum(_width(letter) for letter in text)


def _width(letter: str) -> int:
    if (
        unicodedata.combining(letter)
        or unicodedata.category(letter) in ("Mn", "Me")
        or "\u1160" <= letter <= "\u11ff"
    ):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    return (
        "| "
        + " | ".join(text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True))
        + " |"
    )


def _barless(markdown: str) -> str:
    """Keep a bar from ending the cell; a backslash before it would take its escape away."""
    return markdown.replace("\\|", "\\ |").replace("|", "\\|")


def _longest_run(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)
