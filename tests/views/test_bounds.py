"""Proofs as readers see them: every number says what it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from engine.kinds.errors import UsageError
from engine.kinds.values import Duration
from engine.model.assertion import Assertion, Before, Never
from engine.model.catalogue import Catalogue
from engine.model.proof.proving import proven
from engine.model.runbook import Runbook
from engine.views.bounds import NONE, Proofs, plain
from engine.views.bounds import proofs as told
from tests.views.documented import catalogue, database, large, library, small


def proofs(runbook: Runbook, library: Callable[[str], Runbook], catalogue: Catalogue) -> Proofs:
    """Prove a runbook, and say it."""
    return told(proven(runbook, library, catalogue))


def test_every_bound_says_that_it_is_one() -> None:
    """No row has a bare number."""
    found = proofs(large(), library, catalogue())
    for until, bound, besides in found.rows:
        assert bound == NONE or bound.startswith("at most "), until
        assert besides == "" if bound != NONE else besides.startswith("at most "), until
    assert "From the start until a person is asked or paged" == found.rows[1][0]


def test_where_there_is_no_bound_the_waits_are_named_by_their_reason() -> None:
    """Each reason once, with its steps."""
    found = proofs(large(), library, catalogue())
    assert (NONE, True) == (found.rows[0][1], found.rows[0][2] != "")
    reasons = [one.why for one in found.open]
    assert len(reasons) == len(set(reasons))
    assert any("look where a check cannot tell" in one.why and ("look",) == one.steps for one in found.open)


def test_what_has_a_bound_has_no_second_number() -> None:
    """A runbook without changes or questions."""
    found = proofs(replace(database(), otherwise="escalated"), library, catalogue())
    assert ("at most 24s", "") == found.rows[0][1:]
    assert () == found.open


def test_assertions_say_whether_they_hold() -> None:
    """With the author's reason, and a path where they do not."""
    claims = (
        Assertion(before=Before(change="any", comes="health"), why="look *first*"),
        Assertion(never=Never(step="held")),
    )
    first, second = proofs(small(asserts=claims), library, catalogue()).assertions
    assert (True, "look *first*", ()) == (first.holds, first.why, first.path)
    assert (False, ("health", "restart", "held")) == (second.holds, second.path)


def test_the_data_is_json_and_says_at_most() -> None:
    """Durations as seconds; no bound is null."""
    found = json.loads(json.dumps(plain(proofs(small(), library, catalogue()))))
    assert found["to_an_end"]["at_most_seconds"] is None
    assert found["to_an_end"]["besides_open_waits_at_most_seconds"] > 1800
    assert {"restart"} == {one["step"] for one in found["to_an_end"]["open_waits"]}
    assert 2 * 26.0 + 1.0 + 1.0 == found["in_phase"]["diagnose"]["at_most_seconds"]
    assert ["health", "restart", "held"] == found["slowest_path"][:3]


def test_a_called_runbook_that_calls_back_cannot_be_proved() -> None:
    """As it cannot be planned."""
    back = replace(database(), steps=large().steps)
    with pytest.raises(UsageError, match="calls itself"):
        proofs(back, lambda name: back, catalogue())


def test_the_budget_of_a_phase_is_no_bound() -> None:
    """What a team hopes for proves nothing."""
    hoped = replace(small(), budgets=replace(small().budgets, diagnose=Duration(1.0)))
    assert proofs(small(), library, catalogue()).rows == proofs(hoped, library, catalogue()).rows
