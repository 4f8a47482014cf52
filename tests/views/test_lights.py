"""The status board: since when, how often, and the worst first."""

from __future__ import annotations

import pytest

from engine.kinds.values import Instant, Json
from engine.kinds.verdicts import Answer
from engine.views.lights import Board, Lead, Light, board
from engine.views.measured import Measured

START = Instant.parse("2025-11-23T03:00:00Z")


def measured(check: str, answer: Answer, why: str = "") -> Measured:
    """Return what a check came to."""
    return Measured(check=check, target="t", answer=answer, why=why, title="Alive", facts={"median": 0.2})


def looked(*rounds: dict[str, Answer]) -> Board:
    """Return the board after some rounds, five minutes apart."""
    found = Board(environment="production", at=str(START), lights=())
    for number, answers in enumerate(rounds):
        before = {light.check: light for light in found.lights}
        now = [
            measured(check, answer, "503" if answer != "pass" else "") for check, answer in answers.items()
        ]
        found = board("production", START.after(300.0 * number), now, before, {})
    return found


def light(found: Board, check: str = "alive") -> Light:
    """Return one light."""
    return next(one for one in found.lights if one.check == check)


def test_since_is_the_first_look_with_the_same_answer() -> None:
    """It stays while the answer stays, and begins anew where it changes."""
    assert str(START) == light(looked({"alive": "fail"}, {"alive": "fail"})).since
    changed = light(looked({"alive": "pass"}, {"alive": "fail"}, {"alive": "fail"}))
    assert (str(START.after(300)), str(START.after(600)), str(START)) == (
        changed.since,
        changed.at,
        changed.first,
    )


def test_uptime_is_of_looks_that_could_judge() -> None:
    """Two of three; the one that saw nothing says nothing about the target."""
    found = light(looked(*({"alive": answer} for answer in ("pass", "unknown", "fail", "pass"))))  # type: ignore[arg-type]  # each is an answer
    assert (2, 1, 1, 66.7) == (found.passed, found.failed, found.unseen, round(found.uptime or 0, 1))
    assert light(looked({"alive": "unknown"})).uptime is None


def test_what_was_not_measured_this_time_stays_as_it_was() -> None:
    """With the time of its own last look."""
    found = looked({"alive": "fail", "other": "pass"}, {"other": "pass"})
    assert ("fail", str(START)) == (light(found).answer, light(found).at)
    assert str(START.after(300)) == light(found, "other").at


def test_the_worst_stands_first_and_a_good_one_gives_no_reason() -> None:
    """Red, then unseen, then green."""
    found = looked({"a": "pass", "b": "unknown", "c": "fail"})
    assert ["c", "b", "a"] == [one.check for one in found.lights]
    assert ["503", "503", ""] == [one.why for one in found.lights]
    assert (1, 1, 1) == tuple(found.counted(answer) for answer in ("fail", "unknown", "pass"))


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"failures": {"status 503, wanted 200": 1}, "ok_share": 0}, "status 503, wanted 200"),
        ({"failures": {"a": 2, "b": 1}}, "a; and 1 more reason"),
        ({"unknowns": {"SHOP_TOKEN is not set": 1}}, "SHOP_TOKEN is not set"),
        ({"left_out": 1, "ok": 0}, "no answer within its time"),
        ({"ok": 10, "p95": 1.2}, "p95 1.2, wanted < 1s"),
    ],
)
def test_the_reason_is_that_of_the_tries(facts: dict[str, Json], why: str) -> None:
    """Not that too few of them were good."""
    one = Measured(check="a", target="t", answer="fail", why="p95 1.2, wanted < 1s", facts=facts)
    assert why == board("production", START, [one], {}, {}).lights[0].why


def test_a_light_leads_to_its_runbooks() -> None:
    """Also one that was not measured this time."""
    lead = Lead(runbook="web-down", doc="docs/runbooks/incidents/web-down.md")
    old = {light.check: light for light in looked({"alive": "fail"}).lights}
    found = board("production", START, [measured("new", "pass")], old, {"alive": (lead,), "new": (lead,)})
    assert [(lead,), (lead,)] == [one.leads for one in found.lights]
