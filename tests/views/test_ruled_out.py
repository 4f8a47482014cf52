"""What a decision rules out, told to a person."""

from __future__ import annotations

import pytest

from engine.kinds.matchers import Matcher
from engine.kinds.references import ABSENT, Absent
from engine.kinds.steps.decide import Case
from engine.kinds.values import Json
from engine.kinds.verdicts import Answer
from engine.views.ruled_out import row_stands

RELEASE = Case(
    go="roll-back",
    when={"look.release.recent": Matcher(True), "look.release.previous.image": Matcher({"exists": True})},
)


@pytest.mark.parametrize(
    ("case", "facts", "answer"),
    [
        (RELEASE, {"look.release": "unknown"}, "unknown"),
        (RELEASE, {"look.release": "fail", "look.release.recent": True}, "fail"),
        (RELEASE, {"look.release": "pass", "look.release.recent": False}, "fail"),
        (
            Case(go="x", when={**RELEASE.when, "look.machines": Matcher("fail")}),
            {"look.release": "unknown", "look.machines": "pass"},
            "fail",
        ),
        (
            Case(go="x", when=RELEASE.when, any=({"look.machines": Matcher("fail")},)),
            {"look.release": "unknown", "look.machines": "pass"},
            "fail",
        ),
    ],
)
def test_what_nobody_could_read_rules_out_nothing(case: Case, facts: dict[str, Json], answer: Answer) -> None:
    """A fact that is missing from an answer rules a row out, one whose check got no answer does not."""

    def lookup(path: str) -> Json | Absent:
        return facts.get(path, ABSENT)

    assert answer == row_stands(case, lookup)
