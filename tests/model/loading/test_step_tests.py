"""Step tests of a runbook: what loads, and where the finding is when something is wrong."""

from __future__ import annotations

import pytest

from engine.kinds.values import Duration
from engine.model.loading.step_tests import each_test, load_step_tests
from tests.model.files import catalogue, document, marked, places, runbook

RUNBOOK = """
runbook: shop
title: The shop
service: shop
severity: SEV-1
inputs: {client: {default: a}}
otherwise: people
steps:
  look:
    checks:
      web: {use: answers, expect: {status: 200}}
      rag: {http: "https://rag.example.com", expect: {status: 200}}
    then: {any: cause}
  cause:
    visits: 2
    decide: [{if: {look.web.status: 503}, go: restart, raise: SEV-1}]
    else: people
  restart:
    action: {use: restart, with: {app: shop}}
    then: {done: both, failed: people}
  both:
    parallel:
      left: {steps: {one: {check: {use: answers}, then: {any: two}}, two: {decide: [{if: {one.version: 7, look.rag: pass}, go: pass}], else: fail}}}
    then: {any: people}
  people:
    ask: What now?
    options: {again: Again, stop: Stop}
    then: {again: look, stop: aborted}
"""
GOOD = """
steps: shop
environment: production
inputs: {client: b}
usual: {answers: {facts: {version: 7}}}
people: [{item: consent, answer: "yes"}]
tests:
  look:
    - {given: {web: [timeout, {facts: {status: 503}, takes: 2s}], rag: pass}, outcome: fail, goes: cause, answers: {web: fail}, takes: 2s}
  cause:
    - {facts: {look.web.status: 503, run.network: ok}, goes: restart, severity: SEV-1}
    - {visit: 3, outcome: limit, goes: people, severity: none}
  restart:
    - {given: {do: failed, reconcile: pass}, moves: [{change: restart-machine}], asks: [{kind: confirm, role: operator}], messages: [engineer], goes: people}
  both/left/two:
    - {facts: {one.version: 7, look.rag: pass}, goes: pass}
  both:
    - {given: {left: fail}, outcome: fail}
  people:
    - {people: [{answer: again, after: 20s}], goes: look}
    - {people: [], channels: {status: undelivered}, waits: true}
"""  # fmt: skip
FAULTS = [
    ("▶step: shop", "steps: shop", "unknown-key"),
    ("steps: ▶shoop", "steps: shop", "unknown-runbook"),
    ("environment: ▶prod", "environment: production", "unknown-environment"),
    ("inputs: {▶clint: b}", "inputs: {client: b}", "unknown-input"),
    ("usual: {▶answer: {facts", "usual: {answers: {facts", "unknown-check"),
    ("▶lok:", "look:", "unknown-step"),
    ("{▶wbe: [timeout", "{web: [timeout", "unknown-check"),
    ("web: [▶late,", "web: [timeout,", "unknown-outcome"),
    ("outcome: ▶fial, goes", "outcome: fail, goes", "unknown-outcome"),
    ("goes: ▶cuase, answers", "goes: cause, answers", "unknown-step"),
    ("answers: {▶wbe: fail}", "answers: {web: fail}", "unknown-check"),
    ("answers: {web: ▶bad}", "answers: {web: fail}", "unknown-outcome"),
    ("{▶lock.web.status: 503", "{look.web.status: 503", "unknown-step"),
    ("{▶look.wed.status: 503", "{look.web.status: 503", "unknown-fact"),
    ("▶run.netwrk: ok", "run.network: ok", "unknown-fact"),
    ("severity: ▶SEV-9}", "severity: SEV-1}", "unknown-severity"),
    ("▶visit: 0", "visit: 3", "wrong-value"),
    ("{do: ▶pass, reconcile", "{do: failed, reconcile", "unknown-outcome"),
    ("role: ▶operater}", "role: operator}", "unknown-role"),
    ("messages: [▶enginer]", "messages: [engineer]", "unknown-role"),
    ("{▶one.verison: 7", "{one.version: 7", "unknown-fact"),
    ("{▶lefd: fail}", "{left: fail}", "unknown-branch"),
    ("{left: ▶fial}", "{left: fail}", "unknown-outcome"),
    ("answer: ▶agian,", "answer: again,", "unknown-option"),
    ("{status: ▶lost}", "{status: undelivered}", "unknown-outcome"),
    ("▶waits: true, goes: look}", "waits: true}", "wrong-value"),
    ("{web: fail}, takes: 2s, ▶looks: 2}", "{web: fail}, takes: 2s}", "wrong-value"),
    ("- ▶{people: []}", "- {people: [], channels: {status: undelivered}, waits: true}", "no-expectation"),
]


def test_step_tests_of_every_part_load() -> None:
    """A person may leave out the step they answer at; a branch's step is named by its path."""
    found = load_step_tests(document(GOOD), runbook(RUNBOOK), catalogue()).require()
    tests = {f"{path} {number + 1}": test for path, number, test, _ in each_test(found)}
    look, people = tests["look 1"], tests["people 1"]
    assert ["timeout", ""] == [one.outcome for one in look.given["web"].each]
    assert (Duration(2.0), {"web": "fail"}) == (look.takes, look.answers)
    assert ("shop", "*", "again") == (found.runbook, people.people[0].step, people.people[0].answer)  # type: ignore[index]  # somebody answers
    assert (None, ()) == (tests["cause 1"].people, tests["people 2"].people)
    assert "both/left/two 1" in tests


@pytest.mark.parametrize(("wrong", "right", "rule"), FAULTS, ids=[wrong for wrong, _, _ in FAULTS])
def test_a_fault_is_found_at_its_place(wrong: str, right: str, rule: str) -> None:
    """One finding, where the mark stands, and with what to do."""
    assert right in GOOD
    text = GOOD.replace(right, wrong, 1)
    findings = load_step_tests(document(text), runbook(RUNBOOK), catalogue()).findings
    assert (marked(text), [rule]) == (places(findings), [one.finding.rule for one in findings])
    assert all(one.finding.fix for one in findings if one.finding.rule != "unknown-runbook")


def test_every_fault_is_told_at_once() -> None:
    """Each at its own line."""
    text = GOOD.replace("visit: 3", "visit: 0").replace("answer: again", "answer: agian")
    findings = load_step_tests(document(text), runbook(RUNBOOK), catalogue()).findings
    assert {"wrong-value", "unknown-option"} == {one.finding.rule for one in findings}


@pytest.mark.parametrize(("step", "given"), [("people", "{web: fail}"), ("look", "{'': fail}")])
def test_what_a_step_never_asks_cannot_be_given(step: str, given: str) -> None:
    """A question to a person looks at nothing; of several checks one has to be named."""
    text = f"steps: shop\ntests:\n  {step}:\n    - {{given: {given}, waits: true}}\n"
    (found,) = load_step_tests(document(text), runbook(RUNBOOK), catalogue()).findings
    assert "wrong-value" == found.finding.rule
