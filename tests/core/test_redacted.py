"""Facts that redaction touched: absent to conditions and references, and still there to be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from engine.core.events import Asked, Ended, Happened, Settled, Started
from engine.core.lookup import find
from engine.core.moves import Perform
from engine.core.redacted import TOUCHED, marked, untouched, usable
from engine.io.drivers.ledger import Ledger
from engine.io.drivers.virtual import VirtualClock, VirtualDriver
from engine.io.journal.memory import MemoryJournal
from engine.io.people import Script
from engine.kinds.references import ABSENT
from tests.core.play import ANN, START, plan_of

TEXT = """
one: {check: {http: "http://x/"}, then: {any: many}}
many: {checks: {a: {http: "http://x/"}, b: {http: "http://y/"}}, then: {any: cause}}
cause:
  decide:
    - {if: {one.json.token: {exists: true}}, go: wrong}
    - {if: {one.json.n: 7}, go: right}
  else: wrong
right: {check: {http: "http://x/${one.json.token}"}, then: {unknown: escalated, any: aborted}}
wrong: {check: {http: "http://x/"}, then: {any: aborted}}
"""


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("json.token", False),
        ("json.token.x", False),
        ("json", False),
        ("json.n", True),
        ("json.tokens", True),
        ("items.0.x", False),
        ("items.00.x", False),
        ("items.1.x", True),
        ("items", False),
        ("a.headers.cookie", False),
        ("a.status", True),
    ],
)
def test_at_below_and_around_a_touched_path_nothing_is_used(path: str, there: bool) -> None:
    """Of a step's own facts, and of those of its checks."""
    facts = marked({"a": marked({}, ["headers.cookie"])}, ["json.token", "items.0.x"])
    assert there == usable(facts, path)


def test_without_a_touched_path_nothing_is_marked() -> None:
    """Old journals fold to what they always did."""
    facts = {"status": 200}
    assert facts is marked(facts, ())
    assert facts is untouched(facts, ())
    assert {"b": 1} == untouched({"a": "«***T***»", "b": 1}, ("a.x",))
    assert (True, True) == (usable(ABSENT, "x"), usable(facts, "status"))


def test_a_target_cannot_unmark_its_facts() -> None:
    """The mark is beside the facts; one that a target sends only takes its own facts away."""
    facts = marked({"json": {TOUCHED: [], "token": "«***T***»"}}, ["json.token"])
    assert (False, False) == (usable(facts, "json.token"), usable({"json": {TOUCHED: ["x"]}}, "json.x"))


def test_a_condition_on_a_touched_fact_is_unknown_and_a_step_that_needs_it_is_not_asked() -> None:
    """While the record of the check still shows it."""
    ended = Ended(
        operation="", outcome="pass", facts={"json": {"token": "«***T***»", "n": 7}}, redacted=("json.token",)
    )
    plan = plan_of(TEXT)
    clock = VirtualClock(START)
    ledger = Ledger(MemoryJournal(), clock.now, clock.monotonic)
    happened: list[Happened] = []
    ledger.watchers.append(lambda one, state: happened.append(one))
    ledger.record([Started(plan=plan, digest=plan.digest(), engine="t", operator=ANN)], ANN)
    state = VirtualDriver(ledger, clock, Same(ended), Script([])).run()
    steps = [one.event.step for one in happened if isinstance(one.event, Settled)]
    assert ["one", "many", "cause", "right"] == steps
    assert ABSENT is find(state, "", "one.json.token")
    assert (7, "pass", "pass") == tuple(find(state, "", name) for name in ("one.json.n", "one", "many.a"))
    assert ABSENT is find(state, "", "many.b.json")
    assert "http://x/«" not in "".join(str(one.event) for one in happened if isinstance(one.event, Asked))
    assert ended.facts == next(one.event.facts for one in happened if isinstance(one.event, Ended))


@dataclass
class Same:
    """A performer to whom everything ends alike."""

    ended: Ended

    async def perform(self, move: Perform) -> Ended:
        """Return that end."""
        return replace(self.ended, operation=move.asked.operation)
