"""Read plain data into frozen dataclasses, collecting every finding.

Rules:
1. A part that cannot be had is `BAD`; whatever holds it is BAD too, but reading goes on beside it.
2. Every value travels with its place (`At`). A value that came out of the catalogue has a *fixed* place:
   all findings inside it point at the `use` that brought it in.
3. What authors write flat is taken apart here: the caller says which keys fill which class.
4. Every text is searched for references where it is read, so that none is missed. Whether a step has the
   fact that is named can be told only when all steps are read: such paths are kept until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final, TypeVar, get_args

from engine.kinds.findings import Finding, Route, Severity, did_you_mean
from engine.kinds.references import references
from engine.kinds.values import Json
from engine.model.loading.annotations import form, keys, nullable, optional, takes
from engine.model.loading.facts import Facts, fault
from engine.model.loading.leaves import advice, described, validate
from engine.model.loading.names import Names

T = TypeVar("T")


class Bad(Enum):
    """The type of BAD, in the place of a part that could not be read."""

    BAD = "bad"


BAD: Final = Bad.BAD


@dataclass(frozen=True, slots=True)
class At:
    """Where a value stands, and what its texts may refer to (None: texts are not searched)."""

    route: Route = ()
    fixed: bool = False
    secrets: bool = False
    names: Names | None = None

    def child(self, key: str | int) -> At:
        """Return the place of a part."""
        return self if self.fixed else replace(self, route=(*self.route, key))


Entry = tuple[Json, At]
Entries = Mapping[str, Entry]


@dataclass(frozen=True, slots=True)
class Mention:
    """A path to a fact of a step, as it is shown, and whether the finding points at a key."""

    path: str
    at: At
    shown: str
    at_key: bool


Special = Callable[["Reader", Json, At], object]
"""Reads a class that authors write in a form of its own."""


class Reader:
    """Reads one file; `special` holds the classes that authors write in a form of their own."""

    def __init__(self, special: Mapping[type[Any], Special]) -> None:
        self.findings: list[Finding] = []
        self._special = special
        self._facts: dict[Route, dict[str, Facts | None]] = {}
        self._mentions: list[Mention] = []

    def note(
        self,
        rule: str,
        at: At,
        message: str,
        fix: str = "",
        *,
        at_key: bool = True,
        severity: Severity = "error",
    ) -> Bad:
        """Note a finding; returns BAD, for the caller to pass on."""
        finding = Finding(rule, at.route, message, fix, severity, at_key or at.fixed)
        if finding not in self.findings:
            self.findings.append(finding)
        return BAD

    def entries(self, value: Json, at: At, what: str) -> dict[str, Entry] | Bad:
        """Return the parts of a mapping with their places."""
        if not isinstance(value, Mapping):
            fix = "write 'key: value' lines under it"
            message = f"expected {what}, found {described(value)}"
            return self.note("wrong-type", at, message, fix, at_key=False)
        return {key: (item, at.child(key)) for key, item in value.items()}

    def unknown(
        self, entries: Entries, known: Iterable[str], what: str, elsewhere: Mapping[str, str] | None = None
    ) -> bool:
        """Note keys that nothing reads; say whether there were any. `elsewhere` says where a key belongs."""
        allowed = list(known)
        surplus = [key for key in entries if key not in allowed]
        for key in surplus:
            fix = (elsewhere or {}).get(key) or did_you_mean(key, allowed) or f"known: {', '.join(allowed)}"
            self.note("unknown-key", entries[key][1], f"{what} has no '{key}'", fix)
        return bool(surplus)

    def record(self, kind: type[T], value: Json, at: At) -> T | Bad:
        """Return an instance of a dataclass that is written as a mapping of its own."""
        what = kind.__name__.lower()
        entries = self.entries(value, at, f"the keys of '{what}'")
        if entries is BAD:
            return BAD
        surplus = self.unknown(entries, keys(kind), f"'{what}'")
        built = self.build(kind, entries, at)
        return BAD if surplus else built

    def build(
        self, kind: type[T], entries: Entries, at: At, given: Mapping[str, object] | None = None
    ) -> T | Bad:
        """Return an instance from those entries that are its keys; `given` fields are read already."""
        values: dict[str, object] = dict(given or {})
        for key in keys(kind).values():
            if key.field in values:
                continue
            if key.name in entries:
                values[key.field] = self.value(key.hint, *entries[key.name])
            elif key.required:
                values[key.field] = BAD
                if not any(did_you_mean(other, [key.name]) for other in entries if other not in keys(kind)):
                    self.note("missing-key", at, f"'{key.name}' is missing", f"add '{key.name}: …'")
        if BAD in values.values():
            return BAD
        try:
            return kind(**values)
        except ValueError as error:
            return self.note("wrong-value", at, *advice(error))

    def value(self, hint: Any, value: Json, at: At) -> object:
        """Return a value as its annotation wants it, or BAD."""
        how = form(hint)
        if how == "any":
            self.search(value, at)
            return value
        if value is None and nullable(hint):
            return None
        members = optional(hint)
        chosen = next((one for one in members if takes(one, value)), members[0])
        if chosen in self._special:
            return self._special[chosen](self, value, at)
        match form(chosen):
            case "record":
                return self.record(chosen, value, at)
            case "list":
                return self._list(get_args(chosen)[0], value, at)
            case "mapping":
                return self._mapping(get_args(chosen)[1], value, at)
        return self._leaf(chosen, value, at)

    def search(self, value: Json, at: At) -> None:
        """Note the references in a value that can never be looked up."""
        if at.names is None:
            return
        if isinstance(value, str):
            if "${" in value:
                self._search_text(value, at, at.names)
        elif isinstance(value, Mapping):
            for key, item in value.items():
                self.search(key, at.child(key))
                self.search(item, at.child(key))
        elif isinstance(value, list | tuple):
            for number, item in enumerate(value):
                self.search(item, at.child(number))

    def leaves(self, graph: Route, step: str, facts: Facts | None) -> None:
        """Keep which facts a step of a graph can have."""
        self._facts.setdefault(graph, {})[step] = facts

    def mentions(self, path: str, at: At, shown: str, *, at_key: bool = False) -> None:
        """Keep a path that names a fact of a step, until every step is read."""
        self._mentions.append(Mention(path, at, shown, at_key))

    def check_mentions(self) -> None:
        """Note every mention of a fact that its step never has."""
        told: list[Mention] = []
        for one in self._mentions:
            wrong = fault(one.path, self._known(one), one.shown)
            if wrong is None or (one.at.fixed and any(_brought(one, other) for other in told)):
                continue
            told.append(one)
            self.note(wrong.rule, one.at, wrong.message, wrong.fix, at_key=one.at_key)

    def _known(self, one: Mention) -> Facts | None:
        step = one.path.partition(".")[0]
        around = one.at.names.graphs if one.at.names else ()
        return next((self._facts[g][step] for g in around if step in self._facts.get(g, {})), None)

    def _search_text(self, text: str, at: At, names: Names) -> None:
        for name in references(text):
            wrong = names.fault(name, secrets=at.secrets)
            if wrong:
                self.note(wrong.rule, at, wrong.message, wrong.fix, at_key=False)
            elif name.partition(".")[0] in names.steps:
                self.mentions(name, at, f"'${{{name}}}'")

    def _leaf(self, hint: Any, value: Json, at: At) -> object:
        read, problems = validate(hint, value)
        for problem in problems:
            here = at
            for step in problem.route:
                here = here.child(step)
            self.note("wrong-value", here, problem.message, problem.fix, at_key=False)
        if problems:
            return BAD
        self.search(value, at)
        return read

    def _list(self, hint: Any, value: Json, at: At) -> object:
        if not isinstance(value, list | tuple):
            fix = "write one '- item' on each line"
            return self.note(
                "wrong-type", at, f"expected a list, found {described(value)}", fix, at_key=False
            )
        items = tuple(self.value(hint, item, at.child(number)) for number, item in enumerate(value))
        return BAD if BAD in items else items

    def _mapping(self, hint: Any, value: Json, at: At) -> object:
        entries = self.entries(value, at, "names with their values")
        if entries is BAD:
            return BAD
        for key, (_, here) in entries.items():
            self.search(key, here)
        items = {key: self.value(hint, *entry) for key, entry in entries.items()}
        return BAD if BAD in items.values() else items


def _brought(one: Mention, other: Mention) -> bool:
    """Say whether a mention came in with a `use` that was given it, and was told where it is given."""
    return one.path == other.path and other.at.route[: len(one.at.route) - 1] == one.at.route[:-1]
