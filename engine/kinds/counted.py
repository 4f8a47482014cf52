"""Numbers of things, as they are said: `1 case`, `2 cases`, `0 tries`."""

from __future__ import annotations

import re
from typing import Final

_HISSES: Final = re.compile(r"(?:s|x|z|ch|sh)\Z")
_ENDS_IN_Y: Final = re.compile(r"(?<=[^aeiou])y\Z")


def counted(number: int, noun: str) -> str:
    """Return a number of things; of several words the last one is put in the plural."""
    return f"{number} {plural(noun)}" if number != 1 else f"1 {noun}"


def plural(noun: str) -> str:
    """Return the plural of a noun by the rules: `passes`, `tries`, `cases`."""
    if _HISSES.search(noun):
        return f"{noun}es"
    return f"{_ENDS_IN_Y.sub('ie', noun)}s"
