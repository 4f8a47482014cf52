"""Waits that do not say how long they wait at most."""

from __future__ import annotations

import pytest

from engine.model.graph import graph_of
from engine.model.lint import Facts, rules
from tests.model.lint.files import found, read, wrong

RULE = "limit-left-out"
WRONG = [
    (
        "steps: {a: {▶wait: {until: {tcp: 'db:1'}}, then: escalated}}",
        "'a' may wait for 30m",
    ),
    (
        """
steps:
  a:
    ▶wait:
      until: {one: {tcp: 'db:1'}, two: {tcp: 'db:2'}}
      soak: {passes: 3}
      recovery: true
    then: {held: resolved, limit: escalated}
""",
        "nobody said how long at most",
    ),
    (
        """
steps:
  p: {parallel: {b: {steps: {a: {▶wait: {until: {tcp: 'db:1'}}, then: pass}}}}, then: escalated}
""",
        "say 'limit:'",
    ),
]
RIGHT = [
    "steps: {a: {wait: {until: {tcp: 'db:1'}, limit: 5m}, then: escalated}}",
    "steps: {a: {wait: {until: {tcp: 'db:1'}, limit: 30m}, then: escalated}}",
    "steps: {a: {wait: 10m, then: escalated}}",
    "steps: {p: {parallel: {b: {steps: {a: {wait: {until: {tcp: 'db:1'}, limit: 1m}, then: pass}}}}, then: escalated}}",
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_wait_without_a_limit_is_found(text: str, said: str) -> None:
    """At the wait, in a branch too."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_limit_that_was_written_is_in_order(text: str) -> None:
    """Also where it is as long as it would be by itself; and a pause needs none."""
    assert () == found(RULE, text)


def test_where_the_text_is_not_known_nothing_is_said() -> None:
    """Nobody can tell what was written from what holds."""
    runbook, _ = read(WRONG[0][0])
    assert [] == list(rules()[RULE].findings(runbook, graph_of(runbook), Facts()))
