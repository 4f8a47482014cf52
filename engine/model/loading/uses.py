"""Checks and actions as authors write them: flat, in place or by `use`.

Rules:
1. A use names exactly one kind, by its key, or a template of the catalogue, by `use`.
2. `use` is expanded at data level: the template's data with its `${with.…}` written in, and over it the
   common keys given beside `use`. `facts` are merged. The kind's own fields cannot be given beside `use`.
3. What the catalogue brought in has the place of the `use`.
4. Only the kind's own fields may hold `${secrets.NAME}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from engine.kinds.discovery import family, names
from engine.kinds.findings import did_you_mean
from engine.kinds.references import ABSENT, Absent, resolve
from engine.kinds.uses import ActionUse, CheckUse, Undo
from engine.kinds.values import Json
from engine.model.loading.annotations import Key, keys
from engine.model.loading.reader import BAD, At, Bad, Entries, Entry, Reader

MAX_RETRIES: Final = 2

T = TypeVar("T", CheckUse, ActionUse, Undo)

_NOT_WRITTEN = ("kind", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A check or an action of the catalogue as it was written, for `use`."""

    data: Mapping[str, Json]
    params: Mapping[str, Json] = field(default_factory=dict)
    """Parameters with their defaults; null: must be given with `with`."""

    def filled(self, values: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the data with `${with.…}` written in, as far as there are values."""

        def lookup(name: str) -> Json | Absent:
            word, _, param = name.partition(".")
            return values.get(param, ABSENT) if word == "with" else ABSENT

        found = resolve(self.data, lookup, partial=True)
        return found if isinstance(found, Mapping) else {}


Shelf = Mapping[str, Template]


@dataclass(frozen=True, slots=True)
class Uses:
    """The readers of checks and actions, with the templates that `use` may name."""

    checks: Shelf = field(default_factory=dict)
    actions: Shelf = field(default_factory=dict)

    def check(self, reader: Reader, value: Json, at: At) -> CheckUse | Bad:
        """Read one check."""
        built = self._read(reader, CheckUse, "checks", value, at)
        if built is not BAD and not 0 <= built.retry.times <= MAX_RETRIES:
            fix = f"at most {MAX_RETRIES}: a third try hides what is wrong"
            reader.note("too-many-retries", at.child("retry"), f"retry.times is {built.retry.times}", fix)
        return built

    def action(self, reader: Reader, value: Json, at: At) -> ActionUse | Bad:
        """Read one action."""
        return self._read(reader, ActionUse, "actions", value, at)

    def undo(self, reader: Reader, value: Json, at: At) -> Undo | Bad:
        """Read how a change is taken back: an action, with `verify`."""
        return self._read(reader, Undo, "actions", value, at)

    def _read(self, reader: Reader, use: type[T], of: str, value: Json, at: At) -> T | Bad:
        what = of.removesuffix("s")
        entries = reader.entries(
            value, at, f"a {what} such as {{{names(of)[0]}: …}}" if names(of) else f"a {what}"
        )
        if entries is BAD:
            return BAD
        name = ""
        if "use" in entries:
            expanded = self._expanded(reader, use, of, entries)
            if expanded is BAD:
                return BAD
            name, entries = str(entries["use"][0]), expanded
        return read_use(reader, use, of, entries, at, name)

    def _expanded(self, reader: Reader, use: type[Any], of: str, entries: Entries) -> dict[str, Entry] | Bad:
        what = of.removesuffix("s")
        name, use_at = entries["use"]
        shelf = self.checks if of == "checks" else self.actions
        if not isinstance(name, str) or name not in shelf:
            fix = did_you_mean(str(name), shelf) or "name one of the catalogue, or write it out in place"
            other = self.actions if of == "checks" else self.checks
            if name in other:
                fix = f"'{name}' is one of its {'actions' if of == 'checks' else 'checks'}"
            return reader.note(
                f"unknown-{what}", use_at, f"the catalogue has no {what} '{name}'", fix, at_key=False
            )
        known = ["use", "with", *(key for key in keys(use) if key not in _NOT_WRITTEN)]
        template = shelf[name]
        inner = [key for key in entries if key not in known and key in template.data]
        elsewhere = "the catalogue fixes it: give a parameter, or write the whole in place" if inner else ""
        surplus = reader.unknown(entries, known, f"a {what} with 'use'", elsewhere)
        values = self._values(reader, template, name, entries)
        if surplus or values is BAD:
            return BAD
        anchor = replace(use_at, fixed=True)
        merged: dict[str, Entry] = {
            key: (item, anchor) for key, item in template.filled(values).items() if _fits(use, of, key)
        }
        for key, (item, at) in entries.items():
            if key == "facts" and isinstance(item, Mapping) and key in merged:
                brought = merged[key][0]
                item = {**brought, **item} if isinstance(brought, Mapping) else item
            if key not in ("use", "with"):
                merged[key] = (item, at)
        return merged

    def _values(
        self, reader: Reader, template: Template, name: str, entries: Entries
    ) -> dict[str, Json] | Bad:
        given: dict[str, Entry] = {}
        if "with" in entries:
            read = reader.entries(*entries["with"], "parameters with their values")
            if read is BAD:
                return BAD
            given = read
        faults = [key for key in given if key not in template.params]
        for key in faults:
            known = f"known: {', '.join(template.params)}" if template.params else "it takes none"
            fix = did_you_mean(key, template.params) or known
            reader.note("unknown-parameter", given[key][1], f"'{name}' has no parameter '{key}'", fix)
        before = len(reader.findings)
        for value, at in given.values():
            reader.search(value, replace(at, secrets=True))
        values = dict(template.params) | {key: value for key, (value, _) in given.items()}
        missing = [key for key, value in values.items() if value is None]
        for key in missing:
            at = entries["with" if "with" in entries else "use"][1]
            reader.note("missing-parameter", at, f"'{name}' needs '{key}'", f"add 'with: {{{key}: …}}'")
        return BAD if faults or missing or len(reader.findings) > before else values


def read_use(reader: Reader, use: type[T], of: str, entries: Entries, at: At, name: str = "") -> T | Bad:
    """Read a use whose `use` is expanded already: one kind and the common keys."""
    what = of.removesuffix("s")
    common: list[str] = [key for key in keys(use) if key not in _NOT_WRITTEN]
    named = [key for key in entries if key in names(of)]
    if not named:
        known = names(of)
        close = next(
            (hint for key in entries if key not in common and (hint := did_you_mean(key, known))), ""
        )
        return reader.note(
            "no-kind", at, f"this {what} names no kind", close or f"one of: {', '.join(known)}, or use"
        )
    kind = family(of)[named[0]]
    own: Mapping[str, Key] = keys(kind)
    more = [key for key in named[1:] if key not in own]
    if more:
        both = f"this {what} names two kinds: {named[0]} and {more[0]}"
        return reader.note("two-kinds", entries[more[0]][1], both, "keep one")
    parts = {
        key: (item, replace(place, secrets=True)) for key, (item, place) in entries.items() if key in own
    }
    surplus = reader.unknown(
        {key: entry for key, entry in entries.items() if key != named[0]},
        [*own, *common],
        f"a {what} of kind {named[0]}",
    )
    if named[0] not in own and entries[named[0]][0] is not None:
        item, place = entries[named[0]]  # a kind without a subject: its fields may stand under its name
        inner = reader.entries(item, replace(place, secrets=True), f"the fields of {named[0]}")
        if inner is BAD or reader.unknown(inner, own, f"'{named[0]}'"):
            return BAD
        parts |= inner
    built = reader.build(kind, parts, entries[named[0]][1])
    given = {key: value for key, value in (("kind", built), ("name", name)) if key in keys(use)}
    whole = reader.build(use, {key: entry for key, entry in entries.items() if key in common}, at, given)
    return BAD if surplus else whole


def _fits(use: type[Any], of: str, key: str) -> bool:
    """Say whether a template's key means something here: an undo takes an action without its own undo."""
    return use is not Undo or key in keys(Undo) or key not in keys(ActionUse)
