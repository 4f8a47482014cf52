"""Facts for the rows of a decision: each row, each condition of it and each pair of neighbours has some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from engine.app.step_testing import Bench
from engine.kinds.steps.decide import DecideStep
from engine.kinds.values import Json
from engine.model.step_tests import StepTest, StepTests
from engine.views.decide_rows import Rows
from tests.app.websteps import RUNBOOK, library

START = RUNBOOK.index("    decide:")
END = RUNBOOK.index("    else: tell")


def rows(root: Path, written: str) -> Rows:
    """Return the rows of the step `cause`, written so."""
    runbook = f"{RUNBOOK[:START]}    decide:\n{written}\n{RUNBOOK[END:]}"
    bench = Bench(library(root, "", runbook))
    plan, state = bench.start(StepTests(runbook="web-down", tests={}), StepTest())
    decide = plan.steps["cause"].step
    assert isinstance(decide, DecideStep)
    return Rows.of(state, plan, plan.steps["cause"], decide)


def found(root: Path, *written: str) -> tuple[Rows, Sequence[Mapping[str, Json]]]:
    """Return the rows, and the facts of their tests."""
    known = rows(root, "\n".join(f"      - {row}" for row in written))
    return known, list(known.tests())


def test_each_row_is_reached_and_so_is_the_rest(tmp_path: Path) -> None:
    """Also where an earlier row stands in the way."""
    known, tests = found(
        tmp_path,
        "{if: {look.health.status: {ge: 500}, restart.outcome: {exists: false}}, go: restart}",
        "{if: {look.health.status: 503}, go: tell, raise: SEV-1}",
        "{if: {look.health: fail, run.network: down}, go: people}",
    )
    assert {0, 1, 2, 3} == {known.first(dict(facts)) for facts in tests}


@pytest.mark.parametrize(
    ("row", "fitting", "beyond"),
    [
        ("{if: {look.health.status: {ge: 500}}, go: restart}", 500, 499),
        ("{if: {look.health.status: {gt: 3}}, go: restart}", 4, 3),
        ("{if: {look.health.status: 503}, go: restart}", 503, 504),
    ],
)
def test_a_condition_is_tried_on_both_sides_of_its_boundary(
    tmp_path: Path, row: str, fitting: Json, beyond: Json
) -> None:
    """The last value that fits, and the first that does not."""
    _, tests = found(tmp_path, row)
    assert [fitting, beyond] == [facts["look.health.status"] for facts in tests if facts]


def test_each_condition_alone_is_untrue_once(tmp_path: Path) -> None:
    """Those of the alternatives too: all else holds, and the step goes elsewhere."""
    known, tests = found(
        tmp_path,
        "{if: {look.health.status: 503, look.vendor: pass}, any: [{look.health.seconds: {gt: 5}}, {network: x}], go: restart}"
        .replace(", {network: x}", ", {people.answer: quiet}"),
    )  # fmt: skip
    row = known.rows[0]
    for one in (*row.must, *(one for option in row.options for one in option)):
        alone = [
            facts
            for facts in tests
            if not known.holds(one, dict(facts))
            and all(known.holds(other, dict(facts)) for other in row.must if other is not one)
        ]
        assert alone, one.path


def test_the_order_of_two_rows_has_a_test_where_both_would_do(tmp_path: Path) -> None:
    """Swapped, it would fail; rows that do the same have none."""
    known, tests = found(
        tmp_path,
        "{if: {look.health.status: 503}, go: restart}",
        "{if: {look.vendor: fail}, go: tell}",
        "{if: {look.vendor: fail, look.health: fail}, go: tell}",
    )
    assert any(
        known.takes(known.rows[0], dict(one)) and known.takes(known.rows[1], dict(one)) for one in tests
    )


def test_a_fact_that_is_compared_with_another_has_values_for_both(tmp_path: Path) -> None:
    """`${...}` on the right side is a fact of the test like any other."""
    known, tests = found(tmp_path, "{if: {look.health.status: {lt: '${look.vendor.status}'}}, go: restart}")
    both = [one for one in tests if {"look.health.status", "look.vendor.status"} <= one.keys()]
    assert {0, 1} == {known.first(dict(facts)) for facts in both}


def test_answers_and_outcomes_are_words_that_can_be(tmp_path: Path) -> None:
    """Nothing that no check and no step ever says."""
    _, tests = found(
        tmp_path,
        "{if: {look.vendor: fail}, go: restart}",
        "{if: {recovered: {ne: held}}, go: tell}",
        "{if: {run.network: down}, go: people}",
    )
    seen = {(name, str(value)) for facts in tests for name, value in facts.items()}
    assert {"pass", "fail", "unknown"} >= {value for name, value in seen if name == "look.vendor"}
    assert {"held", "limit"} >= {value for name, value in seen if name == "recovered.outcome"}
    assert {"ok", "down"} >= {value for name, value in seen if name == "run.network"}


def test_each_value_of_a_list_has_its_own_test(tmp_path: Path) -> None:
    """So that a list which grows shorter is noticed."""
    known, tests = found(tmp_path, "{if: {look.health.status: {in: [500, 502, 504]}}, go: restart}")
    assert {500, 502, 504} == {one["look.health.status"] for one in tests if not known.first(dict(one))}
