"""Faults that remove a guard, put into a shipped runbook: a review by --against calls each of them weaker."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.app.sheet_of_runbook import Version, renamed, sheet_of
from engine.model.loading import load_runbook
from engine.views.weakened import changes
from tests.mutation.equivalent import why_equivalent
from tests.mutation.judging import Judge
from tests.mutation.operators import mutants

pytestmark = pytest.mark.xdist_group("mutants")  # one worker judges all of them

RUNBOOK = "dashboard-rollback"
GUARDS = (
    *("effect-to-read", "drop-undo", "bad-taken-for-good", "loosen-expectation", "remove-check", "skip-step"),
    *("drop-verification", "raise-timeout", "drop-severity", "turn-condition"),
)
"""Operators each of whose mutants has one guard less, whatever the runbook is."""


@pytest.fixture(scope="module")
def directions() -> dict[str, Counter[str]]:
    """Every mutant of one shipped runbook, by operator and by the worst that is told of it."""
    judge = Judge()
    known, shared = judge.library.runbook(RUNBOOK), judge.library.catalogue
    before = Version(known, shared, judge.library.runbook)
    sheet = sheet_of(before)
    found: dict[str, Counter[str]] = {}
    for mutant in mutants(RUNBOOK, judge.tree(RUNBOOK)):
        loaded = load_runbook(judge._document(mutant), shared).value
        if loaded is None or why_equivalent(known, loaded):
            continue
        after = Version(loaded, shared, judge.library.runbook)
        old = renamed(before, after)
        told = [one.direction for one in changes(sheet if old is before else sheet_of(old), sheet_of(after))]
        worst = next((one for one in ("weaker", "different", "stronger") if one in told), "nothing")
        found.setdefault(mutant.operator, Counter())[worst] += 1
    return found


@pytest.mark.parametrize("operator", GUARDS)
def test_a_guard_that_is_gone_is_called_weaker(operator: str, directions: dict[str, Counter[str]]) -> None:
    """Every mutant of the operator, and there is one."""
    assert {"weaker"} == set(directions[operator]), directions[operator]


def test_no_fault_goes_untold(directions: dict[str, Counter[str]]) -> None:
    """What is not weaker is told as different, or as a bound that is tighter; five in six are weaker."""
    whole = sum(directions.values(), Counter[str]())
    assert 0 == whole["nothing"]
    assert whole["weaker"] * 6 >= 5 * (whole["weaker"] + whole["different"])
    assert {"remove-bound"} == {name for name, each in directions.items() if each["stronger"]}
