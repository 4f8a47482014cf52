"""What changed since a revision: every guard that gets weaker is noticed, and a reworded title is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.app.sheet_of_catalogue import sheet_of_catalogue
from engine.app.sheet_of_runbook import Version, renamed, sheet_of
from engine.kinds.values import Json
from engine.model.catalogue import Catalogue
from engine.model.loading import load_catalogue, load_runbook
from engine.model.source import Document, read
from engine.views.looser import looser
from engine.views.weakened import Change, Judged, Mark, Place, changes

CATALOGUE = """
environments:
  production: {title: Production, real: true}
roles:
  reliability: {title: Reliability, level: L1, may: [restart-machine], within: 5m, channel: desk}
  engineer: {title: Engineer, level: L2, approves: [change-config], channel: desk}
  manager: {title: Manager, level: L3, approves: [any], channel: desk}
channels:
  desk: {type: webhook, url: 'https://desk.example/page', fallback: spare}
  spare: {type: webhook, url: 'https://spare.example/page'}
severities:
  SEV-1: {meaning: down, respond: 5m, ladder: [{role: manager, after: 10m}, {role: engineer, after: 20m}]}
  SEV-2: {meaning: hurt, respond: 15m, cadence: 30m, ladder: [{role: manager, after: 20m}]}
windows:
  quiet: {days: [tue, wed], from: '09:00', to: '17:00', zone: UTC}
policy:
  - {consent: none, effects: [read]}
  - {consent: confirm, operations: [restart-machine]}
  - {consent: approve, operations: [change-config], role: engineer, quorum: 2, identity: proved, window: quiet}
  - {consent: approve, operations: [deploy], role: manager, approve_within: 10m, start_within: 2m}
  - {consent: refuse, effects: [destroy]}
mcp:
  fly: {url: 'https://mcp.example/', tools: [machines], pins: {machines: aaaaaaaaaaaaaaaa}}
guards:
  access:
    hosts: [web.example]
    commands: [{run: git, sub: [log], effects: [read]}]
    through_mcp: {flyctl: fly}
  limits: {changes: 5, same_change: 2}
  deviations: [{of: [skip], phases: [verify], role: engineer}]
  announce: desk
precautions:
  others: {check: {other_runs: production}}
"""
RUNBOOK = """
runbook: web-down
title: The web service does not answer
severity: SEV-1
owner: manager
budgets: {mitigate: 10m}
triggers: [{alert: WebDown, expr: up == 0}]
inputs: {app: {default: web, pattern: '[a-z]+', max_length: 20}}
assert: [{before: {comes: look, change: any}}]
steps:
  look:
    title: What answers?
    checks:
      health: {http: 'https://web.example/health', expect: {status: {in: [200, 204]}, seconds: {lt: 2s}}}
      vendor: {http: 'https://web.example/vendor', after: health, sensitive: true}
    then: {pass: green, fail: cause, unknown: cause}
  cause:
    decide:
      - {if: {look.health.status: 503, look.vendor.status: 200}, go: restart}
      - {if: {look.health.status: 500}, go: people}
    else: people
  people:
    timeout: 5m
    role: engineer
    ask: Do users complain?
    options: {yes: They do, no: All quiet}
    then: {yes: settings, no: false-alarm}
  restart:
    phase: mitigate
    visits: 2
    action:
      http: 'https://web.example/restart'
      method: POST
      operation: restart-machine
      timeout: 30s
      irreversible: a restart
      reconcile: {http: 'https://web.example/version', expect: {status: 200}}
    watch: {http: 'https://web.example/errors', expect: {status: 200}}
    then: recovered
  settings:
    action:
      http: 'https://web.example/settings'
      method: POST
      operation: change-config
      undo:
        http: 'https://web.example/settings-back'
        method: POST
        verify: {http: 'https://web.example/settings', expect: {status: 200}}
    then: recovered
  recovered:
    phase: verify
    wait:
      until: {http: 'https://web.example/health', expect: {status: 200}}
      soak: {passes: 5, every: 30s, for: 10m}
      limit: 25m
      recovery: true
    then: {held: resolved, limit: page}
  page:
    escalate: engineer
    decision: Take over
    within: 5m
    then: {any: escalated}
  green:
    notify: desk
    text: All well
    then: {any: false-alarm}
"""
UNDO = RUNBOOK[RUNBOOK.index("      undo:") : RUNBOOK.index("    then: recovered\n  recovered:")]
W, S, D = "weaker", "stronger", "different"


def version(runbook: str = RUNBOOK, catalogue: str = CATALOGUE) -> Version:
    """Return one version of both files."""
    shared = load_catalogue([document(catalogue)]).require()
    return Version(load_runbook(document(runbook), shared).require(), shared, lambda name: None)


def document(text: str) -> Document:
    """Read a text as one file."""
    found = read(text.lstrip().encode(), "file.yaml")
    assert isinstance(found, Document), found
    return found


BEFORE = version()
SHEET = sheet_of(BEFORE)


def since(before: str, after: str, *, catalogue: bool = False) -> tuple[Change, ...]:
    """Return what one edit changes, in the runbook and in what is shared."""
    text = CATALOGUE if catalogue else RUNBOOK
    assert 1 == text.count(before), f"{before!r} stands there {text.count(before)} times"
    edited = text.replace(before, after)
    new = version(catalogue=edited) if catalogue else version(edited)
    shared = changes(sheet_of_catalogue(BEFORE.catalogue), sheet_of_catalogue(new.catalogue))
    return (*shared, *changes(sheet_of(renamed(BEFORE, new)), sheet_of(new)))


def told(found: tuple[Change, ...]) -> set[tuple[str, str]]:
    """Return direction and place of each, the place in short."""
    return {(one.direction, f"{one.place.where}: {one.place.what}") for one in found}


EDITS = [
    ("severity: SEV-1", "severity: SEV-2", W, "head: severity"),
    ("mitigate: 10m", "mitigate: 20m", W, "head: budget to mitigate"),
    ("mitigate: 10m", "mitigate: 5m", S, "head: budget to mitigate"),
    ("budgets: {mitigate: 10m}\n", "", W, "head: budget to mitigate"),
    ("triggers: [{alert: WebDown, expr: up == 0}]\n", "", W, "head: trigger WebDown"),
    ("pattern: '[a-z]+', ", "", W, "head: input app must match"),
    ("max_length: 20", "max_length: 900", W, "head: input app longest"),
    (
        "assert: [{before: {comes: look, change: any}}]\n",
        "",
        W,
        "head: assert before any change, 'look' comes",
    ),
    (
        "owner: manager\n",
        "owner: manager\nallow: [{rule: unverified-change, why: seen, until: '2999-01-01'}]\n",
        W,
        "head: waiver of unverified-change",
    ),
    ("owner: manager\n", "owner: manager\nenvironments: [production]\n", D, "head: environments"),
    ("in: [200, 204]", "in: [200, 204, 503]", W, "look: check health expects status"),
    ("in: [200, 204]", "in: [200]", S, "look: check health expects status"),
    ("in: [200, 204]", "ge: 100", W, "look: check health expects status"),
    ("in: [200, 204]", "ge: 204", D, "look: check health expects status"),
    (", seconds: {lt: 2s}", "", W, "look: check health expects seconds"),
    ("lt: 2s", "lt: 20s", W, "look: check health expects seconds"),
    ("lt: 2s", "lt: 1s", S, "look: check health expects seconds"),
    (", after: health", "", W, "look: check vendor after"),
    (", sensitive: true", "", W, "look: check vendor sensitive"),
    ("fail: cause, unknown: cause", "fail: cause, unknown: green", W, "look: on unknown"),
    ("fail: cause, unknown: cause", "fail: green, unknown: cause", W, "look: on fail"),
    (
        "look.health.status: 503, look.vendor.status: 200",
        "look.health.status: 503",
        W,
        "cause: goes to restart",
    ),
    (
        "{look.health.status: 503,",
        "{look.health.status: 503, look.health.seconds: {lt: 5s},",
        S,
        "cause: goes to restart",
    ),
    ("look.health.status: 500", "look.health.status: 599", D, "cause: goes to people"),
    ("    else: people", "    else: false-alarm", W, "cause: else"),
    ("    timeout: 5m\n", "    timeout: 50m\n", W, "people: timeout"),
    ("    role: engineer\n    ask", "    ask", W, "people: asks"),
    ("    then: {yes: settings", "    default: no\n    then: {yes: settings", W, "people: answered by --yes"),
    ("visits: 2", "visits: 9", W, "restart: visits"),
    ("operation: restart-machine", "operation: restart-machine\n      effect: read", W, "restart: effect"),
    (
        "operation: restart-machine",
        "operation: restart-machine\n      repeatable: true",
        W,
        "restart: repeatable",
    ),
    ("timeout: 30s", "timeout: 5m", W, "restart: action timeout"),
    (
        "\n      reconcile: {http: 'https://web.example/version', expect: {status: 200}}",
        "",
        W,
        "restart: reconcile",
    ),
    ("    watch: {http: 'https://web.example/errors', expect: {status: 200}}\n", "", W, "restart: watch"),
    ("https://web.example/restart", "https://web.example/stop", D, "restart: action"),
    (
        "\n        verify: {http: 'https://web.example/settings', expect: {status: 200}}",
        "",
        W,
        "settings: undo verified by",
    ),
    (
        UNDO,
        "      irreversible: no way\n",
        W,
        "settings: undo",
    ),
    ("operation: change-config", "operation: restart-machine", W, "settings: decided in production"),
    ("passes: 5", "passes: 1", W, "recovered: soak"),
    ("for: 10m", "for: 1m", W, "recovered: soak"),
    ("limit: 25m", "limit: 2h", W, "worst case: to verify"),
    ("limit: 25m", "limit: 2h", W, "recovered: limit"),
    ("      recovery: true\n    then: {held: resolved", "    then: {held: mitigated", W, "recovered: proves"),
    ("limit: page", "limit: resolved", W, "recovered: on limit"),
    ("within: 5m\n    then", "within: 50m\n    then", W, "page: within"),
    ("escalate: engineer", "escalate: manager", D, "page: pages"),
    ("notify: desk", "notify: spare", D, "green: tells"),
]


@pytest.mark.parametrize(("before", "after", "direction", "place"), EDITS)
def test_an_edit_of_a_runbook_is_noticed(before: str, after: str, direction: str, place: str) -> None:
    """Each with its direction, at its place."""
    found = told(since(before, after))
    assert [] != [one for one in found if one[0] == direction and one[1].startswith(place)], found


SHARED = [
    ("consent: confirm", "consent: none", W, "restart: decided in production at the hand of reliability"),
    ("consent: confirm", "consent: approve", S, "restart: decided in production at the hand of reliability"),
    ("quorum: 2", "quorum: 1", W, "settings: decided in production"),
    ("identity: proved", "identity: claimed", W, "settings: decided in production"),
    (", window: quiet", "", W, "settings: decided in production"),
    ("identity: proved", "identity: proved, break_glass: manager", W, "settings: decided in production"),
    ("role: engineer, quorum", "role: manager, quorum", D, "settings: decided in production"),
    ("{consent: confirm, operations: [restart-machine]}", "{consent: none}", W, "settings: decided"),
    ("may: [restart-machine]", "may: [restart-machine, deploy]", W, "role reliability: may deploy alone"),
    ("approves: [change-config]", "approves: [change-config, deploy]", W, "role engineer: approves deploy"),
    ("within: 5m", "within: 30m", W, "role reliability: answers within"),
    ("respond: 15m", "respond: 1h", W, "SEV-2: response within"),
    ("cadence: 30m, ", "", W, "SEV-2: updates every"),
    (", {role: engineer, after: 20m}", "", W, "SEV-1: pages engineer after"),
    ("{role: manager, after: 10m}", "{role: manager, after: 40m}", W, "SEV-1: pages manager after"),
    ("days: [tue, wed]", "days: [tue, wed, sat]", W, "window quiet: hours"),
    ("days: [tue, wed]", "days: [tue]", S, "window quiet: hours"),
    ("to: '17:00'", "to: '23:00'", D, "window quiet: hours"),
    ("tools: [machines]", "tools: [machines, destroy]", W, "mcp fly: tool destroy"),
    (", pins: {machines: aaaaaaaaaaaaaaaa}", "", W, "mcp fly: pin of machines"),
    ("hosts: [web.example]", "hosts: [web.example, '*']", W, "policy: hosts that may be used: *"),
    ("    hosts: [web.example]\n", "", W, "policy: hosts that may be used"),
    ("sub: [log]", "sub: [log, push]", W, "policy: commands that may be used: git log push"),
    ("    through_mcp: {flyctl: fly}\n", "", W, "policy: flyctl only through MCP"),
    ("through_mcp: {flyctl: fly}", "through_mcp: {flyctl: fly}\n    shell: true", W, "policy: lines for the"),
    ("changes: 5", "changes: 50", W, "policy: changes of one run"),
    ("same_change: 2", "same_change: 20", W, "policy: changes of one kind"),
    ("  deviations: [{of: [skip], phases: [verify], role: engineer}]\n", "", W, "policy: second person for"),
    ("  announce: desk\n", "", W, "policy: start and end are told to"),
    (
        "precautions:\n  others: {check: {other_runs: production}}\n",
        "",
        W,
        "precaution others",
    ),
    (", fallback: spare", "", W, "channel desk: falls back to"),
    ("title: Production, real: true", "title: Production, real: false", W, "environment production"),
]


@pytest.mark.parametrize(("before", "after", "direction", "place"), SHARED)
def test_an_edit_of_what_is_shared_is_noticed(before: str, after: str, direction: str, place: str) -> None:
    """The policy by what it decides for each change, the rest by itself."""
    found = told(since(before, after, catalogue=True))
    assert [] != [one for one in found if one[0] == direction and one[1].startswith(place)], found


@pytest.mark.parametrize(
    ("before", "after", "catalogue"),
    [
        ("title: The web service does not answer", "title: The shop is closed", False),
        ("title: What answers?", "title: Is anybody there?", False),
        ("yes: They do, no: All quiet", "yes: Loudly, no: Not at all", False),
        ("go: restart}", "go: restart, why: it is stuck}", False),
        ("decision: Take over", "decision: Please take over", False),
        ("text: All well", "text: All is well", False),
        ("irreversible: a restart", "irreversible: a restart cannot be taken back", False),
        ("title: Reliability", "title: Site reliability", True),
        ("meaning: hurt", "meaning: slow", True),
        ("consent: confirm,", "consent: confirm, why: L1 knows how,", True),
    ],
)
def test_other_words_for_people_are_no_change(before: str, after: str, catalogue: bool) -> None:
    """A title, a reason, a label: nothing a run does differs."""
    assert () == since(before, after, catalogue=catalogue)


def test_a_step_that_is_gone_is_told_once() -> None:
    """Not with each of its marks, but with the edges that led to it."""
    without = RUNBOOK.replace("then: {pass: green,", "then: {pass: false-alarm,")
    without = without[: without.index("  green:")]
    found = changes(SHEET, sheet_of(version(without)))
    assert {(W, "green: step"), (D, "look: on pass")} <= told(found)
    assert ["step"] == [one.place.what for one in found if one.place.where == "green"]


def test_a_new_name_of_a_step_is_not_a_step_that_is_gone() -> None:
    """Its edges follow, and its marks are compared."""
    new = version(RUNBOOK.replace("page", "call-somebody"))
    assert () == changes(sheet_of(renamed(BEFORE, new)), sheet_of(new))
    both = RUNBOOK.replace("limit: page", "limit: call").replace("  page:\n", "  call:\n")
    again = version(both.replace("within: 5m", "within: 9m"))
    assert (W, "page: step") in told(changes(sheet_of(renamed(BEFORE, again)), sheet_of(again)))


@pytest.mark.parametrize(
    ("old", "new", "direction"),
    [
        (200, {"in": [200, 204]}, W),
        ({"in": [200, 204]}, 200, S),
        (200, 204, D),
        ({"lt": 5}, {"lt": 6}, W),
        ({"ge": 5}, {"ge": 6}, S),
        ({"gt": 5, "lt": 9}, {"gt": 5}, W),
        ({"gt": 5, "lt": 9}, {"gt": 6, "lt": 10}, D),
        ({"between": [1, 5]}, {"between": [0, 5]}, W),
        ({"between": [1, 5]}, {"between": [2, 3]}, S),
        ({"between": [1, 5]}, {"between": [2, 9]}, D),
        ({"len": {"lt": 3}}, {"len": {"lt": 9}}, W),
        ({"lt": "${thresholds.a}"}, {"lt": "${thresholds.b}"}, D),
        ({"matches": "a"}, {"matches": "a|b"}, D),
        ({"lt": 5}, {"exists": True}, W),
        ({"exists": True}, {"matches": "a"}, S),
        ({"in": ["a"]}, {"not": {"in": ["a"]}}, W),
        ({"not": {"contains": "a"}}, {"contains": "a"}, W),
        ({"name": "a", "size": {"lt": 5}}, {"name": "a"}, W),
        ({"name": "a", "size": {"lt": 5}}, {"name": "a", "size": {"lt": 9}}, W),
        ({"name": "a", "size": {"lt": 5}}, {"name": "a", "size": {"lt": 2}}, S),
        ({"name": "a"}, {"lt": 5}, D),
    ],
)
def test_an_expectation_is_looser_only_where_that_is_certain(old: Json, new: Json, direction: str) -> None:
    """What cannot be told is different."""
    assert direction == looser(old, new)


def test_a_mark_may_be_told_only_when_it_goes() -> None:
    """Or not even then, where that is told elsewhere."""
    place, other = Place("tests", "case it is down"), Place("paths", "resolved only after")
    sheet = {
        place: Mark(said="it looks at end", gone="weaker", come=False),
        other: Mark(said="look", gone=None),
    }
    assert () == changes({}, sheet)
    assert (Change("weaker", place, "it looks at end", ""),) == changes(sheet, {})


def test_a_mark_whose_words_are_too_short_is_compared_by_what_they_stand_for() -> None:
    """Words that are the same on both sides are said once, with what it means."""

    def mark(exact: str, said: str = "2 rows") -> Mark:
        return Mark(said=said, exact=exact, judge=lambda old: Judged("weaker", f"{old.exact} was first"))

    place = Place("cause", "decides")
    assert () == changes({place: mark("a b")}, {place: mark("a b")})
    (found,) = changes({place: mark("a b")}, {place: mark("b a")})
    assert "decides: 2 rows (a b was first)" == found.text()
    (found,) = changes({place: mark("a b")}, {place: mark("a", "1 row")})
    assert "decides: 2 rows -> 1 row (a b was first)" == found.text()


def test_a_judge_may_have_nothing_to_tell() -> None:
    """Then nothing is told."""
    place = Place("cause", "decides")
    assert () == changes({place: Mark(said="a")}, {place: Mark(said="b", judge=lambda old: None)})


def test_a_consent_that_nobody_can_give_is_a_dead_end() -> None:
    """It is neither weaker nor a guard; that somebody can give it again is stronger."""
    place = "settings: decided in production at the hand of engineer"
    nobody = CATALOGUE.replace("approves: [any], ", "").replace(
        "role: engineer, quorum", "role: nobody, quorum"
    )
    nobody = nobody.replace("approves: [change-config], ", "")
    new = sheet_of(Version(BEFORE.runbook, loaded(nobody), BEFORE.library))
    found = {f"{one.place.where}: {one.place.what}": one for one in changes(SHEET, new)}
    assert "dead end" == found[place].direction
    assert found[place].after.endswith("which nobody can give")
    back = {f"{one.place.where}: {one.place.what}": one.direction for one in changes(new, SHEET)}
    assert "dead end" != back[place]


def loaded(text: str) -> Catalogue:
    """Return a catalogue that names what it does not have, as a loader takes it."""
    shared = load_catalogue([document(text.replace("role: nobody, ", ""))]).require()
    policy = tuple(replace(rule, role="nobody") if rule.quorum > 1 else rule for rule in shared.policy)
    return replace(shared, policy=policy)
