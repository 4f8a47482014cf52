"""Dotted paths into plain data: keys by name, list items by number (`json.machines.0.state`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Json


def look_up(data: Json | Absent, path: str) -> Json | Absent:
    """Return the value at a dotted path, or ABSENT. Keys that contain dots are found too."""
    if not path or isinstance(data, Absent):
        return data
    if isinstance(data, Mapping):
        if path in data:
            return data[path]
        cut = path.find(".")
        while cut >= 0:
            head, rest = path[:cut], path[cut + 1 :]
            if head in data and rest:
                found = look_up(data[head], rest)
                if not isinstance(found, Absent):
                    return found
            cut = path.find(".", cut + 1)
        return ABSENT
    if isinstance(data, Sequence) and not isinstance(data, str):
        head, _, rest = path.partition(".")
        if head.isascii() and head.isdigit() and len(head) < 10 and int(head) < len(data):
            return look_up(data[int(head)], rest)
    return ABSENT
