"""The score of a drill on the screen, before its report: the diagnosis, expectations, times, and the hint."""

from __future__ import annotations

from engine.render.durations import length
from engine.render.row import Row
from engine.views.score import Score


def score_rows(score: Score) -> tuple[Row, ...]:
    """Return the rows of a score."""
    right = {True: "right", False: "wrong", None: "not judged"}[score.first_diagnosis]
    rows = [Row(name="diagnosis", text=f"the first was {right}", place="under")]
    rows += [Row(name="wrong turn", text=one, place="under") for one in score.wrong_turns]
    for one in score.expectations:
        name, _, operation = one.what.partition(": ")  # a name is cut to its column: which one stands beside
        text = f"{f'{operation}: ' if operation else ''}expected {one.expected}; saw {one.seen}"
        rows.append(Row("ok" if one.held else "FAIL", text, name, "good" if one.held else "bad", "item"))
    reached = [(one.what, length(one.measured)) for one in score.took if one.measured is not None]
    if reached:
        text = ", ".join(f"{what} {after}" for what, after in reached)
        rows.append(Row(name="times", text=f"{text} after the alert", place="under"))
    if score.scenario.hint:
        rows.append(Row(name="hint", text=score.scenario.hint, place="under"))
    return tuple(rows)
