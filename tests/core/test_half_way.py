"""A list of targets whose consent ends half-way: the one nobody knows about is settled, and so is the step."""

from __future__ import annotations

import pytest

from engine.core.events import (
    Asked,
    Ended,
    Frozen,
    Happened,
    Person,
    PolicyRead,
    Prompted,
    Settled,
    SeveritySet,
    Thawed,
)
from engine.io.drivers.ledger import Ledger
from engine.io.people import Line
from engine.model.guards import Rule
from tests.core.play import ANN, ELI, Played, play

MIA = Person(name="mia", role="manager", identity="claimed")
RECONCILE = 'reconcile: {http: "http://x/${each}/state", expect: {status: 200}}, '
LIST = """
runbook: test
title: T
severity: SEV-1
steps:
  one:
    timeout: %(timeout)s
    action: {http: "http://x/${each}", operation: %(operation)s, %(reconcile)sirreversible: r}
    for_each: [a, b, c]
    then: {done: mitigated, failed: aborted}
"""
TWO_CHANGES = "guards: {limits: {changes: 2}}\npolicy: [{effects: [change], consent: none}]"
TIGHTER = PolicyRead(policy=(Rule(consent="approve", effects=("change",), role="engineer"),), why="tightened")
APPROVED = "policy: [{effects: [change], consent: approve, role: engineer, approve_within: 5m}]"


def listed(*, timeout: str = "1h", operation: str = "restart-machine", reconcile: str = "") -> str:
    """Return a runbook that changes three targets, one after another."""
    return LIST % {"timeout": timeout, "operation": operation, "reconcile": reconcile}


def happened(answer: str = "done") -> Line:
    """Return a person's word about a change that nobody else knows about."""
    return Line(answer, item="happened", person=ANN, after=2.0)


def changes(played: Played) -> list[str]:
    """Return the changes that were asked for."""
    return [one.item for one in played.events(Asked) if isinstance(one, Asked) and one.effect != "read"]


def questions(played: Played) -> list[str]:
    """Return the questions that were asked."""
    return [one.item for one in played.events(Prompted) if isinstance(one, Prompted)]


def why(played: Played) -> str:
    """Return why the last step ended."""
    last = played.events(Settled)[-1]
    assert isinstance(last, Settled)
    return last.why


@pytest.mark.parametrize(
    ("answer", "said"), [("done", "refused by policy: this run has made 2"), ("failed", "unknown")]
)
def test_where_the_runs_limit_is_reached_half_way_a_person_settles_the_target_in_doubt(
    answer: str, said: str
) -> None:
    """The limit refuses the third target; whether the second was changed is asked all the same."""
    played = play(listed(), {"one.do.1": "unknown"}, happened(answer), more=TWO_CHANGES)
    assert ("aborted", ["do.0", "do.1"], ["happened.1"]) == (played.end, changes(played), questions(played))
    assert why(played).startswith(said)


@pytest.mark.parametrize(("looked", "said"), [("pass", "refused by policy"), ("fail", "unknown")])
def test_where_the_runs_limit_is_reached_half_way_the_reconcile_check_settles_it(
    looked: str, said: str
) -> None:
    """Nobody needs to be asked where a check can tell."""
    table = {"one.do.1": "unknown", "one.reconcile.1": looked}
    played = play(listed(reconcile=RECONCILE), table, more=TWO_CHANGES)
    assert ("aborted", ["do.0", "do.1"], []) == (played.end, changes(played), questions(played))
    assert why(played).startswith(said)


LATE = Line("yes", item="consent.2.1", person=MIA, after=290.0)
"""The manager's approval, ten seconds before the step's time is up; the engineer's question has expired."""


def test_an_approval_of_the_second_rung_holds_beyond_the_steps_time() -> None:
    """The time to agree was kept; that the third target begins after it takes nothing back."""
    played = play(listed(timeout="10m", operation="scale"), {}, LATE, more=APPROVED, seconds=8.0)
    assert ("mitigated", ["do.0", "do.1", "do.2"]) == (played.end, changes(played))
    assert ["consent", "consent.2.1"] == questions(played)


def test_a_target_in_doubt_is_settled_when_the_steps_time_passes_meanwhile() -> None:
    """Whether it happened is asked, and the rest of what was approved is done."""
    text = listed(timeout="10m", operation="scale")
    played = play(text, {"one.do.1": "unknown"}, LATE, happened(), more=APPROVED, seconds=8.0)
    assert ("mitigated", ["do.0", "do.1", "do.2"]) == (played.end, changes(played))
    assert ["consent", "consent.2.1", "happened.1"] == questions(played)


def test_an_approval_holds_when_the_ladder_grows_shorter_afterwards() -> None:
    """The manager approved as the second rung; at the severity set since, there is no second rung."""

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Ended) and one.event.operation == "one#1.do.0@1":
            ledger.record([SeveritySet(severity="SEV-2", why="only some are hit")], ANN)

    text, table = listed(operation="scale"), {"one.do.1": "unknown"}
    played = play(text, table, LATE, happened(), more=APPROVED, interfere=interfere)
    assert ("mitigated", ["do.0", "do.1", "do.2"]) == (played.end, changes(played))


def test_nobody_further_is_asked_once_the_steps_time_is_up() -> None:
    """The first rung's question ends with the step's time: there is none left for a second."""
    played = play(listed(timeout="5m", operation="scale"), {}, LATE, more=APPROVED)
    assert ("aborted", [], ["consent"]) == (played.end, changes(played), questions(played))
    assert "nobody gave consent in time: scale was to be approved by the engineer until 03:07:12Z" == why(
        played
    )


@pytest.mark.parametrize(
    ("answer", "asked"), [("failed", ["happened.1"]), ("done", ["happened.1", "consent"])]
)
def test_what_became_of_a_target_is_asked_before_anybody_agrees_to_the_next(
    answer: str, asked: list[str]
) -> None:
    """The policy grows stricter half-way: who is to agree to the third knows about the second."""

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Ended) and one.event.operation == "one#1.do.1@1":
            ledger.record([TIGHTER])

    more = "policy: [{effects: [change], consent: none}]"
    agrees = Line("yes", item="consent", person=ELI)
    played = play(listed(), {"one.do.1": "unknown"}, happened(answer), agrees, more=more, interfere=interfere)
    assert asked == questions(played)
    assert {"failed": "aborted", "done": "mitigated"}[answer] == played.end


def test_while_changes_are_frozen_half_way_it_is_asked_what_became_of_a_target() -> None:
    """Looking changes nothing; the next target waits for the thaw."""
    seen: list[str] = []

    def interfere(one: Happened, ledger: Ledger) -> None:
        if isinstance(one.event, Ended) and one.event.operation == "one#1.do.1@1":
            ledger.record([Frozen(reason="release", who="eli"), TIGHTER], ELI)
        if isinstance(one.event, (Asked, Prompted)) and one.event.step == "one":
            seen.append(one.event.item)
        if isinstance(one.event, Ended) and one.event.operation == "one#1.reconcile.1@1":
            assert ["do.0", "do.1", "reconcile.1"] == seen
            ledger.record([Thawed(reason="over", who="eli")], ELI)

    more = "policy: [{effects: [change], consent: none}]"
    agrees = Line("yes", item="consent", person=ELI)
    text = listed(reconcile=RECONCILE)
    played = play(text, {"one.do.1": "unknown"}, agrees, more=more, interfere=interfere)
    assert ("mitigated", ["do.0", "do.1", "do.2"]) == (played.end, changes(played))
    assert ["do.0", "do.1", "reconcile.1", "consent", "ask.consent", "do.2"] == seen


def test_a_watch_goes_on_looking_while_a_target_in_doubt_is_asked_about() -> None:
    """The limit is reached, a person takes a minute to say, and the error rate is looked at meanwhile."""
    watched = listed().replace(
        "    for_each:", "    watch: {http: 'http://errors/'}\n    watch_every: 10s\n    for_each:"
    )
    slow = Line("done", item="happened", person=ANN, after=60.0)
    played = play(watched, {"one.do.1": "unknown"}, slow, more=TWO_CHANGES)
    looks = [one for one in played.events(Asked) if isinstance(one, Asked) and one.item.startswith("watch.")]
    assert len(looks) >= 6
    assert why(played).startswith("refused by policy")
