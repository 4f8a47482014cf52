"""The score of a drill on the screen."""

from __future__ import annotations

from dataclasses import replace

from engine.render.row import Layout
from engine.render.score_rows import score_rows
from tests.views.test_score import EXPECT, of


def test_every_row_of_a_score_says_what_it_is_about() -> None:
    """Four times `changes` say nothing without their operations."""
    told = Layout(100).lines(score_rows(of(replace(EXPECT, changes={"roll-back": 2, "restart-machine": 0}))))
    assert "  FAIL  changes    roll-back: expected 2 time(s); saw 1 time(s)" in told
    assert "  ok    changes    restart-machine: expected 0 time(s); saw 0 time(s)" in told
    assert "  ok    end        expected resolved; saw resolved" in told


def test_a_wrong_turn_and_the_first_diagnosis_are_rows() -> None:
    """They come before the expectations."""
    told = score_rows(of(replace(EXPECT, never=("roll-back",))))
    assert [("diagnosis", "the first was right"), ("wrong turn", "roll-back")] == [
        (row.name, row.text) for row in told[:2]
    ]


def test_the_times_and_the_hint_are_rows() -> None:
    """Whoever drilled alone sees what they would ask the drill master: how fast it was, and what it teaches."""
    scored = of(EXPECT)
    rows = {row.name: row.text for row in score_rows(scored)}
    assert "hint" not in rows
    assert rows["times"].endswith(" after the alert")
    assert "first check " in rows["times"]
    taught = replace(scored, scenario=replace(scored.scenario, hint="Look twice."), took=())
    rows = {row.name: row.text for row in score_rows(taught)}
    assert rows["hint"] == "Look twice."
    assert "times" not in rows
