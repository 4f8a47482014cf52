"""From a document to the cases of a runbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.kinds.nodes import OTHERWISE
from engine.kinds.steps.action import ActionStep
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.undo import UndoStep
from engine.kinds.values import Json
from engine.model.cases import ANYTHING, DONE, LOOKED, TOLD, Case, Cases, Given, Givens
from engine.model.catalogue import Catalogue
from engine.model.loading.agreement import known, known_role, severities
from engine.model.loading.known_steps import LOOKS, PARTS, among, items_of, node_at
from engine.model.loading.reader import BAD, At, Reader, Special
from engine.model.loading.result import Loaded, errors
from engine.model.loading.whole import whole
from engine.model.runbook import Runbook
from engine.model.scenario import ANY_STEP, Answer
from engine.model.source import Document, locate

_OWN = ("!ladder", "!control")
"""What stands for a step in operations that no step asks for."""
CONTROL = "control"


def load_cases(
    document: Document, runbook: Runbook | None = None, catalogue: Catalogue | None = None
) -> Loaded[Cases]:
    """Return the cases of a file, or everything that is wrong with it.

    With its runbook, the steps it names are looked up there; with the catalogue, roles and severities.
    """
    reader, at = Reader(GIVEN), At()
    cases = whole(reader, Cases, document, "a file of cases")
    if cases is not None:
        _check(reader, cases, at, catalogue or Catalogue())
        if runbook is not None:
            _Steps(reader, runbook).check(cases, at)
    findings = locate(reader.findings, document)
    return Loaded(None if errors(findings) else cases, findings)


def _givens(reader: Reader, value: Json, at: At) -> object:
    """Read one answer, or a list of them."""
    if not isinstance(value, list | tuple):
        one = _given(reader, value, at)
        return BAD if one is BAD else Givens(each=(one,))  # type: ignore[arg-type]  # a Given where not BAD
    if not value:
        return reader.note("no-answers", at, "there is no answer in this list", "add one: fail", at_key=False)
    read = tuple(_given(reader, item, at.child(number)) for number, item in enumerate(value))
    return BAD if BAD in read else Givens(each=read)  # type: ignore[arg-type]  # Givens where none is BAD


def _given(reader: Reader, value: Json, at: At) -> object:
    """Read an outcome alone, or a mapping with more."""
    return Given(outcome=value) if isinstance(value, str) else reader.record(Given, value, at)


GIVEN: Final[Mapping[type, Special]] = {Givens: _givens, Given: _given}
"""How a file says what looks and changes come to."""


def _check(reader: Reader, cases: Cases, at: At, catalogue: Catalogue) -> None:
    if not cases.tests:
        reader.note("no-cases", at.child("tests"), "there are no cases", "add one: {case: …, expect: …}")
    known(reader, "environment", cases.environment, at.child("environment"), catalogue.environments)
    known_role(reader, cases.operator, at.child("operator"), catalogue)
    people_known(reader, cases.people, at.child("people"), catalogue)
    usual_known(reader, cases.usual, at.child("usual"), catalogue)
    for role in cases.simulate.people:
        here = at.child("simulate").child("people").child(role)
        known(reader, "role", role, here, catalogue.roles, at_key=True)
    seen: set[str] = set()
    for number, case in enumerate(cases.tests):
        here = at.child("tests").child(number)
        if case.case in seen:
            message = f"there are two cases '{case.case}'"
            reader.note("defined-twice", here.child("case"), message, "give one another name", at_key=False)
        seen.add(case.case)
        _case(reader, case, here, catalogue)


def _case(reader: Reader, case: Case, at: At, catalogue: Catalogue) -> None:
    known(reader, "environment", case.environment, at.child("environment"), catalogue.environments)
    known_role(reader, case.operator, at.child("operator"), catalogue)
    expect, place = case.expect, at.child("expect")
    known(reader, "severity", expect.severity, place.child("severity"), severities(catalogue))
    people_known(reader, case.people, at.child("people"), catalogue)
    usual_known(reader, case.usual, at.child("usual"), catalogue)
    for number, message in enumerate(expect.messages or ()):
        to = place.child("messages").child(number).child("to")
        known_role(reader, message.to, to, catalogue, catalogue.channels)
    for channel, outcome in case.channels.items():
        here = at.child("channels").child(channel)
        known(reader, "channel", channel, here, catalogue.channels, at_key=True)
        among(reader, "outcome", outcome, here, TOLD)
    if expect.end is not None and expect.waits:
        fix = "take one of the two out"
        reader.note("wrong-value", place.child("waits"), "a run that ended does not wait", fix)
    if case.weight is not None and case.weight < 0:
        reader.note("wrong-value", at.child("weight"), "a weight is not below zero", "0 leaves it out")


def people_known(
    reader: Reader, people: Sequence[Answer], at: At, catalogue: Catalogue, more: Sequence[str] = ()
) -> None:
    """Note every role that neither the catalogue has, nor a word stands for."""
    for number, answer in enumerate(people):
        known_role(reader, answer.role, at.child(number).child("role"), catalogue, more)


def usual_known(reader: Reader, usual: Mapping[str, Givens], at: At, catalogue: Catalogue) -> None:
    """Note every check and action that the catalogue does not have, and outcomes they cannot have."""
    for name, givens in usual.items():
        here = at.child(name)
        known(reader, "check", name, here, (*catalogue.checks, *catalogue.actions), at_key=True)
        outcomes = DONE if name in catalogue.actions else LOOKED
        outcomes_known(reader, givens, here, outcomes)


def outcomes_known(reader: Reader, givens: Givens, at: At, known_here: Sequence[str]) -> None:
    """Note every outcome that is none of these."""
    for number, given in enumerate(givens.each):
        place = at.child(number) if len(givens.each) > 1 else at
        if given.outcome:
            among(reader, "outcome", given.outcome, place, known_here)


class _Steps:
    """Looks up what cases name in their runbook."""

    def __init__(self, reader: Reader, runbook: Runbook) -> None:
        self.reader, self.runbook = reader, runbook

    def check(self, cases: Cases, at: At) -> None:
        """Note every step, check, option and input that the runbook does not have."""
        if cases.cases != self.runbook.runbook:
            message = f"these cases are for '{cases.cases}', not for '{self.runbook.runbook}'"
            self.reader.note("unknown-runbook", at.child("cases"), message, at_key=False)
            return
        for number, answer in enumerate(cases.people):
            self._answer(answer, at.child("people").child(number))
        for number, case in enumerate(cases.tests):
            self._case(case, at.child("tests").child(number))

    def _case(self, case: Case, at: At) -> None:
        for key, givens in case.given.items():
            self._given(key, givens, at.child("given").child(key))
        for number, answer in enumerate(case.people):
            self._answer(answer, at.child("people").child(number))
        expect, place = case.expect, at.child("expect")
        for key, paths in (("path", expect.path), ("never", expect.never)):
            for number, path in enumerate(paths):
                if path != ANYTHING:
                    self._step(path, place.child(key).child(number))
        if expect.waits:
            self._step(expect.waits, place.child("waits"))
        for number, move in enumerate(expect.moves or ()):
            self._step(move.step, place.child("moves").child(number).child("step"))
        for number, message in enumerate(expect.messages or ()):
            if message.step:
                self._step(message.step, place.child("messages").child(number).child("step"))
        for name in case.inputs:
            among(
                self.reader, "input", name, at.child("inputs").child(name), self.runbook.inputs, at_key=True
            )

    def _given(self, key: str, givens: Givens, at: At) -> None:
        path, _, item = key.partition(".")
        if path == CONTROL or not self._step(path, at, at_key=True):
            return
        node = node_at(self.runbook.steps, path)
        if node is None:
            return  # inside a sub-runbook, or of the built-in ladder
        items = items_of(node)
        if items is None:
            fix = "name a step that looks or changes something"
            self.reader.note("wrong-value", at, f"'{path}' asks the world nothing", fix)
        elif item and items and item.partition(".")[0] not in items:
            among(self.reader, "check", item, at, items, at_key=True)
        elif not item and "" not in items:
            fix = f"write one of {', '.join(f'{path}.{one}' for one in items if one not in PARTS)}"
            self.reader.note("wrong-value", at, f"'{path}' has several checks", fix)
        else:
            changes = item.partition(".")[0] not in LOOKS and isinstance(node.step, ActionStep | UndoStep)
            outcomes_known(self.reader, givens, at, DONE if changes else LOOKED)

    def _answer(self, answer: Answer, at: At) -> None:
        if answer.step == ANY_STEP or not self._step(answer.step, at.child("step")):
            return
        node = node_at(self.runbook.steps, answer.step)
        if node and isinstance(node.step, AskStep) and answer.item in ("", "ask"):
            among(self.reader, "option", answer.answer, at.child("answer"), node.step.options)

    def _step(self, path: str, at: At, *, at_key: bool = False) -> bool:
        """Note a step the runbook does not have; what lies inside a sub-runbook is not looked into."""
        first = path.partition("/")[0]
        if first.startswith(OTHERWISE) or first in _OWN:
            return True
        return among(self.reader, "step", first, at, self.runbook.steps, at_key=at_key)


__all__ = ["CONTROL", "GIVEN", "load_cases", "outcomes_known", "people_known", "usual_known"]
