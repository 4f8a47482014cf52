"""Consents that did not come: which questions count, who could have given them, and what is said of each."""

from __future__ import annotations

import pytest

from engine.core.events import Answered, Event, Happened, Person, Prompted, Withdrawn
from engine.core.plan import Plan
from engine.kinds.step import Option
from engine.kinds.values import Instant
from engine.model.catalogue import Role
from engine.views.missed_consent import Missed, missed

AT = Instant.parse("2025-11-23T03:05:22Z")
OPERATOR = Person(name="responder", role="oncall", identity="claimed")
PLAN = Plan(
    run="CASE-1",
    runbook="web-down",
    title="It is down",
    environment="production",
    steps={},
    scopes={},
    roles={"oncall": Role(), "lead": Role(approves=("grow",)), "boss": Role(approves=("any",))},
)


def asked(
    kind: str = "approve", role: str = "lead", effect: str = "change", due: Instant | None = AT
) -> Prompted:
    """Return a question."""
    return Prompted(
        prompt="p", step="grow", item="consent", kind=kind, text="Grow it?", role=role, due=due,
        options=(Option("yes", "do it"),), detail={"effect": effect, "operation": "grow"},
    )  # fmt: skip


def of(*events: Event, refused: tuple[Person, str] | None = None) -> tuple[Missed, ...]:
    """Return what is missing in a run of these events."""
    happened = [Happened(seq=number, at=AT, by=OPERATOR, event=one) for number, one in enumerate(events, 1)]
    return missed(PLAN, happened, OPERATOR, {} if refused is None else {"p": refused})


@pytest.mark.parametrize(
    ("prompted", "may", "line"),
    [
        (asked(), ("lead", "boss"), "{step: grow, item: consent, answer: yes, role: lead}"),
        (asked(effect="destroy"), ("lead",), "{step: grow, item: consent, answer: yes, role: lead}"),
        (asked(role="manager"), ("boss",), "{step: grow, item: consent, answer: yes, role: boss}"),
        (asked(role="manager", effect="destroy"), (), ""),
        (asked("confirm", "oncall"), ("oncall",), "{step: grow, item: consent, answer: yes}"),
    ],
)
def test_who_may_consent_is_who_the_core_would_take(
    prompted: Prompted, may: tuple[str, ...], line: str
) -> None:
    """The role that is asked, those that approve anything, and nobody in a role that is not there."""
    (one,) = of(prompted)
    assert (may, line) == (one.may, one.line)


@pytest.mark.parametrize(
    ("events", "count"),
    [
        ((asked(),), 1),
        ((asked(), Answered(prompt="p", choice="no")), 0),
        ((asked(), Withdrawn(prompt="p", why="the change is another one now")), 0),
        ((asked("ask", ""),), 0),
        ((asked("acknowledge"),), 0),
    ],
)
def test_only_what_decides_a_change_and_nobody_answered_is_missing(
    events: tuple[Event, ...], count: int
) -> None:
    """A no is an answer; another question is no consent."""
    assert count == len(of(*events))


@pytest.mark.parametrize(
    ("prompted", "refused", "said"),
    [
        (asked(), None, "until 03:05:22Z for the lead to approve it (so may boss); nobody answered"),
        (asked(due=None), None, "without an end for the lead"),
        (asked("confirm", "oncall"), None, "for the oncall to confirm it; nobody answered"),
        (asked(role="manager", effect="destroy"), None, "which is no role of the catalogue: nobody can"),
        (asked(), (OPERATOR, "not yours"), "the answer of responder (oncall) does not count: not yours"),
    ],
)
def test_what_is_said_names_the_change_whose_it_is_and_until_when(
    prompted: Prompted, refused: tuple[Person, str] | None, said: str
) -> None:
    """In one line, with the step that asked."""
    (one,) = of(prompted, refused=refused)
    assert str(one).startswith("grow at 'grow' waited from 03:05:22Z ")
    assert said in str(one)
