"""What the fields of one step must agree with: each other, the graph around it, and the catalogue."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from engine.kinds.findings import did_you_mean
from engine.kinds.step import TIMEOUT
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.loading.leaves import described
from engine.model.loading.reader import At, Entries, Reader

_NOT_AN_OPTION = (TIMEOUT, "limit", "skipped", "any")
_FACT = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The graph a step stands in, and the catalogue."""

    steps: tuple[str, ...]
    ends: tuple[str, ...]
    actions: frozenset[str]
    catalogue: Catalogue

    def known_target(self, reader: Reader, target: Json, at: At, ends: tuple[str, ...] | None = None) -> bool:
        """Note a target that does not exist; say whether it does."""
        allowed = self.ends if ends is None else ends
        if isinstance(target, str) and (target in self.steps or target in allowed):
            return True
        if not isinstance(target, str):
            reader.note(
                "wrong-type", at, f"expected the name of a step, found {described(target)}", at_key=False
            )
            return False
        ends_known = f", or an end: {', '.join(allowed)}" if allowed else ""
        fix = did_you_mean(target, (*self.steps, *allowed)) or f"name a step{ends_known}"
        reader.note("unknown-target", at, f"there is no step '{target}'", fix, at_key=False)
        return False


Agreement = Callable[[Reader, Entries, Surroundings], None]


def agree(reader: Reader, kind: str, entries: Entries, around: Surroundings) -> None:
    """Note everything in which the fields of a step disagree with what is around them.

    It looks at what was written, not at what could be read: a fault in one field hides none in another.
    """
    if kind in _AGREEMENTS:
        _AGREEMENTS[kind](reader, entries, around)


def known_role(reader: Reader, role: str, at: At, catalogue: Catalogue, more: Iterable[str] = ()) -> None:
    """Note a role the catalogue does not have; a catalogue without roles knows none to compare with."""
    known(reader, "role", role, at, (*catalogue.roles, *more) if catalogue.roles else ())


def known(
    reader: Reader, what: str, name: str, at: At, there: Iterable[str], *, at_key: bool = False
) -> None:
    """Note a name that is none of those the catalogue has, if it has any; a reference is not looked into."""
    options = tuple(there)
    if name and options and name not in options and "${" not in name:
        fix = did_you_mean(name, options) or f"known: {', '.join(options)}"
        reader.note(f"unknown-{what}", at, f"the catalogue has no {what} '{name}'", fix, at_key=at_key)


def severities(catalogue: Catalogue) -> tuple[str, ...]:
    """Return every severity, with its other names."""
    return tuple(word for name, level in catalogue.severities.items() for word in (name, *level.aliases))


def _decide(reader: Reader, entries: Entries, around: Surroundings) -> None:
    rows, at = entries["decide"]
    if rows == []:
        reader.note("no-rows", at, "there are no rows", "add one: {if: {step.fact: value}, go: STEP}")
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, Mapping):
            _row(reader, row, at.child(number), around)
    target, else_at = entries.get("else", (None, at))
    if isinstance(target, str):
        around.known_target(reader, target, else_at)


def _row(reader: Reader, row: Mapping[str, Json], at: At, around: Surroundings) -> None:
    go, severity, alternatives = row.get("go"), row.get("raise"), row.get("any")
    if isinstance(go, str):
        around.known_target(reader, go, at.child("go"))
    if isinstance(severity, str):
        known(reader, "severity", severity, at.child("raise"), severities(around.catalogue))
    if not row.get("if") and not alternatives:
        fix = "add 'if: {step.fact: value}', or use 'else'"
        reader.note("no-condition", at, "this row has no condition", fix)
    _conditions(reader, row.get("if"), at.child("if"))
    for index, option in enumerate(alternatives if isinstance(alternatives, list) else ()):
        _conditions(reader, option, at.child("any").child(index))


def _conditions(reader: Reader, conditions: Json, at: At) -> None:
    """Note conditions on something that has no facts; a path with a reference in it is searched elsewhere."""
    for path in conditions if isinstance(conditions, Mapping) and at.names else ():
        fault = at.names.fault(path, secrets=False) if at.names and "${" not in path else None
        if fault:
            message = fault.message.replace(f"${{{path}}}", path)
            reader.note(fault.rule, at.child(path), message, fault.fix)
        elif at.names and "${" not in path and path.partition(".")[0] in at.names.steps:
            reader.mentions(path, at.child(path), f"'{path}'", at_key=True)


def _ask(reader: Reader, entries: Entries, around: Surroundings) -> None:
    options, at = entries.get("options", (None, At()))
    if not isinstance(options, Mapping):
        return
    if not options:
        reader.note("no-options", at, "there are no options", "add one: {yes: 'They do'}")
    for key in options:
        if key in _NOT_AN_OPTION:
            message = f"an option cannot be named '{key}'"
            reader.note("reserved-name", at.child(key), message, "take another word")
    default, default_at = entries.get("default", ("", at))
    if isinstance(default, str) and default and default not in options:
        fix = did_you_mean(default, options) or f"known: {', '.join(options)}"
        message = f"there is no option '{default}'"
        reader.note("unknown-option", default_at, message, fix, at_key=False)
    _role("role")(reader, entries, around)


def _role(key: str) -> Agreement:
    def role(reader: Reader, entries: Entries, around: Surroundings) -> None:
        name, at = entries.get(key, ("", At()))
        channels = around.catalogue.channels if key == "notify" else ()
        if isinstance(name, str):
            known_role(reader, name, at, around.catalogue, channels)

    return role


def _checks(reader: Reader, entries: Entries, around: Surroundings) -> None:
    checks, at = entries["checks"]
    if not isinstance(checks, Mapping):
        return
    if not checks:
        reader.note("no-checks", at, "there are no checks", "add one: {name: {http: …}}")
    waits = {name: after for name, check in checks.items() if isinstance(after := _after(check), str)}
    for name in checks:
        if not _FACT.match(name):
            fix = "write letters, digits, '-' and '_'"
            reader.note("bad-name", at.child(name), f"'{name}' is no name for a check", fix)
    for name, after in waits.items():
        here = at.child(name).child("after")
        if after not in checks:
            fix = did_you_mean(after, checks) or f"known: {', '.join(checks)}"
            message = f"there is no check '{after}' beside this one"
            reader.note("unknown-check", here, message, fix, at_key=False)
        elif _waits_for_itself(name, waits):
            message = f"'{name}' waits for itself, so it would never run"
            reader.note("after-cycle", here, message, "take one 'after' out")


def _after(check: Json) -> Json:
    return check.get("after") if isinstance(check, Mapping) else None


def _waits_for_itself(name: str, waits: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    here = name
    while here in waits and here not in seen:
        seen.add(here)
        here = waits[here]
    return here == name


def _wait(reader: Reader, entries: Entries, around: Surroundings) -> None:
    value, at = entries["wait"]
    if isinstance(value, Mapping) and value.get("until") == {}:
        reader.note("no-checks", at.child("until"), "there is no check to wait for", "add one: {http: …}")


def _undo(reader: Reader, entries: Entries, around: Surroundings) -> None:
    value, at = entries["undo"]
    one = isinstance(value, str)
    chosen = [] if value == "all" else [value] if one else value
    for number, name in enumerate(chosen if isinstance(chosen, list) else ()):
        if isinstance(name, str) and name not in around.actions:
            fix = did_you_mean(name, around.actions) or "name a step with an action, or write 'undo: all'"
            message = f"there is no action step '{name}'"
            reader.note("unknown-target", at if one else at.child(number), message, fix, at_key=False)


def _parallel(reader: Reader, entries: Entries, around: Surroundings) -> None:
    branches, at = entries["parallel"]
    if branches == {}:
        reader.note("no-steps", at, "there are no branches", "add one")


_AGREEMENTS: Final[Mapping[str, Agreement]] = {
    "ask": _ask,
    "checks": _checks,
    "decide": _decide,
    "escalate": _role("escalate"),
    "notify": _role("notify"),
    "parallel": _parallel,
    "undo": _undo,
    "wait": _wait,
}
