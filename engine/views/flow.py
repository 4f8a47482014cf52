"""A value as an author writes it in a file: YAML in flow style, in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from engine.kinds.values import Json

_PLAIN: Final = re.compile(r"[A-Za-z0-9_/.<>=+~^$()*-](?:[A-Za-z0-9_/.<>=+~^$()*;@%-]| (?=[^ #]))*\Z")
_READ_AS_ANOTHER: Final = re.compile(
    r"(?:true|false|null|yes|no|on|off|~|-|=|<<|[-+]?[0-9][0-9_.:]*(?:e[-+]?[0-9]+)?|[-+]?\.[0-9a-z]+|0x[0-9a-f]+"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9].*)\Z",
    re.IGNORECASE,
)
"""Words that YAML takes for something else than a text."""


def flow(data: Json) -> str:
    """Return a value in a line: `{status: {in: [200, 204]}}`."""
    if data is None:
        return "null"
    if isinstance(data, bool):
        return "true" if data else "false"
    if isinstance(data, str):
        return _text(data)
    if isinstance(data, Mapping):
        return "{" + ", ".join(f"{_text(str(key))}: {flow(item)}" for key, item in data.items()) + "}"
    if isinstance(data, list | tuple):
        return "[" + ", ".join(flow(item) for item in data) + "]"
    return str(data)


def _text(text: str) -> str:
    """Return a text as it is where YAML takes it so, else in quotes."""
    if _PLAIN.match(text) and not _READ_AS_ANOTHER.match(text) and text[0] not in "-*>=~":
        return text
    return "'" + text.replace("'", "''") + "'"


__all__ = ["flow"]
