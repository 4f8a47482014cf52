"""What a plain, unquoted scalar means: text, unless it can be nothing else for any reader.

Only `true` and `false` are booleans, `null`, `~` and nothing are null, decimal numbers as JSON writes them
are numbers. All else is text: `no`, `on`, `1:30`, `010`, `2025-10-13`, `1_000`, `.5`, `1e999`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from engine.kinds.values import Json

_BOOLEANS: Final[Mapping[str, bool]] = {"true": True, "false": False}
_NULLS = frozenset(("", "~", "null"))
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\Z")  # a longer row of digits is an id, not a quantity
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")


def resolve(text: str) -> Json:
    """Return what a plain, unquoted scalar means."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text) and ("." in text or "e" in text.lower()):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
