"""Of a sensitive answer only numbers and chosen facts leave the run folder."""

from __future__ import annotations

import asyncio
import json

import pytest

from engine.core.asking import asked_check
from engine.core.run_state import RunState
from engine.io.evidence import MemoryEvidence
from engine.io.performers.live import LivePerformer
from engine.io.redaction import Redactor
from engine.kinds import codec
from engine.kinds.check import Check
from engine.kinds.checks.http import HttpCheck
from engine.kinds.checks.sql import SqlCheck
from engine.kinds.facts import Selector
from engine.kinds.matchers import Matcher
from engine.kinds.ports import SqlReply
from engine.kinds.uses import CheckUse
from engine.kinds.values import Instant
from tests.core.play import plan_of
from tests.kinds.fakes import FakeWorld, Reply, http_reply

CUSTOMER = "Jane Doe of Elm Street"
PLAN = plan_of('one: {check: {http: "http://a/"}, then: {any: escalated}}')


def recorded(use: CheckUse, reply: Reply) -> str:
    """Return the record of one look."""
    move = asked_check(RunState(plan=PLAN), "", "one", 1, "", 1, Instant(0.0), use)
    redactor = Redactor({})
    performer = LivePerformer(FakeWorld([reply]), MemoryEvidence(redactor), redactor)
    return json.dumps(codec.plain(asyncio.run(performer.perform(move))))


@pytest.mark.parametrize(
    ("kind", "reply", "subject"),
    [
        (HttpCheck(http="http://a/"), http_reply(200, [{"customer": CUSTOMER}], {"x-who": CUSTOMER}), "text"),
        (
            SqlCheck(sql="select name from customers", database="postgresql://db/x"),
            SqlReply(("name",), ((CUSTOMER,),), 0.1),
            "first.name",
        ),
    ],
)
def test_a_word_of_the_answer_is_nowhere_in_the_record(kind: Check, reply: Reply, subject: str) -> None:
    """Neither as a fact, nor as what was seen, nor in a sentence; whether the check passes or fails."""
    for expectation in (CUSTOMER, "somebody else"):
        use = CheckUse(
            kind=kind, sensitive=True, expect={subject: Matcher.parse({"contains": expectation[:4]})}
        )
        found = recorded(use, reply)
        assert "Elm Street" not in found
        assert "kept back" in found


def test_numbers_and_what_the_author_chose_are_kept() -> None:
    """A count is what is needed to say that nothing was lost."""
    facts = {
        "count": Selector.parse({"from": "json", "count": True}),
        "error": Selector.parse("json.0.error"),
    }
    use = CheckUse(
        kind=HttpCheck(http="http://a/"),
        sensitive=True,
        facts=facts,
        expect={"status": Matcher.parse(200), "count": Matcher.parse({"ge": 2})},
    )
    found = json.loads(recorded(use, http_reply(200, [{"error": "chosen", "who": CUSTOMER}])))
    assert (1, "chosen", 200) == tuple(found["facts"][name] for name in ("count", "error", "status"))
    assert "count 1, wanted >= 2" == found["why"]
