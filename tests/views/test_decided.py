"""Why a run ended as it did is said by what decided it, never by a step before that."""

from __future__ import annotations

import pytest

from engine.core.events import Aborted, Prompted
from engine.io.people import Line
from engine.views.decided import decided
from tests.core.play import ANN, ELI, play

PAGED = """
users:
  ask: Do users complain?
  options: {complain: They do}
  default: complain
  then: help
help: {title: Page the engineer, escalate: engineer, decision: Take over, within: 5m, then: {any: escalated}}
"""


def test_an_answer_before_a_page_did_not_decide_the_end() -> None:
    """The page did, and what led to it is told as that."""
    yes = Line("complain", step="users", person=ANN, reason="--yes: the declared default")
    taken = Line("ack", step="help", person=ELI, after=2.0)
    told = play(PAGED, {}, yes, taken)
    assert "escalated" == told.end
    expected = "Page the engineer: eli took it; what led there: ann: They do (--yes: the declared default)"
    assert expected == decided(told.state)
    alone = play(PAGED, {}, yes)
    assert decided(alone.state).startswith("Page the engineer: nobody acknowledged")


@pytest.mark.parametrize(
    ("text", "table", "expected"),
    [
        (
            (
                "look: {title: Look, check: {tcp: 'db:1'}, then: {any: moment}}\n"
                "moment: {title: A moment, wait: 10s, then: false-alarm}"
            ),
            {"look": "fail"},
            "A moment: held",
        ),
        (
            "look: {title: Is it up?, check: {tcp: 'db:1'}, then: {pass: false-alarm, any: escalated}}",
            {"look": "fail"},
            "Is it up? fail",
        ),
        (
            (
                "look: {title: Look, check: {tcp: 'db:1'}, then: {any: why}}\n"
                "why: {decide: [{if: {look.answer: fail}, go: escalated, why: the port is shut}], else: false-alarm}"
            ),
            {"look": "fail"},
            "the port is shut",
        ),
        (
            (
                "look: {title: Look, check: {tcp: 'db:1'}, then: {any: why}}\n"
                "why: {title: Whose fault?, decide: [{if: {look.answer: fail}, go: escalated}], else: false-alarm}"
            ),
            {},
            "Whose fault? none of the known causes",
        ),
        (
            "look: {title: Look, check: {tcp: 'db:1'}, visits: 1, then: {pass: false-alarm, any: look}}",
            {"look": "fail"},
            (
                "Hand over to the engineer: nobody acknowledged the page to engineer within 5m; "
                "what led there: visited 1 time(s) already"
            ),
        ),
        (
            (
                "look: {title: Look, check: {tcp: 'db:1'}, then: {any: told}}\n"
                "told: {title: Tell support, notify: engineer, text: It is back, then: false-alarm}"
            ),
            {"look": "fail"},
            "Tell support: delivered; what led there: fail",
        ),
    ],
)
def test_the_last_step_says_what_decided(text: str, table: dict[str, str], expected: str) -> None:
    """A pause has no words of its own: it is not given those of the check before it."""
    assert expected == decided(play(text, table).state)


def test_an_end_that_no_step_decided_is_told_as_it_is() -> None:
    """A person who aborts, and a claim without a proof."""

    def abort(happened, ledger):  # type: ignore[no-untyped-def]  # what drives a run calls it
        if isinstance(happened.event, Prompted):
            ledger.record([Aborted(reason="wrong runbook")], ANN)

    assert "ann: wrong runbook" == decided(play(PAGED, {}, interfere=abort).state)
    unproved = play("look: {check: {tcp: 'db:1'}, then: {any: resolved}}")
    assert "mitigated" == unproved.end
    assert "no recovery check has held since the last change" == decided(unproved.state)
