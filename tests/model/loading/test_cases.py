"""Cases of a runbook: what loads, and where the finding is when something is wrong."""

from __future__ import annotations

import pytest

from engine.kinds.values import Duration
from engine.model.loading.cases import load_cases
from tests.model.files import catalogue, document, marked, places, runbook
from tests.model.loading.test_runbooks import DOWN

GOOD = """
cases: shop-down
usual: {answers: {facts: {version: 7}}}
simulate:
  people: {engineer: {median: 2m, p95: 10m, never: 0.1}}
tests:
  - case: nobody can say
    since: 3m
    given:
      query: [refused, {facts: {status: 200}, takes: 2s}]
      control: timeout
    channels: {status: undelivered}
    people: [{step: users, answer: "yes", after: 20s}]
    expect: {path: [look, ..., restart], end: resolved, moves: [], messages: [{to: engineer, at: 5m}], severity: SEV-1}
    weight: 2
"""
FAULTS = [
    ("▶casus: shop-down", "cases: shop-down", "unknown-key"),
    ("cases: ▶shop", "cases: shop-down", "unknown-runbook"),
    ("usual: {▶answer: {facts", "usual: {answers: {facts", "unknown-check"),
    ("people: {▶enginer: {median", "people: {engineer: {median", "unknown-role"),
    ("median: ▶2, p95", "median: 2m, p95", "wrong-value"),
    ("▶qurey: [refused", "query: [refused", "unknown-step"),
    ("query: [▶broken", "query: [refused", "unknown-outcome"),
    ("{▶statius: undelivered}", "{status: undelivered}", "unknown-channel"),
    ("status: ▶lost}", "status: undelivered}", "unknown-outcome"),
    ("answer: ▶perhaps, after", 'answer: "yes", after', "unknown-option"),
    ("..., ▶restrat]", "..., restart]", "unknown-step"),
    ("end: ▶solved", "end: resolved", "wrong-value"),
    ("{to: ▶enginer, at", "{to: engineer, at", "unknown-role"),
    ("severity: ▶SEV-9", "severity: SEV-1", "unknown-severity"),
]


def test_cases_of_every_part_load() -> None:
    """An outcome alone is an answer, and so is a list of them."""
    found = load_cases(document(GOOD), runbook(DOWN), catalogue()).require()
    case = found.tests[0]
    assert ("refused", "") == tuple(one.outcome for one in case.given["query"].each)
    assert (Duration(2.0), {"status": 200}) == (
        case.given["query"].each[1].takes,
        case.given["query"].each[1].facts,
    )
    assert ("timeout",) == tuple(one.outcome for one in case.given["control"].each)
    assert (Duration(120.0), 0.1) == (
        found.simulate.people["engineer"].median,
        found.simulate.people["engineer"].never,
    )
    assert ((), 2.0) == (case.expect.moves, case.weight)


@pytest.mark.parametrize(
    ("bad", "good", "rule"), FAULTS, ids=[f"{rule} {bad[:24]}" for bad, _, rule in FAULTS]
)
def test_a_fault_is_found_where_it_stands(bad: str, good: str, rule: str) -> None:
    """Line and column are those of the word."""
    assert good in GOOD
    text = GOOD.replace(good, bad, 1)
    found = load_cases(document(text), runbook(DOWN), catalogue())
    here = [one for one in found.findings if one.finding.rule == rule]
    assert marked(text) == places(tuple(here))
    assert found.value is None


def test_two_cases_of_one_name_are_a_finding() -> None:
    """`--case` could not tell them apart."""
    text = "cases: shop-down\ntests:\n- {case: a, expect: {}}\n- {case: a, expect: {}}\n"
    found = load_cases(document(text), runbook(DOWN), catalogue())
    assert ["defined-twice"] == [one.finding.rule for one in found.findings]
