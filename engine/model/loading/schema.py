"""The JSON schema of the files, for editors; assembled from the same annotations that reading goes by.

It is looser than the loader where JSON schema cannot say it: names of steps, targets and references.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_args

from engine.kinds.discovery import family
from engine.kinds.nodes import Node
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.loading.annotations import Key, form, keys, nullable, optional
from engine.model.loading.leaves import schema as leaf_schema
from engine.model.runbook import Runbook
from engine.model.scenario import Scenario

Schema = dict[str, Json]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FAMILIES: Mapping[type[Any], str] = {CheckUse: "checks", ActionUse: "actions", Undo: "actions"}
_TEXT: Schema = {"type": "string"}
_PARAMETER: Schema = {"type": "string", "pattern": r"^\$\{with\.[\w-]+\}$"}
"""Stands for a value of any type: it takes that of the parameter."""
_TARGETS: Schema = {
    "description": "a step or an end; a mapping gives one for each outcome, `any` for all others",
    "anyOf": [_TEXT, {"type": "object", "additionalProperties": _TEXT}],
}


def json_schema() -> Mapping[str, Json]:
    """Return the schema of a runbook file."""
    return _file(Runbook, {"steps": ("steps", _steps)})


def catalogue_schema() -> Mapping[str, Json]:
    """Return the schema of a catalogue file; its sections may be spread over files."""
    return _file(Catalogue, {"checks": ("checks", _checks), "actions": ("actions", _actions)})


def scenario_schema() -> Mapping[str, Json]:
    """Return the schema of a drill's scenario."""
    return _file(Scenario, {})


def _file(kind: type[Any], parts: Mapping[str, tuple[str, Callable[[Schema], Schema]]]) -> Schema:
    """Return the schema of a file; `parts` are keys whose values authors write in a form of their own."""
    defs: Schema = {}
    written = _object(kind, defs, {key: {"$ref": f"#/$defs/{name}"} for key, (name, _) in parts.items()})
    for name, build in parts.values():
        defs[name] = build(defs)
    return {"$schema": _DRAFT, "title": kind.__name__, **written, "$defs": dict(sorted(defs.items()))}


def _object(kind: type[Any], defs: Schema, instead: Mapping[str, Schema] | None = None) -> Schema:
    """Return the schema of a class that is written as a mapping of its own."""
    replaced = instead or {}
    properties: dict[str, Json] = {
        name: replaced.get(name) or _key(kind, key, defs) for name, key in keys(kind).items()
    }
    return _closed(properties, [name for name, key in keys(kind).items() if key.required], _said(kind))


def _closed(properties: Mapping[str, Json], required: list[str], description: str = "") -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    if description:
        schema["description"] = description
    if required:
        schema["required"] = required
    return schema


def _key(kind: type[Any], key: Key, defs: Schema) -> Schema:
    schema = _value(key.hint, defs)
    default = {field.name: field.default for field in dataclasses.fields(kind)}[key.field]
    if isinstance(default, bool | str) and default != "":
        return {**schema, "default": default if type(default) in (bool, str) else str(default)}
    return schema


def _value(hint: Any, defs: Schema) -> Schema:
    if form(hint) == "any":
        return {}
    options = [_one(member, defs) for member in optional(hint)]
    if nullable(hint):
        options.append({"type": "null"})
    return options[0] if len(options) == 1 else {"anyOf": options}


def _one(hint: Any, defs: Schema) -> Schema:
    if hint in _FAMILIES:
        return _use(hint, defs)
    match form(hint):
        case "any":
            return {}
        case "record":
            name = hint.__name__.lower()
            if name == "branch":
                return _closed({"steps": {"$ref": "#/$defs/steps"}, "start": _TEXT}, ["steps"], _said(hint))
            if name not in defs:
                defs[name] = {}  # first, for classes that hold themselves
                defs[name] = _object(hint, defs)
            return {"$ref": f"#/$defs/{name}"}
        case "list":
            return {"type": "array", "items": _value(get_args(hint)[0], defs)}
        case "mapping":
            return {"type": "object", "additionalProperties": _value(get_args(hint)[1], defs)}
    return dict(leaf_schema(hint))


def _use(use: type[Any], defs: Schema) -> Schema:
    """Return a reference to the schema of a check, an action or an undo: one of the kinds, or `use`."""
    name = {CheckUse: "check", ActionUse: "action", Undo: "undo-of-action"}[use]
    if name not in defs:
        defs[name] = {}
        common = _common(use, defs)
        by_name = _closed(
            {"use": _TEXT, "with": {"type": "object"}, **common}, ["use"], f"{name} of the catalogue"
        )
        defs[name] = {"oneOf": [*_kinds(_FAMILIES[use], common, defs), by_name], "description": _said(use)}
    return {"$ref": f"#/$defs/{name}"}


def _checks(defs: Schema) -> Schema:
    return _templates(CheckUse, defs)


def _actions(defs: Schema) -> Schema:
    return _templates(ActionUse, defs)


def _templates(use: type[Any], defs: Schema) -> Schema:
    """Return the schema of a section of the catalogue: written out, with parameters."""
    params: Schema = {"type": "object", "description": "defaults by name; null: it must be given"}
    kinds = []
    for kind in _kinds(_FAMILIES[use], _common(use, defs), defs):
        fields = kind["properties"]
        open_to_parameters = {name: {"anyOf": [schema, _PARAMETER]} for name, schema in fields.items()}
        kinds.append({**kind, "properties": {**open_to_parameters, "params": params}})
    return {"type": "object", "additionalProperties": {"anyOf": kinds, "description": _said(use)}}


def _common(use: type[Any], defs: Schema) -> dict[str, Json]:
    return {name: _key(use, key, defs) for name, key in keys(use).items() if name not in ("kind", "name")}


def _kinds(of: str, common: Mapping[str, Json], defs: Schema) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, kind in family(of).items():
        own = {key.name: _key(kind, key, defs) for key in keys(kind).values()}
        subject = {name: own.get(name, {})}
        required = list(dict.fromkeys([name, *(key.name for key in keys(kind).values() if key.required)]))
        found.append(_closed({**subject, **common, **own}, required, _said(kind)))
    return found


def _steps(defs: Schema) -> Schema:
    common: dict[str, Json] = {
        key: _key(Node, spec, defs) for key, spec in keys(Node).items() if key != "step"
    }
    common["then"] = _TARGETS
    kinds: list[Json] = []
    for kind in family("steps").values():
        own = {key.name: _key(kind, key, defs) for key in keys(kind).values()}
        required = [key.name for key in keys(kind).values() if key.required]
        if kind is WaitStep:
            own, required = {"wait": _wait(own)}, ["wait"]
        kinds.append(_closed({**own, **common}, list(dict.fromkeys([kind.kind, *required])), _said(kind)))
    return {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
        "additionalProperties": {"oneOf": kinds},
    }


def _wait(own: Mapping[str, Json]) -> Schema:
    check: Schema = {"$ref": "#/$defs/check"}
    until: Schema = {"anyOf": [check, {"type": "object", "additionalProperties": check}]}
    inside = {**own, "until": until}
    del inside["wait"]
    return {"anyOf": [dict(leaf_schema(_duration())), _closed(inside, ["until"])]}


def _duration() -> Any:
    return optional(keys(WaitStep)["wait"].hint)[0]


def _said(kind: type[Any]) -> str:
    """Return the first paragraph of a class's docstring."""
    return " ".join((inspect.getdoc(kind) or "").partition("\n\n")[0].split())
