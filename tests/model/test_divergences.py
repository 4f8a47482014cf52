"""Which rows two lists of a decision can take of the same state of things."""

from __future__ import annotations

from engine.kinds.matchers import Matcher
from engine.kinds.steps.decide import Case
from engine.kinds.values import Json
from engine.model.decisions import divergences


def row(go: str, **conditions: Json) -> Case:
    """Return a row of conditions on facts of `look`."""
    return Case(go=go, when={f"look.{name}": Matcher(data) for name, data in conditions.items()})


def found(one: list[Case], other: list[Case]) -> set[tuple[int, int]]:
    """Return every two rows that lead elsewhere, the `else` after the last."""
    goes = [[*(case.go for case in rows), "else"] for rows in (one, other)]
    return set(divergences(one, other, lambda i, j: goes[0][i] != goes[1][j]))


NARROW, WIDE, OTHER = row("wait", status=429), row("restart", status={"ge": 400}), row("people", status=200)


def test_the_same_rows_never_part() -> None:
    """Nor do rows that exclude each other, in another order."""
    assert set() == found([NARROW, WIDE], [NARROW, WIDE])
    assert set() == found([OTHER, NARROW], [NARROW, OTHER])


def test_a_row_that_is_gone_leaves_its_cases_to_the_rows_below() -> None:
    """And where none below holds, to the `else`."""
    assert {(0, 0)} == found([NARROW, WIDE], [WIDE])
    assert {(0, 1)} == found([NARROW, OTHER], [OTHER])


def test_a_row_that_goes_elsewhere_parts_from_itself() -> None:
    """Whatever stands below it."""
    assert {(0, 0)} == found([NARROW, OTHER], [row("people", status=429), OTHER])


def test_a_wider_row_above_takes_what_was_for_the_narrow_one() -> None:
    """It is found in the order that matters, and not in the other."""
    assert {(0, 0)} == found([NARROW, WIDE], [WIDE, NARROW])
    assert {(0, 0)} == found([WIDE, NARROW], [NARROW, WIDE])


def test_a_condition_that_is_gone_takes_from_the_rows_below() -> None:
    """What the else had before, and what it had not."""
    before = [row("restart", status=503, seconds={"lt": 5})]
    assert {(1, 0)} == found(before, [row("restart", status=503)])
    assert {(0, 1)} == found([row("restart", status=503)], before)


def test_only_what_is_asked_for_is_looked_for() -> None:
    """By the numbers of the rows."""
    asked: list[tuple[int, int]] = []

    def ask(one: int, other: int) -> bool:
        asked.append((one, other))
        return False

    assert () == divergences([NARROW], [WIDE], ask)
    assert {(0, 0), (0, 1), (1, 0), (1, 1)} == set(asked)
