"""What comes back from outside, made into facts: text of a sane size, JSON of a sane depth, seconds as read.

Nothing here trusts its input: bytes that are no UTF-8, numbers that are no numbers and nesting that would
exhaust a reader's stack are all met. NaN and the infinities are no data: they become null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Json

TEXT_KEPT: Final = 65_536  # characters of text among the facts; the whole body is evidence
DEEPEST: Final = 100
_LINE_START: Final = re.compile(r"^(?=[\[{])", re.MULTILINE)
_CANDIDATES: Final = 20


def read_json(body: bytes | str) -> Json | Absent:
    """Return the JSON a body consists of, or ABSENT."""
    try:
        text = body.decode("utf-8-sig") if isinstance(body, bytes) else body
        return _sane(_DECODER.decode(text))
    except (ValueError, RecursionError):
        return ABSENT


def find_json(text: str) -> Json | Absent:
    """Return the JSON object or list in what a tool printed, or ABSENT.

    Notices may come before it and warnings after it: the first line that begins one decides, and an
    indented line does not (it is a part of something larger that was cut off). Failing that, one inside a
    line counts when nothing but space follows it.
    """
    starts = [match.end() for match in _LINE_START.finditer(text)][:_CANDIDATES]
    for start in starts:
        found = _decoded(text, start)
        if found is not None:
            return found[0]
    first = re.search(r"[\[{]", text)
    if first is not None:
        found = _decoded(text, first.start())
        if found is not None and not text[found[1] :].strip():
            return found[0]
    return ABSENT


def clipped(body: bytes | str) -> str:
    """Return a body as text of at most TEXT_KEPT characters."""
    if isinstance(body, bytes):
        body = body[: 4 * TEXT_KEPT].decode("utf-8", "replace")
    return body[:TEXT_KEPT]


def first_line(text: str, limit: int = 160) -> str:
    """Return the first line that says anything, for a summary."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else line[: limit - 1] + "…"


def took(seconds: float) -> str:
    """Return seconds as a person reads them: `38.2s`, `212ms`."""
    return f"{seconds:.1f}s" if seconds >= 0.9995 else f"{seconds * 1000:.0f}ms"


def as_mapping(value: Json | Absent) -> Mapping[str, Json]:
    """Return the value if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Json | Absent) -> list[Json]:
    """Return the items if it is a list, else none."""
    return list(value) if isinstance(value, (list, tuple)) else []


def as_text(value: Json | Absent) -> str:
    """Return the value if it is text, else an empty one."""
    return value if isinstance(value, str) else ""


def _decoded(text: str, start: int) -> tuple[Json, int] | None:
    try:
        value, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None
    sane = _sane(value)
    return None if isinstance(sane, Absent) else (sane, end)


def _sane(value: Json) -> Json | Absent:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for item in level for inner in _inner(item)]
        if not level:
            return value
    return ABSENT


def _inner(item: Json) -> list[Json]:
    values = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
    return [inner for inner in values if isinstance(inner, (dict, list))]


def _finite(text: str) -> float | None:
    number = float(text)
    return number if number - number == 0 else None


_DECODER: Final = json.JSONDecoder(parse_float=_finite, parse_constant=lambda _: None)
