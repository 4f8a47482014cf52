"""Rows that another row takes everything from."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "row-never-reached"
HEAD = "steps:\n  look: {check: {http: 'https://x', facts: {n: json.n}}, then: {any: sort}}\n  sort:\n    decide:\n"


def file(*rows: str) -> str:
    """Return a runbook that sorts by these rows."""
    return HEAD + "".join(f"      - {{{row}}}\n" for row in rows) + "    else: false-alarm\n"


WRONG = [
    (
        file("if: {look.status: {ge: 500}}, go: escalated", "if: {look.status: 503}, ▶go: aborted"),
        "row 2 of 'sort' is never reached: where it holds, row 1 (look.status >= 500) does too",
    ),
    (
        file("if: {look: fail}, go: escalated", "if: {look: fail, look.n: 1}, ▶go: aborted"),
        "row 1 (look fail) does too",
    ),
    (
        file(
            "if: {look: fail}, go: escalated",
            "if: {look: unknown}, go: escalated",
            "if: {look: {in: [fail, unknown]}, look.n: 2}, ▶go: aborted",
        ),
        "one of these does too: row 1",
    ),
    (
        file(
            "if: {}, any: [{look.n: 1}, {look.status: {exists: false}}], go: escalated",
            "if: {look.n: {in: [1]}}, ▶go: aborted",
        ),
        "row 2 of 'sort' is never reached",
    ),
]
RIGHT = [
    file("if: {look.status: 503}, go: aborted", "if: {look.status: {ge: 500}}, go: escalated"),
    file("if: {look: fail, look.n: 1}, go: aborted", "if: {look: fail}, go: escalated"),
    file(
        "if: {look.n: '${inputs.one}'}, go: aborted", "if: {look.n: '${inputs.two}'}, go: escalated"
    ).replace("steps:", "inputs: {one: {default: 1}, two: {default: 2}}\nsteps:", 1),
    file("if: {look.n: {lt: 1}}, go: aborted", "if: {look.n: {not: {matches: a}}}, go: escalated"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_a_row_that_is_never_reached_is_found(text: str, said: str) -> None:
    """With the row, or the rows, that stand in its way."""
    wrong(RULE, text, said)


@pytest.mark.parametrize("text", RIGHT)
def test_a_row_that_leaves_something_over_is_in_order(text: str) -> None:
    """Two rows that may both hold are: their order decides, and that is what an order is for."""
    assert () == found(RULE, text)
