"""What a look comes to in a forecast is judged once, and only where it is the same look."""

from __future__ import annotations

from random import Random

import pytest

from engine.core.events import Asked, Ended
from engine.core.moves import Perform
from engine.io.drivers.virtual import at_once
from engine.io.performers import drawn
from engine.io.performers.drawn import Draw, DrawnPerformer, Human, Odds
from engine.io.performers.scripted import Told
from engine.kinds.checks.tcp import TcpCheck
from engine.kinds.matchers import Matcher
from engine.kinds.uses import CheckUse
from engine.kinds.values import Duration, Instant
from engine.model.cases import Given, Givens

QUICK = Draw(0.0, 0.5)
ODDS = Odds({}, QUICK, QUICK, {}, Human(QUICK))


def use(expected: int) -> CheckUse:
    """Return a look at one address with an expectation."""
    return CheckUse(
        kind=TcpCheck(tcp="db1:5432"),
        expect={"connect_ms": Matcher({"lt": expected})},
        timeout=Duration(600.0),
    )


def performer() -> DrawnPerformer:
    """Return one to which every look is said to take 80 ms."""
    told = Told({"look": Givens(each=(Given(facts={"connect_ms": 80}),))})
    return DrawnPerformer(told, ODDS, Random(1), {}, {})


def looked(by: DrawnPerformer, check: CheckUse, number: int) -> Ended:
    """Return how one look ends."""
    asked = Asked(
        operation=f"look#{number}@1", step="look", item="", what="check", title="", target="", args=None,
        digest="the same", due=Instant(0.0), visit=number,
    )  # fmt: skip
    return at_once(by.perform(Perform(asked, check)))


def test_the_same_look_has_its_own_name_and_time_each_time() -> None:
    """What it came to is the same."""
    by = performer()
    check = use(100)
    one, two = looked(by, check, 1), looked(by, check, 2)
    assert ("look#1@1", "look#2@1") == (one.operation, two.operation)
    assert one.seconds != two.seconds
    assert ("pass", one.seen, one.facts) == (two.outcome, two.seen, two.facts)
    assert 1 == len(by.seen)


def test_another_expectation_is_another_look() -> None:
    """Though the step, what is asked and what is seen are the same."""
    by = performer()
    assert ["pass", "fail", "pass"] == [looked(by, use(n), n).outcome for n in (100, 50, 90)]


def test_looks_that_are_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of different ones begin anew, and are judged right."""
    monkeypatch.setattr(drawn, "MOST", 4)
    by = performer()
    for expected in range(60, 101):
        assert ("pass" if expected > 80 else "fail") == looked(by, use(expected), expected).outcome
    assert 4 >= len(by.seen)
