"""What a class says about itself, for a reader: its sentences, its fields, their types and defaults.

Everything comes from the class: its docstring, the strings below its fields, its annotations. So the
reference cannot say something else than the code.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal

from engine.kinds.graphql_document import Document
from engine.kinds.values import Duration, Instant
from engine.model.loading.annotations import Key, keys, nullable, optional
from engine.model.loading.attributes import about
from engine.render.markdown_text import table

_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Any: "any value",
    object: "any value",
    Duration: "duration",
    Instant: "time",
    Document: "GraphQL text",
}
_LINKED: Mapping[str, str] = {
    "Matcher": "[matcher](matchers.md)",
    "Selector": "[fact](facts-and-references.md)",
    "CheckUse": "[check](checks.md)",
    "ActionUse": "[action](actions.md)",
    "Undo": "[action](actions.md)",
    "Node": "[step](steps.md)",
    "Givens": "[given, or a list of them](#givens)",
}


def prose(thing: object) -> str:
    """Return the docstring as paragraphs, each on one line."""
    parts = (inspect.getdoc(thing) or "").split("\n\n")
    return "\n\n".join(" ".join(part.split()) for part in parts if part.strip())


def sentence(thing: object) -> str:
    """Return the first paragraph of the docstring."""
    return prose(thing).partition("\n\n")[0]


def fields_table(kind: type[Any], *, but: frozenset[str] = frozenset()) -> str:
    """Return the keys an author may write, with type, default and meaning."""
    rows = [
        [f"`{key.name}`", type_text(key.hint), default_text(kind, key), barless(about(kind, key.field))]
        for key in keys(kind).values()
        if key.name not in but
    ]
    return table(["key", "type", "default", "meaning"], rows)


def type_text(hint: Any) -> str:
    """Return an annotation in the words of an author."""
    if typing.get_origin(hint) is Literal:
        return " or ".join(f"`{one}`" for one in typing.get_args(hint))
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(type_text(one) for one in optional(hint)))
    inner = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return f"list of: {type_text(inner[0])}"
    if inner:
        return f"by name: {type_text(inner[-1])}"
    if hint in _WORDS:
        return _WORDS[hint]
    return _LINKED.get(hint.__name__) or f"`{hint.__name__.lower()}`"


def default_text(kind: type[Any], key: Key) -> str:
    """Return what holds where the author writes nothing."""
    if key.required:
        return "required"
    field = next(one for one in dataclasses.fields(kind) if one.name == key.field)
    value = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    if value is None or value == "" or value == {} or value == () or not isinstance(value, (str, int, float)):
        return "" if not nullable(key.hint) else "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def barless(text: str) -> str:
    """Return a text that cannot end the cell it stands in."""
    return text.replace("|", "\\|")
