"""What nobody foresaw, and no person hears of."""

from __future__ import annotations

import pytest

from tests.model.lint.files import found, wrong

RULE = "otherwise-taken-for-good-news"
LOOK = "a: {check: {tcp: 'db:1'}, then: {pass: false-alarm}}"
WRONG = [
    ("resolved", "", "as if all were well"),
    ("mitigated", "", "as if all were well"),
    ("false-alarm", "", "as if all were well"),
    ("aborted", "", "as if a person had aborted it"),
    ("n", "n: {notify: support, text: Odd, then: {any: aborted}}", "n -> aborted"),
    ("e", "e: {escalate: support, decision: Look, then: {acknowledged: escalated, any: mitigated}}", "e ->"),
]
RIGHT = [
    ("escalated", ""),
    ("n", "n: {notify: support, text: Odd, then: {any: escalated}}"),
    ("e", "e: {escalate: support, decision: Look, then: {acknowledged: aborted, any: escalated}}"),
    ("q", "q: {ask: Well?, options: {yes: It is, no: It is not}, then: {yes: false-alarm, no: aborted}}"),
]


def file(otherwise: str, step: str) -> str:
    """Return a runbook with this `otherwise`."""
    return f"otherwise: {otherwise}\nsteps:\n  {LOOK}\n" + (f"  {step}\n" if step else "")


@pytest.mark.parametrize(("otherwise", "step", "said"), WRONG)
def test_what_nobody_foresaw_is_no_good_end_and_no_abort(otherwise: str, step: str, said: str) -> None:
    """Directly, behind a message, behind a page that nobody took."""
    wrong(RULE, file(f"▶{otherwise}", step), said)


@pytest.mark.parametrize(("otherwise", "step"), RIGHT)
def test_what_reaches_a_person_is_in_order(otherwise: str, step: str) -> None:
    """Who took it may end it as they see it."""
    assert () == found(RULE, file(otherwise, step))


def test_a_runbook_without_one_has_the_built_in_step() -> None:
    """It pages."""
    assert () == found(RULE, f"steps:\n  {LOOK}\n")
