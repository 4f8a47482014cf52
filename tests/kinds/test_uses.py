"""What a person typed in is judged like an answer, and is never written over."""

from __future__ import annotations

import pytest

from engine.kinds.discovery import family
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.uses import CheckUse, judge_seen
from engine.kinds.values import Json

CHECK = CheckUse(
    kind=family("checks")["http"](http="http://example.com/"),
    facts={
        "share": Selector.parse({"from": "json.share", "default": "unseen"}),
        "version": Selector.parse("json.version"),
    },
    expect={"share": Matcher({"lt": 70}), "version": Matcher({"exists": True})},
)


@pytest.mark.parametrize(
    ("typed", "answer", "share"),
    [
        ({"share": 50, "version": 7}, "pass", 50),
        ({"share": 90, "version": 7}, "fail", 90),
        ({"version": 7}, "unknown", "unseen"),
        ({"share": 50}, "fail", 50),
    ],
)
def test_what_a_person_typed_stands_where_a_default_would(
    typed: dict[str, Json], answer: str, share: Json
) -> None:
    """The default is for an answer that says nothing, and a person has said something."""
    verdict = judge_seen(CHECK, typed)
    assert (answer, share) == (verdict.answer, verdict.facts["share"])
