"""The JSON Schema of the files, for editors; assembled from the same annotations that reading goes by.

Rules:
1. Draft-07, which the YAML language server reads. What stands beside a `$ref` only describes: a validator of
   that draft ignores it.
2. Every property has a description: the string below its field, the sentence of its class, or the meaning of
   its fact. A new kind or key has its own by being written.
3. A mapping that names its kind by a key is a chain of `if`, not a choice: so a fault is told of the kind
   that was meant, at its line, and not of the first of forty.
4. It is looser than the loader where JSON Schema cannot say it: names of steps, targets and references. With
   `words` it knows the names of a workspace.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args, get_origin

from engine.kinds.discovery import family
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.nodes import BRANCH_ENDS, ENDS, Node
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Duration, Json
from engine.model.cases import DONE, LOOKED, Cases, Given, Givens
from engine.model.catalogue import Catalogue
from engine.model.loading.annotations import Key, form, keys, nullable, optional
from engine.model.loading.attributes import about
from engine.model.loading.leaves import schema as leaf_schema
from engine.model.loading.schema_parts import (
    ID,
    Schema,
    chosen,
    closed,
    described,
    mapping,
    matcher_schema,
    or_parameter,
    selector_schema,
    sentence,
    some,
    subject,
    targets,
    wait_value,
)
from engine.model.runbook import Runbook
from engine.model.scenario import Scenario
from engine.model.step_tests import StepTests

Words = Mapping[tuple[str, str], Sequence[str]]
"""Which texts a key takes, by class and field: `("EscalateStep", "escalate")`."""

DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_USES: Final[Mapping[type[Any], tuple[str, str]]] = {
    CheckUse: ("check", "checks"),
    ActionUse: ("action", "actions"),
    Undo: ("undo", "actions"),
}
_TEXT: Final[Schema] = {"type": "string"}
_WITH: Final = "Values of its parameters, by name."
_PARAMS: Final = "Defaults of its parameters, by name; null: it must be given."
_USE: Final = "The name of one of the catalogue; its parameters are given with `with`."


def json_schema(words: Words | None = None) -> Mapping[str, Json]:
    """Return the schema of a runbook file."""
    return _Files(words or {}).file(Runbook)


def catalogue_schema(words: Words | None = None) -> Mapping[str, Json]:
    """Return the schema of a catalogue file; its sections may be spread over files."""
    return _Files(words or {}).file(Catalogue)


def scenario_schema(words: Words | None = None) -> Mapping[str, Json]:
    """Return the schema of a drill's scenario."""
    return _Files(words or {}).file(Scenario)


def cases_schema(words: Words | None = None) -> Mapping[str, Json]:
    """Return the schema of a runbook's cases."""
    return _Files(words or {}).file(Cases)


def step_tests_schema(words: Words | None = None) -> Mapping[str, Json]:
    """Return the schema of a runbook's step tests."""
    return _Files(words or {}, (*ENDS, *BRANCH_ENDS)).file(StepTests)


class _Files:
    """Builds one schema; `defs` fills while the classes are walked."""

    def __init__(self, words: Words, ends: Sequence[str] = ()) -> None:
        self._words = words
        self._ends = ends  # outcomes of what a step opens, where a file gives them
        self._defs: Schema = {}

    def file(self, kind: type[Any]) -> Schema:
        """Return the schema of a file that is this class."""
        written = self._object(kind)
        if kind is Catalogue:
            properties = dict(mapping(written["properties"]))
            for section, use in (("checks", CheckUse), ("actions", ActionUse)):
                properties[section] = described(self._templates(use), about(Catalogue, section))
            written["properties"] = properties
        return {
            "$schema": DRAFT,
            "title": kind.__name__,
            **written,
            "definitions": dict(sorted(self._defs.items())),
        }

    def _object(self, kind: type[Any]) -> Schema:
        """Return the schema of a class that is written as a mapping of its own."""
        properties = {name: self._key(kind, key) for name, key in keys(kind).items()}
        return closed(properties, [name for name, key in keys(kind).items() if key.required], sentence(kind))

    def _key(self, kind: type[Any], key: Key) -> Schema:
        """Return the schema of a key, with its description and its default."""
        schema = self._worded(kind, key)
        default = {field.name: field.default for field in dataclasses.fields(kind)}[key.field]
        if isinstance(default, bool | str | Duration) and default != "":
            schema = {**schema, "default": default if type(default) in (bool, str) else str(default)}
        return described(schema, about(kind, key.field))

    def _worded(self, kind: type[Any], key: Key) -> Schema:
        named = self._words.get((kind.__name__, key.field), ())
        schema: Schema = {"$ref": "#/definitions/steps"} if key.field == "steps" else self._value(key.hint)
        if key.field == "steps" and "steps" not in self._defs:
            self._defs["steps"] = {}
            self._defs["steps"] = self._steps()
        if not named:
            return schema
        # A reference may stand for a name: it is looked up when the run is planned.
        choice: Schema = {"anyOf": [{"enum": list(named)}, {"type": "string", "pattern": r"\$\{"}]}
        match schema.get("type"):
            case "array":
                return {"type": "array", "items": choice}
            case "object":
                return {"type": "object", "additionalProperties": choice}
        return choice

    def _value(self, hint: Any) -> Schema:
        if form(hint) == "any":
            return {}
        options = [self._one(member) for member in optional(hint)]
        if nullable(hint):
            options.append({"type": "null"})
        return options[0] if len(options) == 1 else {"anyOf": list(options)}

    def _one(self, hint: Any) -> Schema:
        if form(hint) == "any":
            return {}
        origin = get_origin(hint)
        if origin is tuple:
            return {"type": "array", "items": self._value(get_args(hint)[0])}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self._value(get_args(hint)[1])}
        if hint in _USES:
            return self._defined(_USES[hint][0], lambda: self._use(hint))
        if hint is Matcher:
            return self._defined("matcher", matcher_schema)
        if hint is Selector:
            return self._defined("fact", lambda: selector_schema(leaf_schema(Selector)))
        if hint is Givens:
            return self._defined("givens", self._givens)
        if form(hint) == "record":
            return self._defined(hint.__name__.lower(), lambda: self._object(hint))
        return dict(leaf_schema(hint))

    def _defined(self, name: str, build: Any) -> Schema:
        """Return a reference to a definition, which is built when it is first needed."""
        if name not in self._defs:
            self._defs[name] = {}  # first, for classes that hold themselves
            self._defs[name] = build()
        return {"$ref": f"#/definitions/{name}"}

    def _common(self, use: type[Any]) -> dict[str, Schema]:
        """Return references to the keys that stand beside any kind of check or action."""
        name = f"any-{_USES[use][0]}"
        own = {key.name: key for key in keys(use).values() if key.name not in ("kind", "name")}
        self._defined(name, lambda: some({key: self._key(use, spec) for key, spec in own.items()}))
        return {key: {"$ref": f"#/definitions/{name}/properties/{key}"} for key in own}

    def _use(self, use: type[Any]) -> Schema:
        """Return the schema of a check, an action or an undo: one of the kinds, or `use`."""
        word, of = _USES[use]
        common = self._common(use)
        named = self._words.get((use.__name__, "use"), ())
        by_name: Schema = {"enum": list(named)} if named else _TEXT
        written = {
            "use": described(by_name, _USE),
            "with": described({"type": "object"}, _WITH),
            **common,
        }
        chain = [("use", closed(written, ["use"], f"One of the catalogue's {of}."))]
        for name, kind in family(of).items():
            reference = self._defined(f"{word}-{name}", lambda kind=kind: self._kind(use, kind, common))
            chain.append((name, reference))
        said = {"use": _USE} | {name: sentence(kind) for name, kind in family(of).items()}
        return chosen(sentence(use), said, chain, closed({**common}, ["use"], f"This {word} names no kind."))

    def _kind(self, use: type[Any], kind: type[Any], common: Mapping[str, Schema]) -> Schema:
        own = {key.name: self._key(kind, key) for key in keys(kind).values()}
        required = [key.name for key in keys(kind).values() if key.required]
        beside = dict(common)
        if use is CheckUse and kind.fact_names:
            facts = {
                name: described(self._one(Matcher), meaning) for name, meaning in kind.fact_names.items()
            }
            expect: Schema = {
                "type": "object",
                "properties": facts,
                "additionalProperties": self._one(Matcher),
            }
            beside["expect"] = described(expect, about(CheckUse, "expect"))
        first = {kind.kind: described(own.pop(kind.kind, {}), subject(kind))}
        return closed({**first, **beside, **own}, list(dict.fromkeys([kind.kind, *required])), sentence(kind))

    def _templates(self, use: type[Any]) -> Schema:
        """Return the schema of a section of the catalogue: written out, with parameters."""
        word, of = _USES[use]
        params = described({"type": "object"}, _PARAMS)
        common = self._common(use)
        written = dict(mapping(mapping(self._defs[f"any-{word}"])["properties"]))
        chain: list[tuple[str, Schema]] = []
        for name, kind in family(of).items():
            whole = self._kind(use, kind, {key: dict(mapping(one)) for key, one in written.items()})
            fields = {key: or_parameter(one) for key, one in mapping(whole["properties"]).items()}
            whole = {**whole, "properties": {**fields, "params": params}}
            chain.append((name, self._defined(f"shared-{word}-{name}", lambda whole=whole: whole)))
        said = {name: sentence(kind) for name, kind in family(of).items()}
        nothing = closed(
            {**common, "params": params}, [f"one of {', '.join(family(of))}"], f"This {word} names no kind."
        )
        each = chosen(sentence(use), said, chain, nothing)
        return {"type": "object", "additionalProperties": each}

    def _steps(self) -> Schema:
        self._defs["any-step"] = some(
            {key: self._key(Node, spec) for key, spec in keys(Node).items() if key not in ("step", "then")}
        )
        common = {
            key: {"$ref": f"#/definitions/any-step/properties/{key}"} for key in keys(Node) if key != "step"
        }
        chain: list[tuple[str, Schema]] = []
        for name, kind in family("steps").items():
            own = {key.name: self._key(kind, key) for key in keys(kind).values()}
            required = [key.name for key in keys(kind).values() if key.required]
            if kind is WaitStep:
                own, required = {"wait": wait_value(own)}, ["wait"]
            own[name] = described(own[name], subject(kind))
            beside: Schema = {**common, "then": targets(kind)}
            whole = closed({**own, **beside}, list(dict.fromkeys([name, *required])), sentence(kind))
            chain.append((name, self._defined(f"step-{name}", lambda whole=whole: whole)))
        del common["then"]
        said = {name: sentence(kind) for name, kind in family("steps").items()}
        then = described({}, about(Node, "then"))
        nothing = closed({**common, "then": then}, [f"one of {', '.join(said)}"], "This step names no kind.")
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": ID},
            "additionalProperties": chosen(sentence(Node), said, chain, nothing),
        }

    def _givens(self) -> Schema:
        outcome: Schema = {"enum": list(dict.fromkeys((*LOOKED, *DONE, *self._ends)))}
        whole = self._object(Given)
        own = dict(mapping(whole["properties"]))
        own["outcome"] = described(outcome, about(Given, "outcome"))
        self._defs["given"] = {
            "if": _TEXT,
            "then": outcome,
            "else": {**whole, "properties": own},
        }
        one: Schema = {"$ref": "#/definitions/given"}
        many: Schema = {"type": "array", "minItems": 1, "items": one}
        return {"description": sentence(Givens), "if": {"type": "array"}, "then": many, "else": one}


__all__ = [
    "DRAFT",
    "Words",
    "cases_schema",
    "catalogue_schema",
    "json_schema",
    "scenario_schema",
    "step_tests_schema",
]
