"""Assertions that some path contradicts."""

from __future__ import annotations

import pytest

from engine.model.lint import Facts
from tests.model.lint.files import found, read, wrong

RULE = "assertion-does-not-hold"
STEPS = """
otherwise: engineer
steps:
  look: {check: {tcp: 'db:1'}, then: {pass: restart, fail: ask, unknown: engineer}}
  ask:
    ask: Restart it?
    options: {yes: Do, no: Do not}
    then: {yes: restart, no: engineer}
  restart:
    action: {http: 'https://x', operation: restart-machine, irreversible: sent}
    then: held
  held: {wait: {until: {tcp: 'db:1'}, recovery: true}, then: resolved}
  engineer: {escalate: engineer, decision: Decide, then: {any: escalated}}
"""
WRONG = [
    ("▶{before: {change: any, comes: ask}}", "before any change, 'ask' comes: not on look -> restart"),
    ("▶{before: {change: restart-machine, comes: look.pass}}", "not on look -> ask -> restart"),
    ("▶{never: {step: restart, after: ask}}", "never the step 'restart' after 'ask'"),
    ("▶{never: {change: any}}", "not on look -> restart"),
    ("▶{always: {step: restart, on: escalated}}", "not on look -> engineer -> escalated"),
    ("▶{always: {step: held, after: restart}}", "not on look -> restart -> engineer -> escalated"),
    ("▶{before: {change: any, comes: loook}}", "did you mean 'look'?"),
    ("▶{always: {step: held.hold, on: resolved}}", "'held' never ends 'hold'"),
    ("▶{never: {step: restrat}}", "did you mean 'restart'?"),
]
RIGHT = [
    "{before: {change: any, comes: look}}",
    "{before: {step: held, comes: restart.done}}",
    "{before: {end: resolved, comes: held.held}}",
    "{never: {step: look, after: restart}}",
    "{never: {change: roll-back}}",
    "{never: {step: engineer, after: held.held}}",
    "{always: {step: held.held, on: resolved}}",
    "{always: {step: engineer, on: escalated}}",
]


@pytest.mark.parametrize(("assertion", "said"), WRONG)
def test_a_contradicted_assertion_is_found_with_a_shortest_path(assertion: str, said: str) -> None:
    """Each in its own file, marked where it stands."""
    wrong(RULE, f"assert:\n  - {assertion}{STEPS}", said)


@pytest.mark.parametrize("assertion", RIGHT)
def test_an_assertion_that_holds_is_no_finding(assertion: str) -> None:
    """Over all paths."""
    assert () == found(RULE, f"assert:\n  - {assertion}{STEPS}")


def test_the_finding_carries_the_path_with_its_places() -> None:
    """So that an editor can lead along it."""
    (one,) = found(RULE, "assert:\n  - {never: {step: restart, after: ask}}" + STEPS)
    assert ["look", "ask", "restart"] == [stop.name for stop in one.trace]
    assert all(stop.line for stop in one.trace)


def test_a_runbook_that_nobody_has_read_contradicts_nothing() -> None:
    """That it is not there is told by others."""
    calls = "steps:\n  look: {runbook: other, then: {any: escalated}}\notherwise: escalated\n"
    assert () == found(RULE, "assert:\n  - {never: {change: any}}\n" + calls)
    others = Facts(runbooks={"other": read("runbook: other\n" + STEPS.lstrip())[0]})
    assert 1 == len(found(RULE, "assert:\n  - {never: {change: any}}\n" + calls, others))
