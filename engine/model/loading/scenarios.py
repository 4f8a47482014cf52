"""From a document to a drill's scenario."""

from __future__ import annotations

from engine.kinds.nodes import OTHERWISE
from engine.kinds.steps.ask import AskStep
from engine.kinds.steps.decide import DecideStep
from engine.model.catalogue import Catalogue
from engine.model.loading.agreement import known, known_role, severities
from engine.model.loading.known_steps import among
from engine.model.loading.reader import At, Reader
from engine.model.loading.result import Loaded, errors
from engine.model.loading.steps import check_id
from engine.model.loading.whole import whole
from engine.model.runbook import Runbook
from engine.model.scenario import ANY_STEP, Answer, Expectation, Scenario
from engine.model.source import Document, locate


def load_scenario(
    document: Document, runbook: Runbook | None = None, catalogue: Catalogue | None = None
) -> Loaded[Scenario]:
    """Return the scenario of a file, or everything that is wrong with it.

    With its runbook, the steps it names are looked up there; with the catalogue, roles and severities.
    """
    reader, at = Reader({}), At()
    scenario = whole(reader, Scenario, document, "a scenario")
    if scenario is not None:
        check_id(reader, scenario.scenario, at.child("scenario"), "scenario", at_key=False)
        _check(reader, scenario, at, catalogue or Catalogue())
        if runbook is not None:
            _check_steps(reader, scenario, at, runbook)
    findings = locate(reader.findings, document)
    return Loaded(None if errors(findings) else scenario, findings)


def _check(reader: Reader, scenario: Scenario, at: At, catalogue: Catalogue) -> None:
    known(reader, "environment", scenario.environment, at.child("environment"), catalogue.environments)
    known(reader, "severity", scenario.severity, at.child("severity"), severities(catalogue))
    expected = at.child("expect").child("severity")
    known(reader, "severity", scenario.expect.severity, expected, severities(catalogue))
    for number, answer in enumerate(scenario.people):
        known_role(reader, answer.role, at.child("people").child(number).child("role"), catalogue)
    for number, fault in enumerate(scenario.faults):
        if fault.until is not None and fault.until <= fault.at:
            place = at.child("faults").child(number).child("until")
            message = f"the fault ends at {fault.until}, before it begins at {fault.at}"
            reader.note("wrong-value", place, message, "give a later time", at_key=False)


def _check_steps(reader: Reader, scenario: Scenario, at: At, runbook: Runbook) -> None:
    if scenario.runbook != runbook.runbook:
        message = f"this scenario is for '{scenario.runbook}', not for '{runbook.runbook}'"
        reader.note("unknown-runbook", at.child("runbook"), message, at_key=False)
        return
    for number, answer in enumerate(scenario.people):
        _check_answer(reader, answer, at.child("people").child(number), runbook)
    expect, place = scenario.expect, at.child("expect")
    for key, paths in (("path", expect.path), ("not", expect.never)):
        for number, path in enumerate(paths):
            _check_step(reader, path, place.child(key).child(number), runbook)
    _check_diagnosis(reader, expect, place.child("diagnosis"), runbook)


def _check_answer(reader: Reader, answer: Answer, at: At, runbook: Runbook) -> None:
    if answer.step == ANY_STEP or not _check_step(reader, answer.step, at.child("step"), runbook):
        return
    node = runbook.steps.get(answer.step)
    if node and isinstance(node.step, AskStep) and not answer.item:
        among(reader, "option", answer.answer, at.child("answer"), node.step.options)


def _check_step(reader: Reader, path: str, at: At, runbook: Runbook) -> bool:
    """Note a path whose first step the runbook does not have; what lies inside a step is not looked into."""
    first = path.partition("/")[0]
    if first.startswith(OTHERWISE):
        return True
    return among(reader, "step", first, at, runbook.steps)


def _check_diagnosis(reader: Reader, expect: Expectation, at: At, runbook: Runbook) -> None:
    diagnosis = expect.diagnosis
    if diagnosis is None or not _check_step(reader, diagnosis.step, at.child("step"), runbook):
        return
    node = runbook.steps.get(diagnosis.step)
    if node is None:
        return
    if not isinstance(node.step, DecideStep):
        fix = "name the step that decides on the cause"
        reader.note("wrong-value", at.child("step"), f"'{diagnosis.step}' is no decide", fix, at_key=False)
        return
    among(reader, "target", diagnosis.goes, at.child("goes"), node.step.targets())
