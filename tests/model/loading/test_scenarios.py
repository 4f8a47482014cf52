"""Scenarios of drills: what loads and what is refused."""

from __future__ import annotations

import pytest

from engine.kinds.values import Duration, Instant
from engine.model.loading import load_scenario
from tests.model.files import catalogue, document, marked, places, runbook
from tests.model.loading.test_runbooks import DOWN

GOOD = """
scenario: shop-crash-loop
runbook: shop-down
title: A release that crashes
alert: {name: ShopDown, before: 3m}
faults:
  - {service: shop, kind: crash-loop, heal: roll-back}
  - {service: shop, kind: status, at: 1m, until: 5m, params: {status: 503}}
people:
  - {step: users, answer: "yes", after: 20s}
  - {step: "*", item: consent, answer: "yes", by: Kim, role: engineer, reason: it is down}
expect:
  path: [look, query, restart]
  not: [own-limit]
  end: resolved
  diagnosis: {step: cause, goes: restart}
  severity: SEV-1
  changes: {restart-machine: 1}
  within: 30m
hint: Look at the releases
tags: [release]
"""

FAULTS = [
    ("▶runbok: shop-down", "runbook: shop-down", "unknown-key"),
    ("alert: {name: ShopDown, before: ▶3}", "alert: {name: ShopDown, before: 3m}", "wrong-value"),
    ("kind: status, at: 1m, until: ▶30s", "kind: status, at: 1m, until: 5m", "wrong-value"),
    ("end: ▶solved", "end: resolved", "wrong-value"),
    ("role: ▶enginer", "role: engineer", "unknown-role"),
    ("severity: ▶SEV-7", "severity: SEV-1", "unknown-severity"),
    ("path: [look, ▶qurey, restart]", "path: [look, query, restart]", "unknown-step"),
    ("not: [▶nothing]", "not: [own-limit]", "unknown-step"),
    ("{step: cause, goes: ▶users}", "{step: cause, goes: restart}", "unknown-target"),
    ("{step: ▶query, goes: restart}", "{step: cause, goes: restart}", "wrong-value"),
    ("{step: ▶user, answer", "{step: users, answer", "unknown-step"),
    ("answer: ▶perhaps, after", 'answer: "yes", after', "unknown-option"),
    ("scenario: ▶Shop!", "scenario: shop-crash-loop", "bad-name"),
    ("runbook: ▶shop", "runbook: shop-down", "unknown-runbook"),
]


def test_a_scenario_of_every_part_loads() -> None:
    """It is typed, and agrees with its runbook and the catalogue."""
    found = load_scenario(document(GOOD), runbook(DOWN), catalogue()).require()
    assert (Duration(180.0), "sandbox") == (found.alert.before, found.environment)
    assert ("own-limit",) == found.expect.never
    assert {"status": 503} == found.faults[1].params
    assert ["", "consent"] == [answer.item for answer in found.people]
    assert not found.responder


@pytest.mark.parametrize(("faulty", "good", "rule"), FAULTS)
def test_a_faulty_scenario_is_refused_at_the_fault(faulty: str, good: str, rule: str) -> None:
    """One fault makes one finding, at its place."""
    assert good in GOOD
    text = GOOD.replace(good, faulty, 1)
    result = load_scenario(document(text), runbook(DOWN), catalogue())
    said = "; ".join(f"{one.finding.message} [{one.finding.fix}]" for one in result.findings)
    assert [rule] == [one.finding.rule for one in result.findings], said
    assert marked(text) == places(result.findings), said
    assert result.value is None


def test_a_drill_may_begin_at_a_moment_of_its_own() -> None:
    """In UTC; a window of the policy asks for the day."""
    found = load_scenario(document("start: 2025-11-25T18:00:00Z\n" + GOOD)).require()
    assert Instant.parse("2025-11-25T18:00:00Z") == found.start
    assert load_scenario(document("start: on Tuesday\n" + GOOD)).value is None


def test_without_a_runbook_its_steps_are_not_looked_up() -> None:
    """A scenario can be read alone."""
    text = GOOD.replace("path: [look, query, restart]", "path: [anywhere]")
    assert load_scenario(document(text)).value is not None
