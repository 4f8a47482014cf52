"""Lines that are offered to copy, as they work in the shell where they are read.

Whoever began a run with `--as` has no role in that shell: the next line would be refused, or be somebody
else's. So every line that takes a person carries the one that was named. Where the shell or the settings name
one, nothing is added, and a line that names one already stays as it is.
"""

from __future__ import annotations

import re
import shlex
from typing import Final

PEOPLE: Final = (
    "abort",
    "answer",
    "approve",
    "did",
    "freeze",
    "handover",
    "jump",
    "note",
    "resume",
    "run",
    "severity",
    "skip",
    "stop-page",
    "take-over",
    "thaw",
)
"""Commands that somebody gives: they take `--as`."""
LATER: Final = "later"
"""The reason that a line offers where one is needed: it is allowed, and owed in the report."""
STANDS_FOR: Final = frozenset({"NAME", "VALUE", "COMMAND", "CODE"})
"""Words that stand for something only a person knows: a line with one is refused until it is filled in."""
_LINE: Final = re.compile(rf"\brunbook (?:{'|'.join(PEOPLE)})\b[^`\n;]*")


def offered(text: str, identity: str) -> str:
    """Return a line, or a sentence with lines in backticks, so that each says who gives it: `NAME:ROLE`."""
    return _LINE.sub(lambda found: _named(found[0], identity), text) if identity else text


def _named(line: str, identity: str) -> str:
    if " --as " in line:
        return line
    words, dashes, command = line.partition(" -- ")
    return f"{words} --as {shlex.quote(identity)}{dashes}{command}"
