"""Parts of the JSON Schema: what is the same wherever it stands; see `schema` for the rules."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.kinds.discovery import family
from engine.kinds.matcher_meaning import MEANING
from engine.kinds.nodes import BRANCH_ENDS, ENDS, Node
from engine.kinds.step import Step
from engine.kinds.steps.wait import WaitStep
from engine.kinds.values import Duration, Json
from engine.model.loading.attributes import about
from engine.model.loading.leaves import schema as leaf_schema

Schema = dict[str, Json]

_TEXT: Final[Schema] = {"type": "string"}
_PARAMETER: Final[Schema] = {"type": "string", "pattern": r"^\$\{with\.[\w-]+\}$"}
ID: Final = "^[a-z0-9][a-z0-9_-]{0,63}$"
_SKIPPED: Final[Mapping[str, str]] = {
    "any": "every outcome that has no target of its own",
    "limit": "it was visited more often than `visits`, or waited longer than its limit",
    "skipped": "a person skipped it",
}


def sentence(kind: type[Any]) -> str:
    """Return the first paragraph of a class's docstring."""
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())


def subject(kind: type[Any]) -> str:
    """Return what is said of the key that names a kind: what the kind does, and what its value is."""
    return f"{sentence(kind)} {about(kind, kind.kind)}".strip()


def closed(properties: Mapping[str, Json], required: Sequence[str], description: str) -> Schema:
    """Return the schema of a mapping with these keys and no others."""
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    schema["description"] = description
    if required:
        schema["required"] = list(required)
    return schema


def some(properties: Mapping[str, Json]) -> Schema:
    """Return the schema of a mapping with these keys among others."""
    return {"type": "object", "properties": dict(properties)}


def described(schema: Mapping[str, Json], words: str) -> Schema:
    """Return a schema with its description."""
    return {**schema, "description": words} if words else dict(schema)


def chosen(
    description: str, said: Mapping[str, str], chain: Sequence[tuple[str, Schema]], nothing: Schema
) -> Schema:
    """Return the schema of a mapping whose key names its kind.

    `nothing` is what it is without one. It requires a key that it does not allow: so nothing fits it, and an
    editor shows what is missing, or the key that was meant to be the kind.
    """
    named: list[Json] = [{"required": [name]} for name, _ in chain]
    chosen: list[Json] = [{"if": {"required": [name]}, "then": schema} for name, schema in chain]
    offered = {name: {"description": words} for name, words in said.items()}
    none = {**nothing, "properties": {**offered, **mapping(nothing["properties"])}}
    return {
        "type": "object",
        "description": description,
        "allOf": [*chosen, {"if": {"anyOf": named}, "else": none}],
    }


def targets(kind: type[Step]) -> Schema:
    """Return the schema of `then`: one target, or one for each outcome of the kind."""
    target: Schema = {"anyOf": [{"enum": [*ENDS, *BRANCH_ENDS]}, {"type": "string", "pattern": ID}]}
    outcomes = dict.fromkeys((*kind.good, *kind.bad), "")
    said = {name: f"where it goes when it ends '{name}'" for name in outcomes} | {
        name: f"where it goes when {words}" if name != "any" else f"where it goes with {words}"
        for name, words in _SKIPPED.items()
    }
    others: Json = target if kind.kind == "ask" else False  # the options of a question are its outcomes
    each: Schema = {
        "type": "object",
        "properties": {name: described(target, words) for name, words in said.items()},
        "additionalProperties": others,
    }
    return {"description": about(Node, "then"), "if": {"type": "object"}, "then": each, "else": target}


def wait_value(own: Mapping[str, Json]) -> Schema:
    """Return the schema of what stands under `wait`: a time, or the keys of a wait until checks hold."""
    check: Schema = {"$ref": "#/definitions/check"}
    by_name: Schema = {"type": "object", "additionalProperties": check}
    kinds: list[Json] = [{"required": [name]} for name in (*family("checks"), "use")]
    until: Schema = {"if": {"anyOf": kinds}, "then": check, "else": by_name}
    inside = {**own, "until": described(until, about(WaitStep, "until"))}
    del inside["wait"]
    shape = closed(inside, ["until"], "Wait until checks hold.")
    pause = dict(leaf_schema(Duration))
    return {"description": about(WaitStep, "wait"), "if": {"type": "object"}, "then": shape, "else": pause}


def or_parameter(schema: Json) -> Schema:
    """Return the schema of a value for which a parameter may stand."""
    own = dict(mapping(schema))
    words = str(own.pop("description", ""))
    if own in ({}, _TEXT):
        return described(own, words)
    return {"description": words, "if": _PARAMETER, "else": own}


def matcher_schema() -> Schema:
    """Return the schema of a matcher."""
    operators: Schema = {name: {"description": words} for name, words in MEANING.items()}
    return {
        "description": "A value (equality), or operators that must all hold.",
        "type": ["string", "number", "boolean", "null", "array", "object"],
        "properties": operators,
    }


def selector_schema(schema: Mapping[str, Any]) -> Schema:
    """Return the schema of where a fact is found, from the plain one of its class."""
    said = {
        "from": "The path: keys by name, items by number.",
        "or": "Another path, looked at only where the first leads to nothing.",
        "where": "Only the items that fit this matcher.",
        "newest_by": "Only the item with the latest time, or the largest number, at this path.",
        "get": "The path of one value in what is left.",
        "count": "How many are left, in place of the items.",
        "default": "What holds where nothing is found.",
        "as": "The unit it is written in.",
    }
    short, whole = schema["anyOf"]
    own = {key: {**one, "description": said[key]} for key, one in whole["properties"].items()}
    words = "Where the fact is found: a path, or a mapping."
    return {"description": words, "if": short, "else": {**whole, "properties": own}}


def mapping(value: Json) -> Mapping[str, Json]:
    """Return a schema as the mapping it is."""
    assert isinstance(value, Mapping)
    return value
