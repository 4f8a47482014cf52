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

from engine.kinds.counted import counted
from engine.kinds.discovery import family, names
from engine.kinds.findings import did_you_mean
from engine.kinds.nodes import Node
from engine.kinds.references import ABSENT, Absent, resolve
from engine.kinds.uses import ActionUse, CheckUse, Retry, Undo
from engine.kinds.values import Json
from engine.model.loading.annotations import Key, keys
from engine.model.loading.leaves import described
from engine.model.loading.reader import BAD, At, Bad, Entries, Entry, Reader, Special

MAX_RETRIES: Final = 2

T = TypeVar("T", CheckUse, ActionUse, Undo)


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

    def special(self) -> Mapping[type[Any], Special]:
        """Return a reader for each class that authors write as such a use."""
        return {CheckUse: self.check, ActionUse: self.action, Undo: self.undo, Retry: read_retry}

    def check(self, reader: Reader, value: Json, at: At) -> CheckUse | Bad:
        """Read one check. Within another's own fields too only its own fields may hold secrets."""
        return self._read(reader, CheckUse, "checks", value, replace(at, secrets=False))

    def action(self, reader: Reader, value: Json, at: At) -> ActionUse | Bad:
        """Read one action."""
        return self._read(reader, ActionUse, "actions", value, at)

    def undo(self, reader: Reader, value: Json, at: At) -> Undo | Bad:
        """Read how a change is taken back: an action, with `verify`."""
        return self._read(reader, Undo, "actions", value, at)

    def _read(self, reader: Reader, use: type[T], of: str, value: Json, at: At) -> T | Bad:
        entries = reader.entries(value, at, f"{_article(of)} such as {{{next(iter(names(of)), 'use')}: …}}")
        if entries is BAD:
            return BAD
        if "use" not in entries:
            return read_use(reader, use, of, entries, at)
        expanded = self._expanded(reader, use, of, entries)
        if expanded is BAD:  # what stands beside `use` can be looked at all the same
            reader.build(
                use, {key: entries[key] for key in _common(use) if key in entries}, at, {"kind": BAD}
            )
            return BAD
        return read_use(reader, use, of, expanded, at, str(entries["use"][0]))

    def _expanded(self, reader: Reader, use: type[Any], of: str, entries: Entries) -> dict[str, Entry] | Bad:
        template = self._template(reader, of, *entries["use"])
        known = ["use", "with", *_common(use)]
        fix = "the catalogue fixes it: give a parameter, or write the whole in place"
        fixed = dict.fromkeys(template.data if template else (), fix)
        surplus = reader.unknown(entries, known, f"{_article(of)} with 'use'", fixed)
        if template is None:
            return BAD
        values = self._values(reader, template, entries)
        if surplus or values is BAD:
            return BAD
        anchor = replace(entries["use"][1], fixed=True)
        merged: dict[str, Entry] = {
            key: (item, anchor) for key, item in template.filled(values).items() if _fits(use, key)
        }
        for key, (item, at) in entries.items():
            if key == "facts" and isinstance(item, Mapping) and key in merged:
                brought = merged[key][0]
                item = {**brought, **item} if isinstance(brought, Mapping) else item
            if key not in ("use", "with"):
                merged[key] = (item, at)
        return merged

    def _template(self, reader: Reader, of: str, name: Json, at: At) -> Template | None:
        shelf, other = (self.checks, self.actions) if of == "checks" else (self.actions, self.checks)
        if not isinstance(name, str):
            reader.note("wrong-value", at, f"expected a name, found {described(name)}", at_key=False)
        elif name in shelf:
            return shelf[name]
        else:
            fix = did_you_mean(name, shelf) or "name one of the catalogue, or write it out in place"
            if name in other:
                fix = f"'{name}' is one of its {'actions' if of == 'checks' else 'checks'}"
            what = _word(of)
            reader.note(f"unknown-{what}", at, f"the catalogue has no {what} '{name}'", fix, at_key=False)
        return None

    def _values(self, reader: Reader, template: Template, entries: Entries) -> dict[str, Json] | Bad:
        given: dict[str, Entry] = {}
        name = entries["use"][0]
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
        for key in missing if not faults else ():
            at = entries["with" if "with" in entries else "use"][1]
            reader.note("missing-parameter", at, f"'{name}' needs '{key}'", f"add 'with: {{{key}: …}}'")
        return BAD if faults or missing or len(reader.findings) > before else values


def read_retry(reader: Reader, value: Json, at: At) -> Retry | Bad:
    """Read `retry`; its number is limited."""
    retry = reader.record(Retry, value, at)
    if retry is not BAD and not 0 <= retry.times <= MAX_RETRIES:
        fix = f"give 0 to {MAX_RETRIES}: what {MAX_RETRIES} retries do not settle needs a person"
        message = f"a check cannot be retried {counted(retry.times, 'time')}"
        return reader.note("too-many-retries", at.child("times"), message, fix, at_key=False)
    return retry


def read_use(reader: Reader, use: type[T], of: str, entries: Entries, at: At, name: str = "") -> T | Bad:
    """Read a use whose `use` is expanded already: one kind and the common keys."""
    common = _common(use)
    kind = _kind(reader, of, common, entries, at)
    given: dict[str, object] = {"kind": BAD}
    if kind is not BAD:
        given = {"kind": _kind_itself(reader, of, kind, common, entries)}
    if "name" in keys(use):
        given["name"] = name
    return reader.build(use, {key: entry for key, entry in entries.items() if key in common}, at, given)


def _kind(reader: Reader, of: str, common: list[str], entries: Entries, at: At) -> str | Bad:
    """Return the name of the one kind."""
    known = names(of)
    named = [key for key in entries if key in known]
    if not named:
        close = next(
            (hint for key in entries if key not in common and (hint := did_you_mean(key, known))), ""
        )
        fix = close or f"add one of: {', '.join((*known, 'use'))}"
        return reader.note("no-kind", at, f"this {_word(of)} names no kind", fix)
    more = [key for key in named[1:] if key not in keys(family(of)[named[0]])]
    if more:
        both = f"this {_word(of)} names two kinds: {named[0]} and {more[0]}"
        return reader.note("two-kinds", entries[more[0]][1], both, "keep one")
    return named[0]


def _kind_itself(reader: Reader, of: str, name: str, common: list[str], entries: Entries) -> object:
    kind = family(of)[name]
    own: Mapping[str, Key] = keys(kind)
    parts = {key: (item, replace(at, secrets=True)) for key, (item, at) in entries.items() if key in own}
    others = {key: entry for key, entry in entries.items() if key != name}
    one_out = dict.fromkeys((*keys(Node), "for_each"), f"put it beside '{_word(of)}', one level out")
    surplus = reader.unknown(others, [*own, *common], f"{_article(of)} of kind {name}", one_out)
    if name not in own and entries[name][0] is not None:
        item, place = entries[name]  # a kind without a subject: its fields may stand under its name
        inner = reader.entries(item, replace(place, secrets=True), f"the fields of {name}")
        if inner is BAD or reader.unknown(inner, own, f"'{name}'"):
            return BAD
        parts |= inner
    built = reader.build(kind, parts, entries[name][1])
    return BAD if surplus else built


def _common(use: type[Any]) -> list[str]:
    """Return the keys that stand beside any kind."""
    return [key for key in keys(use) if key not in ("kind", "name")]


def _word(of: str) -> str:
    return of.removesuffix("s")


def _article(of: str) -> str:
    return f"an {_word(of)}" if of == "actions" else f"a {_word(of)}"


def _fits(use: type[Any], key: str) -> bool:
    """Say whether a template's key means something here: an undo takes an action without its own undo."""
    return use is not Undo or key in keys(Undo) or key not in keys(ActionUse)
