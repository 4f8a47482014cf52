"""Runbooks that call themselves."""

from __future__ import annotations

import pytest

from engine.model.lint import Facts
from tests.model.lint.files import found, read, wrong

RULE = "runbook-calls-itself"
OTHERS = {
    name: read(f"runbook: {name}\nsteps:\n  next: {{runbook: {called}, then: {{any: escalated}}}}\n")[0]
    for name, called in {"back": "example", "far": "back", "away": "nowhere", "round": "round"}.items()
}
FACTS = Facts(runbooks=OTHERS)
WRONG = [
    ("runbook: example\nsteps:\n  a: {runbook: ▶example, then: {any: escalated}}\n", "example -> example"),
    (
        "runbook: example\nsteps:\n  a: {runbook: ▶back, then: {any: escalated}}\n",
        "example -> back -> example",
    ),
    (
        (
            "runbook: example\nsteps:\n  a:\n    parallel: {p: {steps: {x: {runbook: ▶far, then: {any: pass}}}}}\n"
            "    then: {any: escalated}\n"
        ),
        "example -> far -> back -> example",
    ),
]
RIGHT = [
    "runbook: example\nsteps:\n  a: {runbook: away, then: {any: escalated}}\n",
    "runbook: example\nsteps:\n  a: {runbook: round, then: {any: escalated}}\n",
    "runbook: example\nsteps:\n  a: {wait: 5s, then: escalated}\n",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_circle_is_found_at_the_call(text: str, said: str) -> None:
    """However long."""
    wrong(RULE, text, said, FACTS)


@pytest.mark.parametrize("text", RIGHT)
def test_other_calls_are_no_finding(text: str) -> None:
    """Somebody else's circle is told with that runbook."""
    assert () == found(RULE, text, FACTS)
