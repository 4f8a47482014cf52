"""Both sides of a matcher in words: what is wanted, and what was seen of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from engine.kinds.matching import MATCHERS, is_one, is_operators, judge, meant, narrowed_list, narrows
from engine.kinds.narrowing import newest
from engine.kinds.paths import look_up
from engine.kinds.references import Absent
from engine.kinds.values import Json

_BLANK: Final = {ord(mark): " " for mark in "\n\r\t\v\f\x1c\x1d\x1e\x85\u2028\u2029"}
_WORDS: Final = {
    "eq": "", "ne": "not ", "lt": "< ", "le": "<= ", "gt": "> ", "ge": ">= ", "between": "between ",
    "in": "one of ", "contains": "containing ", "matches": "matching ", "len": "length ",
    "every": "every ", "some": "some ", "not": "not ", "within": "within ", "count": "count ", "get": "",
}  # fmt: skip


def shown(value: Json | Absent, limit: int = 120) -> str:
    """Return a short text of a value, in one line; an absent one says so."""
    if isinstance(value, Absent):
        return "nothing there"
    if isinstance(value, float):
        text = f"{value:.3f}".rstrip("0").rstrip(".")
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = value
    else:
        text = json.dumps(value, ensure_ascii=False, default=_held)
    text = text[: limit + 1].translate(_BLANK)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _held(value: object) -> Json:
    """Write a mapping or sequence of another class than dict and list."""
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Sequence) else str(value)


def told(data: Json, value: Json | Absent) -> tuple[str, str]:
    """Return both sides in words, one line each: of a list that is narrowed, which items were looked at."""
    wanted, seen = _sides(data, value)
    return wanted.translate(_BLANK), seen.translate(_BLANK)


def _sides(data: Json, value: Json | Absent) -> tuple[str, str]:
    if not isinstance(data, Mapping) or not is_operators(data):
        return in_words(data), shown(value)
    note = f", taken as {shown(data['default'])}" if isinstance(value, Absent) and "default" in data else ""
    rest, real = meant(data, value)
    if not narrows(rest):
        return in_words(data), shown(value) + note
    scope = _scope(rest)
    own = {key: item for key, item in rest.items() if key not in ("where", "newest_by")}
    if is_one(rest, real) and not isinstance(real, Absent):
        if judge(rest["where"], real) == "pass":
            return _wanted(own), _picked(own.get("get"), real) + note
        return _wanted(own), f"{_picked(rest['where'], real)}: says something only{scope}{note}"
    found = narrowed_list(rest, real)
    if found is None:
        return in_words(data), shown(value) + note
    if "count" in own:
        most = len(found.certain) + len(found.doubtful)
        number = f"{len(found.certain)} to {most}" if found.doubtful else str(most)
        wanted = in_words(own["count"]) if len(own) == 1 else _wanted(own)
        return wanted, f"{number} of {found.total}{scope}{note}"
    path = rest.get("newest_by")
    if isinstance(path, str):
        item = newest(found.certain, path)
        if isinstance(item, Absent):
            return _wanted(own), f"none of {found.total}{scope} with {path}{note}"
        return _wanted(own), f"{_picked(own.get('get'), item)} in the newest of {found.total}{scope}{note}"
    if "get" in own and len(found.certain) == 1:
        return _wanted(own), f"{_picked(own['get'], found.certain[0])}{scope}{note}"
    number = f"{len(found.certain)} of {found.total}" if "get" in own else shown(found.certain)
    return _wanted(own), f"{number}{scope}{note}"


def _wanted(own: Mapping[str, Json]) -> str:
    """Say what is wanted of the items that are left, or of the newest."""
    rest = {key: item for key, item in own.items() if key != "get"}
    parts = [in_words(own["get"])] if "get" in own else []
    return " and ".join([*parts, in_words(rest)] if rest else parts)


def _picked(get: Json, item: Json) -> str:
    """Show of an item what is asked for."""
    if not isinstance(get, Mapping) or is_operators(get):
        return shown(item)
    return ", ".join(f"{key} {shown(look_up(item, key))}" for key in get)


def _scope(data: Mapping[str, Json]) -> str:
    return f" where {scope(data['where'])}" if "where" in data else ""


def scope(where: Json) -> str:
    """Say which items of a list are meant: `status is completed and attempt > 1`."""
    if not isinstance(where, Mapping):
        return f"it is {shown(where)}"
    if is_operators(where) and where.keys() != {"count"}:
        return f"it is {in_words(where)}"
    parts = [f"{k} {'' if isinstance(v, Mapping) else 'is '}{in_words(v)}" for k, v in where.items()]
    return " and ".join(parts)


def in_words(data: Json) -> str:
    """Say what is wanted, so that it can be read without the value."""
    if not isinstance(data, Mapping):
        return shown(data)
    if not is_operators(data):
        return ", ".join(f"{key} {in_words(item)}" for key, item in data.items())
    parts = []
    for name, operand in data.items():
        if name == "exists":
            parts.append("present" if operand else "absent")
        elif name == "of":
            parts.append(f"of {shown(operand)}")
        elif name in MATCHERS and name != "where":
            parts.append(_WORDS[name] + in_words(operand))
        elif name in _WORDS:
            parts.append(_WORDS[name] + shown(operand))
    text = " and ".join(parts).replace(" and of ", " of ") + _scope(data)
    if "newest_by" in data:
        text = f"newest by {shown(data['newest_by'])}: {text}"
    if "as" in data:
        text += f" as {shown(data['as'])}"
    return text + (f" (where absent: {shown(data['default'])})" if "default" in data else "")
