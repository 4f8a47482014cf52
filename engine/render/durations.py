"""Lengths of time as a person reads them: tenths below ten seconds, whole seconds from there."""

from __future__ import annotations

import re
from typing import Final

from engine.kinds.values import Duration

_EXACT: Final = re.compile(r"(?<![\w.:/=-])(?:\d+[dhm])*\d+s\d{1,3}ms(?![\w.])")


def length(seconds: float) -> str:
    """Return a length of time: `2s`, `2.4s`, `38s`, `1m5s`; one before the alert is negative."""
    size = abs(seconds)
    text = f"{size:.1f}s".replace(".0s", "s") if size < 9.95 else str(Duration(round(size)))
    return f"-{text}" if seconds < 0 and text != "0s" else text


def rounded(text: str) -> str:
    """Return the engine's own words with the milliseconds of their durations rounded away: they are noise."""
    return _EXACT.sub(lambda found: length(Duration.parse(found[0])), text)
