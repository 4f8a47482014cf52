"""What the fields of one step must agree with: each other, the graph around it, and the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.kinds.findings import did_you_mean
from engine.kinds.steps._base import TIMEOUT, Step
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.checks import ChecksStep
from engine.kinds.steps.decide import DecideStep
from engine.kinds.steps.escalate import EscalateStep
from engine.kinds.steps.notify import NotifyStep
from engine.kinds.steps.parallel import ParallelStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.steps.wait import WaitStep
from engine.kinds.uses import CheckUse
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.loading.leaves import described
from engine.model.loading.reader import At, Reader

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


def agree(reader: Reader, step: Step, at: At, around: Surroundings) -> None:
    """Note everything in which a step that was read disagrees with what is around it."""
    match step:
        case DecideStep():
            _decide(reader, step, at, around)
        case AskStep():
            _ask(reader, step, at)
            known_role(reader, step.role, at.child("role"), around.catalogue)
        case EscalateStep():
            known_role(reader, step.escalate, at.child("escalate"), around.catalogue)
        case NotifyStep():
            known_role(reader, step.notify, at.child("notify"), around.catalogue, around.catalogue.channels)
        case ChecksStep():
            _checks(reader, step, at)
        case WaitStep():
            if step.recovery and step.until is None:
                reader.note(
                    "wrong-value", at, "a recovery needs a check that holds", "write 'wait: {until: …}'"
                )
        case UndoStep():
            _undo(reader, step, at.child("undo"), around)
        case ParallelStep():
            if not step.parallel:
                reader.note("no-steps", at.child("parallel"), "there are no branches", "add one")


def known_role(reader: Reader, role: str, at: At, catalogue: Catalogue, more: Iterable[str] = ()) -> None:
    """Note a role the catalogue does not have; a catalogue without roles knows none to compare with."""
    known(reader, "role", role, at, (*catalogue.roles, *more) if catalogue.roles else ())


def known(reader: Reader, what: str, name: str, at: At, there: Iterable[str]) -> None:
    """Note a name that is none of those the catalogue has, if it has any; a reference is not looked into."""
    options = tuple(there)
    if name and options and name not in options and "${" not in name:
        fix = did_you_mean(name, options) or f"known: {', '.join(options)}"
        reader.note(f"unknown-{what}", at, f"the catalogue has no {what} '{name}'", fix, at_key=False)


def severities(catalogue: Catalogue) -> tuple[str, ...]:
    """Return every severity, with its other names."""
    return tuple(word for name, level in catalogue.severities.items() for word in (name, *level.aliases))


def _decide(reader: Reader, step: DecideStep, at: At, around: Surroundings) -> None:
    rows = at.child("decide")
    if not step.decide:
        reader.note("no-rows", rows, "there are no rows", "add one: {if: {step.fact: value}, go: STEP}")
    for number, case in enumerate(step.decide):
        row = rows.child(number)
        around.known_target(reader, case.go, row.child("go"))
        known(reader, "severity", case.raises, row.child("raise"), severities(around.catalogue))
        if not case.when and not case.any:
            reader.note(
                "no-condition",
                row,
                "this row has no condition",
                "add 'if: {step.fact: value}', or use 'else'",
            )
        for path in case.when:
            _path(reader, path, row.child("if").child(path))
        for index, option in enumerate(case.any):
            for path in option:
                _path(reader, path, row.child("any").child(index).child(path))
    around.known_target(reader, step.otherwise, at.child("else"))


def _path(reader: Reader, path: str, at: At) -> None:
    """Note a condition on something that has no facts; a key with references was searched when read."""
    if at.names is None or "${" in path:
        return
    fault = at.names.fault(path, secrets=False)
    if fault:
        reader.note(fault.rule, at, fault.message.replace(f"${{{path}}}", path), fault.fix)


def _ask(reader: Reader, step: AskStep, at: At) -> None:
    options = at.child("options")
    if not step.options:
        reader.note("no-options", options, "there are no options", "add one: {yes: 'They do'}")
    for key in step.options:
        if key in _NOT_AN_OPTION:
            reader.note(
                "reserved-name", options.child(key), f"an option cannot be named '{key}'", "take another word"
            )
    if step.default and step.default not in step.options:
        fix = did_you_mean(step.default, step.options) or f"known: {', '.join(step.options)}"
        message = f"there is no option '{step.default}'"
        reader.note("unknown-option", at.child("default"), message, fix, at_key=False)


def _checks(reader: Reader, step: ChecksStep, at: At) -> None:
    place = at.child("checks")
    if not step.checks:
        reader.note("no-checks", place, "there are no checks", "add one: {name: {http: …}}")
    for name, check in step.checks.items():
        here = place.child(name)
        if not _FACT.match(name):
            reader.note(
                "bad-name", here, f"'{name}' is no name for a check", "write letters, digits, '-' and '_'"
            )
        if check.after and check.after not in step.checks:
            fix = did_you_mean(check.after, step.checks) or f"known: {', '.join(step.checks)}"
            message = f"there is no check '{check.after}' beside this one"
            reader.note("unknown-check", here.child("after"), message, fix, at_key=False)
        elif _waits_for_itself(name, step.checks):
            message = f"'{name}' waits for itself, so it would never run"
            reader.note("after-cycle", here.child("after"), message, "take one 'after' out")


def _waits_for_itself(name: str, checks: Mapping[str, CheckUse]) -> bool:
    seen = set()
    here = name
    while here in checks and here not in seen:
        seen.add(here)
        here = checks[here].after
    return here == name


def _undo(reader: Reader, step: UndoStep, at: At, around: Surroundings) -> None:
    chosen = () if isinstance(step.undo, str) else step.undo
    for number, name in enumerate(chosen):
        if name not in around.actions:
            here = at.child(number)
            fix = did_you_mean(name, around.actions) or "name a step with an action, or write 'undo: all'"
            reader.note("unknown-target", here, f"there is no action step '{name}'", fix, at_key=False)
