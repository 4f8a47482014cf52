"""Facts: finding one value in what a check brought back.

A path is dotted: keys by name, list items by number (`json.machines.0.state`). A selector narrows a
list first: `{from: json.machines, where: {state: started}, newest_by: created_at, get: id}`; items of which
nobody can say whether they fit are left out, and one object that does not fit is not there. `or` is another
path, for a server that wrapped its answer in one version and not in the next: it is looked at only where
`from` leads to nothing. `as` reads what another system wrote its own way (engine.kinds.units):
`{from: json.errorRate, as: percent}`. What is not there, or cannot be read, is ABSENT, which makes every
operator on it *unknown*.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from engine.kinds.matchers import Matcher
from engine.kinds.narrowing import narrowed, newest
from engine.kinds.paths import look_up
from engine.kinds.references import ABSENT, Absent
from engine.kinds.units import UNITS, read_as
from engine.kinds.values import Json, text_schema

_KEYS = ("from", "or", "where", "newest_by", "get", "count", "as", "default")


@dataclass(frozen=True, slots=True)
class Selector:
    """How one named fact is found; written as a path or as a mapping with `from`."""

    path: str
    where: Json = None
    newest_by: str = ""
    get: str = ""
    count: bool = False
    default: Json | Absent = ABSENT
    unit: str = ""
    """How the value is read, written `as`."""
    other: str = ""
    """The path that is looked at where the first leads to nothing, written `or`."""

    @classmethod
    def parse(cls, data: object) -> Self:
        """Take a selector of a plan; raises ValueError. A pattern in `where` is not looked into."""
        if isinstance(data, Selector):
            known = (data.path, data.where, data.newest_by, data.get, data.count, data.default)
            return cls(*known, data.unit, data.other)
        if isinstance(data, str):
            return cls(data)
        if not isinstance(data, Mapping) or not isinstance(data.get("from"), str):
            raise ValueError("a fact is a path such as json.status, or a mapping with 'from'")
        unknown = [key for key in data if key not in _KEYS]
        if unknown:
            raise ValueError(f"unknown key '{unknown[0]}' in a fact: known are {', '.join(_KEYS)}")
        unit = str(data.get("as", ""))
        if unit and unit not in UNITS and "${" not in unit:
            raise ValueError(f"'as' cannot read '{unit}': known are {', '.join(UNITS)}")
        if data.get("where") is not None:
            Matcher.parse(data["where"])
        return cls(
            data["from"],
            data.get("where"),
            str(data.get("newest_by", "")),
            str(data.get("get", "")),
            data.get("count") is True,
            data.get("default", ABSENT),
            unit,
            str(data.get("or", "")),
        )

    @classmethod
    def written(cls, data: object) -> Self:
        """Read what an author wrote; raises ValueError for a broken pattern too."""
        selector = cls.parse(data)
        if selector.where is not None:
            Matcher.written(selector.where)
        return selector

    def plain(self) -> Json:
        """Return the canonical form."""
        full: dict[str, Json] = {"from": self.path}
        if self.other:
            full["or"] = self.other
        if self.where is not None:
            full["where"] = self.where
        for key in ("newest_by", "get"):
            if getattr(self, key):
                full[key] = getattr(self, key)
        if self.count:
            full["count"] = True
        if self.unit:
            full["as"] = self.unit
        if not isinstance(self.default, Absent):
            full["default"] = self.default
        return self.path if len(full) == 1 else full

    def find(self, facts: Mapping[str, Json]) -> Json | Absent:
        """Return the value in a check's facts, the default, or ABSENT."""
        there = look_up(facts, self.path)
        if isinstance(there, Absent) and self.other:
            there = look_up(facts, self.other)
        found = self._found(there)
        if self.unit and not isinstance(found, Absent):
            found = read_as(self.unit, found)
        return self.default if isinstance(found, Absent) else found

    def _found(self, value: Json | Absent) -> Json | Absent:
        if self.where is None and not self.newest_by and not self.count:
            return look_up(value, self.get)
        if isinstance(value, Mapping) and not self.newest_by and not self.count:
            return look_up(value, self.get) if Matcher(self.where).judge(value).answer == "pass" else ABSENT
        if not isinstance(value, Sequence) or isinstance(value, str):
            return ABSENT
        match = None if self.where is None else Matcher.parse(self.where)
        items = narrowed(value, (lambda item: match.judge(item).answer) if match else None).certain
        if self.newest_by:
            best = newest(items, self.newest_by)
            if self.count:
                return 0 if isinstance(best, Absent) else 1
            return look_up(best, self.get)
        return len(items) if self.count else look_up(list(items), self.get)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> dict[str, Any]:
        return text_schema(cls.written)

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
                    "properties": {"from": text, "or": text, "where": {}, "newest_by": text, "get": text}
                    | {"count": {"type": "boolean"}, "default": {}, "as": {"enum": list(UNITS)}},
                },
            ]
        }
