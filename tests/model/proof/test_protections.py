"""Each protection of the table, lost and kept by one edit: what a reader calls weaker, and what he does not."""

from __future__ import annotations

import pytest

from engine.app.sheet_of_runbook import Version, renamed, sheet_of
from engine.model.loading import load_catalogue, load_runbook
from engine.model.proof.protections import PROTECTIONS
from engine.model.source import Document, read
from engine.views.weakened import Change, changes

CATALOGUE = """
environments: {production: {title: Production}}
roles:
  oncall: {may: [restart], channel: pager}
  engineer: {approves: [any], channel: pager}
  desk: {channel: mail}
  printing: {title: Nobody has told us how to reach them}
channels:
  pager: {type: pagerduty, url: 'https://page.example/', routing_key: '${secrets.KEY}'}
  mail: {type: webhook, url: 'https://mail.example/'}
severities: {SEV-1: {meaning: down, respond: 5m}, SEV-2: {meaning: hurt, respond: 15m}}
"""
STEPS = """
runbook: web
title: The web service does not answer
steps:
  look: {check: {http: 'https://web.example/health'}, then: {pass: green, fail: cause, unknown: people}}
  green: {ask: Close it?, options: {close: Close, hurt: Users complain, stop: Stop here}, then: {close: false-alarm, hurt: cause, stop: aborted}, timeout: 5m}
  cause:
    decide:
      - {if: {look.status: 429}, go: pause}
      - {if: {look.status: {in: [502, 503]}}, go: details, raise: SEV-1}
      - {if: {look.status: 404}, go: people}
    else: people
  pause: {wait: 30s, visits: 2, then: {held: look, limit: people}}
  details: {check: {http: 'https://web.example/version'}, then: {pass: sure, fail: sure, unknown: people}}
  sure: {ask: Restart it?, options: {yes: Restart it, no: Leave it}, then: {yes: restart, no: people}, timeout: 5m}
  restart:
    action: {http: 'https://web.example/restart', method: POST, operation: restart, undo: {http: 'https://web.example/back', method: POST}}
    then: {done: recovered, failed: take-back}
  recovered: {wait: {until: {http: 'https://web.example/health'}, soak: {passes: 3}, limit: 5m, recovery: true}, then: {held: resolved, limit: take-back}}
  take-back: {undo: all, then: {undone: tell, partly: people}}
  tell: {notify: desk, text: It was taken back, then: {any: people}}
  people: {escalate: engineer, decision: Take over, then: {any: escalated}}
"""


def version(text: str = STEPS, catalogue: str = CATALOGUE) -> Version:
    """Return one version of both files."""
    shared = load_catalogue([document(catalogue)]).require()
    return Version(load_runbook(document(text), shared).require(), shared, lambda name: None)


def document(text: str) -> Document:
    """Read a text as one file."""
    found = read(text.lstrip().encode(), "file.yaml")
    assert isinstance(found, Document), found
    return found


BEFORE = version()
SHEET = sheet_of(BEFORE)


def edited(*edits: tuple[str, str]) -> str:
    """Return the runbook with some words replaced, each of which stands there once."""
    text = STEPS
    for old, new in edits:
        assert 1 == text.count(old), f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def since(*edits: tuple[str, str]) -> tuple[Change, ...]:
    """Return what the edits change."""
    after = version(edited(*edits))
    return changes(sheet_of(renamed(BEFORE, after)), sheet_of(after))


def back(*edits: tuple[str, str]) -> tuple[Change, ...]:
    """Return what it changes to take the edits back."""
    return changes(sheet_of(version(edited(*edits))), SHEET)


def told(found: tuple[Change, ...], place: str) -> tuple[str, str]:
    """Return direction and reason of what is told of a place."""
    (one,) = [each for each in found if f"{each.place.where}: {each.place.what}" == place]
    return one.direction, one.why


LOST = [
    ("read-only", ("unknown: people}}\n  green", "unknown: details}}\n  green"), "look: on unknown"),
    ("read-only", ("look.status: 404}, go: people", "look.status: 404}, go: details"), "cause: decides"),
    ("consent", ("fail: cause,", "fail: restart,"), "look: on fail"),
    ("consent", ("pass: sure, fail", "pass: restart, fail"), "details: on pass"),
    ("evidence", ("pass: green", "pass: false-alarm"), "look: on pass"),
    ("evidence", ("no: people}, timeout", "no: false-alarm}, timeout"), "sure: on no"),
    ("verification", ("done: recovered", "done: resolved"), "restart: on done"),
    ("verification", ("done: recovered", "done: mitigated"), "restart: on done"),
    ("told", ("held: look, limit: people", "held: look, limit: aborted"), "pause: on limit"),
    ("page", ("undone: tell", "undone: escalated"), "take-back: on undone"),
    ("told", ("partly: people", "partly: mitigated"), "take-back: on partly"),
    ("undo", ("failed: take-back", "failed: people"), "restart: on failed"),
    ("undo", ("limit: take-back", "limit: people"), "recovered: on limit"),
    ("silence", ("sure, unknown: people", "sure, unknown: recovered"), "details: on unknown"),
    ("silence", ("failed: take-back", "failed: recovered"), "restart: on failed"),
    ("silence", ("no: people}", "no: people, timeout: recovered}"), "sure: on timeout"),
    ("silence", ("    else: people", "    else: recovered"), "cause: else"),
    ("helped", ("done: recovered", "done: people"), "restart: on done"),
    ("helped", ("done: recovered", "done: tell"), "restart: on done"),
]
REASONS = {one.name: one.lost for one in PROTECTIONS}


@pytest.mark.parametrize(("name", "edit", "place"), LOST)
def test_a_protection_that_is_lost_is_weaker(name: str, edit: tuple[str, str], place: str) -> None:
    """At the outcome that leads past it now, with what was lost."""
    direction, why = told(since(edit), place)
    assert ("weaker", True) == (direction, REASONS[name] in why), why


@pytest.mark.parametrize(("name", "edit", "place"), LOST)
def test_a_protection_that_is_won_is_not_weaker(name: str, edit: tuple[str, str], place: str) -> None:
    """The same edit taken back loses nothing of it."""
    found = [one for one in back(edit) if f"{one.place.where}: {one.place.what}" == place]
    assert [] == [one for one in found if REASONS[name] in one.why]


def test_every_protection_has_an_example() -> None:
    """One that is lost."""
    assert {one.name for one in PROTECTIONS} == {name for name, _, _ in LOST}


KEPT = [
    (
        "details: {check",
        "more: {check: {http: 'https://web.example/x'}, then: {any: details}}\n  details: {check",
    ),
    ("go: people}\n", "go: tell}\n"),
    ("hurt: cause,", "hurt: people,"),
    ("    else: people", "    else: tell"),
    ("unknown: people}}\n  sure", "unknown: tell}}\n  sure"),
]


@pytest.mark.parametrize("edit", KEPT)
def test_what_loses_nothing_is_not_weaker(edit: tuple[str, str]) -> None:
    """It goes elsewhere, and everything that held on every path holds."""
    found = since(edit) if "more:" not in edit[1] else since(edit, ("go: details", "go: more"))
    assert [] == [one for one in found if one.direction == "weaker" and one.place.where != "worst case"]


def test_less_is_looked_at_before_a_change() -> None:
    """The other look stands on every path no more, and it is told for the change and for the outcome."""
    found = since(("go: details, raise", "go: sure, raise"))
    assert ("weaker", "a path leads here around details") == told(found, "restart: only after")
    direction, why = told(found, "cause: decides")
    assert ("weaker", True) == (direction, "less is looked at before restart" in why)


def test_an_outcome_that_a_change_waited_for_is_a_guard_of_it() -> None:
    """Both answers lead to the same step, so no step was left out."""
    found = since(("yes: restart, no: people}", "yes: people, no: restart}"))
    assert ("weaker", "a path leads here around sure.yes") == told(found, "restart: only after")
    direction, why = told(found, "sure: on no")
    assert ("weaker", True) == (direction, why.startswith("something may be changed where nothing was; "))


def test_a_decision_is_weaker_where_the_same_finding_leads_to_less() -> None:
    """A row that is gone, and one that is asked first now; a row that only moves is not."""
    row = "      - {if: {look.status: 429}, go: pause}\n"
    wide = ("look.status: 404}, go: people", "look.status: {ge: 500}}, go: people")
    first = "      - {if: {look.status: {ge: 500}}, go: people}\n"
    before = edited(wide)
    moved = before.replace(first, "").replace("    decide:\n", f"    decide:\n{first}")
    one, other = version(before), version(moved)
    weaker = changes(sheet_of(other), sheet_of(one))
    assert "weaker" == told(weaker, "cause: decides")[0]
    assert "cause: decides" not in {str(each.place) for each in changes(sheet_of(one), sheet_of(other))}
    assert [] == [each for each in since((row, "")) if each.place.what == "decides"]
    assert (
        "what went to details may go to details now: it raises a lower severity, or none"
        == told(since((", raise: SEV-1", "")), "cause: decides")[1]
    )


def test_a_page_that_reaches_nobody_is_no_page() -> None:
    """Another role that is woken is different; one that no channel reaches, or none that wakes, is weaker."""
    assert ("weaker", "'printing' is reached by no channel") == told(
        since(("escalate: engineer", "escalate: printing")), "people: pages"
    )
    assert ("weaker", "its channel wakes nobody") == told(
        since(("escalate: engineer", "escalate: desk")), "people: pages"
    )
    assert ("different", "") == told(since(("escalate: engineer", "escalate: oncall")), "people: pages")
    assert "weaker" == told(since(("notify: desk", "notify: printing")), "tell: tells")[0]
    assert ("weaker", "") == told(
        since(("escalate: engineer", "escalate: printing")),
        "paths: somebody hears of it before it ends escalated",
    )


def test_another_kind_of_step_under_the_same_name_is_judged_by_what_it_does() -> None:
    """A page that became a message, a look that became a pause; a message that became a page is none."""
    assert ("weaker", "it pages nobody any more") == told(
        since(("escalate: engineer, decision: Take over", "notify: engineer, text: Take over")),
        "people: step",
    )
    assert ("weaker", "it looks at nothing any more; it asks nobody any more") == told(
        since(
            (
                "ask: Restart it?, options: {yes: Restart it, no: Leave it}, then: {yes: restart, no: people}, timeout: 5m",
                "wait: 5s, then: restart",
            )
        ),
        "sure: step",
    )
    louder = ("notify: desk, text: It was taken back", "escalate: desk, decision: It was taken back")
    assert ("different", "") == told(since(louder), "tell: step")


def test_an_answer_that_changes_nothing_is_not_taken_away() -> None:
    """Nobody can say no any more; nor is one added that changes something without what the others keep."""
    no = (("no: Leave it}", "later: Ask again}"), ("no: people}", "later: details}"))
    assert ("weaker", "nobody can answer 'no' any more, which changes nothing") == told(
        since(*no), "sure: options"
    )
    force = (
        ("stop: Stop here}", "stop: Stop here, force: Restart}"),
        ("stop: aborted}", "stop: aborted, force: restart}"),
    )
    direction, why = told(since(*force), "green: options")
    assert ("weaker", True) == (direction, why.startswith("'force': "))
    ask = (
        ("stop: Stop here}", "stop: Stop here, call: Call somebody}"),
        ("stop: aborted}", "stop: aborted, call: people}"),
    )
    assert "different" == told(since(*ask), "green: options")[0]


def test_taking_back_less_is_weaker() -> None:
    """Only one step's changes, where it was all of them."""
    assert ("weaker", "less is taken back") == told(
        since(("undo: all", "undo: [restart]")), "take-back: undoes"
    )
    assert "stronger" == told(back(("undo: all", "undo: [restart]")), "take-back: undoes")[0]


def test_a_graver_effect_is_stronger_for_the_same_deed_and_weaker_for_another() -> None:
    """Who is asked follows from the effect; what it does follows from the deed."""
    read = (
        "method: POST, operation: restart, undo: {http: 'https://web.example/back', method: POST}}",
        "effect: read}",
    )
    other = (
        "'https://web.example/restart', method: POST, operation: restart, undo: {http: 'https://web.example/back', method: POST}}",
        "'https://web.example/state', effect: read}",
    )
    assert ("weaker", "what it does now is to change") == told(back(other), "restart: effect")
    assert "weaker" == told(since(read), "restart: effect")[0]


def test_a_start_behind_the_looks_is_weaker() -> None:
    """So is an `otherwise` that pages nobody."""
    found = since(("title: The web service does not answer", "title: Web\nstart: restart"))
    assert ("weaker", True) == (
        told(found, "head: start")[0],
        "less is looked at" in told(found, "head: start")[1],
    )
    found = since(("title: The web service does not answer", "title: Web\notherwise: escalated"))
    assert "weaker" == told(found, "head: otherwise")[0]
