"""Faults that must be noticed, one of each sort, in one shipped runbook; `python -m tests.mutation` tries 200."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from engine.model.step_tests import StepTest
from tests.mutation.__main__ import table
from tests.mutation.judging import Judge, sample
from tests.mutation.operators import OPERATORS, Mutant, mutants

pytestmark = pytest.mark.xdist_group("mutants")  # one judge for all of them: it reads everything shipped
RUNBOOK = "llamaindex-mcp-down"
TREE = {
    "runbook": "web",
    "title": "Web",
    "otherwise": "people",
    "steps": {
        "look": {"check": {"http": "https://x.example", "expect": {"status": 200}}, "then": {"any": "cause"}},
        "cause": {
            "decide": [
                {"if": {"look.status": 503, "look.seconds": {"lt": 1}}, "go": "restart", "raise": "SEV-1"},
                {"if": {"look.status": 404}, "go": "people"},
            ],
            "else": "people",
        },
        "restart": {"action": {"http": "https://x.example/r", "irreversible": "sent"}, "then": "recovered"},
        "recovered": {
            "wait": {"until": {"http": "https://x.example"}, "soak": {"passes": 2}, "limit": "5m"},
            "then": {"held": "resolved", "limit": "people"},
        },
        "people": {"escalate": "manager", "decision": "Decide", "then": {"any": "escalated"}},
    },
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    """The shipped content, loaded once."""
    return Judge()


def test_every_operator_finds_a_place_and_leaves_the_rest_as_it_was() -> None:
    """Each mutant differs from the original, and no two of one operator are the same."""
    whole = json.dumps(TREE)
    found = list(mutants("web", json.loads(whole)))
    assert set(OPERATORS) - {"remove-check"} <= {one.operator for one in found}
    assert whole not in {one.text for one in found}
    for name in OPERATORS:
        mine = [one.text for one in found if one.operator == name]
        assert len(set(mine)) == len(mine), name


def mutant(operator: str, what: str, judge: Judge) -> Mutant:
    """Return the mutant of the shipped runbook that is called so."""
    found = mutants(RUNBOOK, judge.tree(RUNBOOK))
    return next(one for one in found if one.operator == operator and one.what == what)


FAULTS = [
    ("effect-to-read", "roll-back: declared a read"),
    ("lower-operation", "start: called restart-machine"),
    ("swap-outcomes", "green: close and watch swapped"),
    ("re-aim-row", "cause: own-limit goes to platform"),
    ("drop-undo", "roll-back: no undo of the catalogue's"),
    ("drop-undo", "start: no irreversible of the catalogue's"),
    ("skip-step", "restart: taken out, on to recovered"),
    ("skip-step", "recovered: taken out, on to fast"),
    ("drop-verification", "recovered: no recovery"),
    ("remove-bound", "query: no visits"),
    ("other-role", "database: escalate support"),
]


@pytest.mark.parametrize(("operator", "what"), FAULTS)
def test_a_fault_in_a_shipped_runbook_is_noticed(operator: str, what: str, judge: Judge) -> None:
    """By a finding of `check`, or by a case that fails."""
    assert "" != judge.judge(mutant(operator, what, judge)).by


def test_a_fault_that_no_rule_sees_fails_a_test_of_its_step(judge: Judge) -> None:
    """The table of the step is asked before any whole incident, and says which line it is."""
    found = judge.judge(mutant("turn-condition", "cause: row 15 with query.status turned", judge))
    assert ("test", True) == (found.by, found.why.startswith("cause "))


def test_a_test_that_fails_anyway_notices_nothing() -> None:
    """It would fail for any mutant, and for the runbook as it is."""
    judge = Judge()
    tests, document = judge._tests(RUNBOOK) or (None, None)
    assert tests is not None
    assert document is not None
    failing = {"cause": (StepTest(goes="resolved"),)}
    judge._stepped[RUNBOOK] = (replace(tests, tests=failing), document)
    judge._known[RUNBOOK] = []
    tree = judge.tree(RUNBOOK)
    nothing = Mutant(RUNBOOK, "turn-condition", "cause: nothing", json.dumps(tree))
    assert "" == judge.judge(nothing).by
    assert [f"{RUNBOOK}: cause 1"] == judge.failing


def test_the_same_seed_draws_the_same_mutants(judge: Judge) -> None:
    """So that a table can be made again."""
    one, two = (sample(judge, [RUNBOOK], 8, 7) for _ in range(2))
    assert one == two
    assert 8 == len({each.operator for each in one})


def test_what_is_noticed_is_counted_by_who_noticed_it(judge: Judge) -> None:
    """A reworded title is no fault, and is noticed by nobody."""
    tree = judge.tree(RUNBOOK)
    tree["title"] = "Another title"
    nobody = judge.judge(Mutant(RUNBOOK, "swap-rows", "cause: nothing", json.dumps(tree)))
    assert ("", False) == (nobody.by, nobody.reviewed)
    rows = table([nobody])
    assert "| all | 1 | 0 | 0 | 1 | 0 |" in rows
    assert "- swap-rows: llamaindex-mcp-down, cause: nothing (nor by --against)" in rows
