"""What the screen says of changes, refusals, hand-ups and expectations: read by somebody who was not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.events import Asked, Ended, Happened, Prompted, Settled
from engine.core.state import RunState, evolve
from engine.io.people import Line
from engine.render.end_screen import end_screen
from engine.render.prompt_rows import prompt_rows
from engine.render.row import Layout
from engine.render.terminal import rows
from engine.views.report import report
from tests.core.play import ELI, Played, play
from tests.render.test_terminal import RUNBOOK, resolved, screen

REFUSED = "refused by policy: shop.test is not allowed here"
LIST = """
drain:
  title: Drain the machines
  phase: mitigate
  for_each: [148e-one, 290f-two]
  action: {http: "http://shop.test/drain/${each}", method: POST, operation: restart-machine, irreversible: it is one}
  then: {done: resolved, any: escalated}
"""
TO_ENGINEER = RUNBOOK.replace("go: restart, raise: SEV-1", "go: nobody")


def refused(played: Played) -> list[Happened]:
    """Return the records of a run whose change the guard refused; what follows from it was played as failed."""
    kept: list[Happened] = []
    for one in played.happened:
        event = one.event
        if isinstance(event, Ended) and event.outcome == "failed":
            one = replace(one, event=replace(event, why=REFUSED, cannot=REFUSED))
        elif isinstance(event, Settled) and event.outcome == "failed":
            one = replace(one, event=replace(event, why=REFUSED))
        kept.append(one)
    return kept


def stopped() -> Played:
    """Play a run whose change fails."""
    text = RUNBOOK.replace("    then: recovered\n", "    then: {done: recovered, any: escalated}\n")
    return play(text, {"look.health": "fail", "restart": "failed"}, "restart=yes")


def test_a_change_that_failed_is_told_once() -> None:
    """The step has no other words for it than the change itself."""
    some = stopped()
    assert 1 == screen(some).count("FAIL  restart")
    text = screen(replace(some, happened=refused(some)), 120)
    assert 1 == text.count("FAIL  restart   " + REFUSED)


def test_a_refused_change_is_no_change_at_the_end() -> None:
    """Nothing was started, so nothing is said to have changed."""
    some = stopped()
    past = report(refused(some), "")
    assert [("refused", REFUSED)] == [(one.outcome, one.why) for one in past.changes]
    told = "\n".join(Layout(120).lines(end_screen(past, some.state, (), "/runs/INC-1")))
    assert "  refused   Restart the shop: nothing was started\n" in told
    assert "changed" not in told
    plain = report(some.happened, "")
    assert ["failed"] == [one.outcome for one in plain.changes]
    told = "\n".join(Layout(120).lines(end_screen(plain, some.state, (), "/runs/INC-1")))
    assert "  changed   Restart the shop: failed\n" in told


def test_a_change_to_each_of_a_list_names_which_one() -> None:
    """The address is the same for all of them."""
    played = play(LIST, {}, "drain=yes")
    doing = [line for line in screen(played).splitlines() if "DOING" in line]
    assert [
        " DOING      Drain the machines: 148e-one (shop.test)",
        " DOING      Drain the machines: 290f-two (shop.test)",
    ] == doing
    assert 2 == len([one for one in played.events(Asked) if isinstance(one, Asked) and one.effect != "read"])


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (Line("ack", step="nobody", after=2.0), "engineer has taken it, said by ann"),
        (Line("ack", step="nobody", after=2.0, person=ELI), "engineer: eli took it"),
    ],
)
def test_whoever_says_that_a_role_has_taken_it_is_not_taken_for_the_one_who_did(line: Line, row: str) -> None:
    """Only somebody of the role itself took it."""
    line = line if line.person.name == "eli" else replace(line, person=resolved().state.operator)
    text = screen(play(TO_ENGINEER, {"look.health": "fail"}, line))
    assert f" ESCALATED  {row}\n" in text


def test_a_command_beside_a_question_is_never_broken() -> None:
    """A paste would take the newline along."""
    played = resolved()
    state = RunState()
    for one in played.happened:
        state = evolve(state, one)
    asked = next(one for one in played.events(Prompted) if isinstance(one, Prompted) and one.changes)
    command = "curl -X POST 'http://127.0.0.1:45617/v1/apps/shop/machines/148e/restart?timeout=10'"
    shown = Layout(40).lines(list(prompt_rows(replace(asked, changes=(command,)), state)))
    assert f"  change    {command}" in shown


def test_a_soak_is_told_without_milliseconds() -> None:
    """Its record keeps them."""
    played = resolved()
    last = len(played.happened) - 1
    at = max(n for n, one in enumerate(played.happened) if isinstance(one.event, Settled))
    state = RunState()
    for one in played.happened[:at]:
        state = evolve(state, one)
    settled = played.happened[at]
    assert isinstance(settled.event, Settled)
    assert at < last
    exact = replace(settled, event=replace(settled.event, why="3 passes in a row over 10s373ms"))
    told = [row.text for row in rows(state, exact, evolve(state, exact))]
    assert "Three good answers in a row: 3 passes in a row over 10s" in told
