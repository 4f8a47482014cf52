"""Facts: finding one value in what a check brought back.

A path is dotted: keys by name, list items by number (`json.machines.0.state`). A selector narrows a
list first: `{from: json.machines, where: {state: started}, newest_by: created_at, get: id}`. What is
not there is ABSENT, which makes every operator on it *unknown*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from engine.kinds.matchers import Matcher
from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent
from engine.kinds.values import Instant, Json, text_schema

_KEYS = ("from", "where", "newest_by", "get", "count", "default")


@dataclass(frozen=True, slots=True)
class Selector:
    """How one named fact is found; written as a path or as a mapping with `from`."""

    path: str
    where: Json = None
    newest_by: str = ""
    get: str = ""
    count: bool = False
    default: Json | Absent = ABSENT

    @classmethod
    def parse(cls, data: object) -> Self:
        """Read what the author wrote; raises ValueError."""
        if isinstance(data, Selector):
            return cls(data.path, data.where, data.newest_by, data.get, data.count, data.default)
        if isinstance(data, str):
            return cls(data)
        if not isinstance(data, Mapping) or not isinstance(data.get("from"), str):
            raise ValueError("a fact is a path such as json.status, or a mapping with 'from'")
        unknown = [key for key in data if key not in _KEYS]
        if unknown:
            raise ValueError(f"unknown key '{unknown[0]}' in a fact: known are {', '.join(_KEYS)}")
        if data.get("where") is not None:
            Matcher.parse(data["where"])
        return cls(
            data["from"],
            data.get("where"),
            str(data.get("newest_by", "")),
            str(data.get("get", "")),
            data.get("count") is True,
            data.get("default", ABSENT),
        )

    def plain(self) -> Json:
        """Return the canonical form."""
        full: dict[str, Json] = {"from": self.path}
        if self.where is not None:
            full["where"] = self.where
        for key in ("newest_by", "get"):
            if getattr(self, key):
                full[key] = getattr(self, key)
        if self.count:
            full["count"] = True
        if not isinstance(self.default, Absent):
            full["default"] = self.default
        return self.path if len(full) == 1 else full

    def find(self, facts: Mapping[str, Json]) -> Json | Absent:
        """Return the value in a check's facts, the default, or ABSENT."""
        value = look_up(facts, self.path)
        if self.where is not None or self.newest_by or self.count:
            if not isinstance(value, Sequence) or isinstance(value, str):
                return self.default
            items = list(value)
            if self.where is not None:
                match = Matcher.parse(self.where)
                items = [item for item in items if match.judge(item).answer == "pass"]
            if self.newest_by:
                dated = [item for item in items if not isinstance(look_up(item, self.newest_by), Absent)]
                items = [max(dated, key=lambda item: _age(look_up(item, self.newest_by)))] if dated else []
            if self.count:
                return len(items)
            value = (items[0] if items else ABSENT) if self.newest_by else items
        found = look_up(value, self.get)
        return self.default if isinstance(found, Absent) else found

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.parse)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, Any]:
        text = {"type": "string"}
        return {
            "anyOf": [
                text,
                {
                    "type": "object",
                    "required": ["from"],
                    "additionalProperties": False,
                    "properties": {"from": text, "where": {}, "newest_by": text, "get": text}
                    | {"count": {"type": "boolean"}, "default": {}},
                },
            ]
        }


def _age(value: Json | Absent) -> tuple[float, str]:
    """Return what orders times and numbers; a text that is neither comes before them, by its letters."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return (value, "")
    try:
        return (float(Instant.parse(value)), "")
    except ValueError:
        return (float("-inf"), str(value))
