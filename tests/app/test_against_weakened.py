"""Guards that somebody removed and that a review by --against calls by their name, in a whole workspace."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from engine.app.against import DRILLS, Against, against
from engine.app.sheet_of_catalogue import sheet_of_catalogue
from engine.app.workspace import Workspace
from engine.views.weakened import changes
from tests.app.test_against import git
from tests.model.proof.test_protections import CATALOGUE, STEPS, version

CASES = """
cases: web
tests:
  - case: it is down
    given: {look: {facts: {status: 503}}}
    people: [{step: sure, answer: 'no'}]
    expect: {path: [look, cause, details, sure, people], end: escalated, never: [restart]}
  - case: it is well
    people: [{step: green, answer: close}]
    expect: {path: [look, green], end: false-alarm}
"""
TABLE = """
steps: web
tests:
  cause:
    - {facts: {look.status: 429}, goes: pause}
    - {facts: {look.status: 404}, goes: people, severity: none}
"""
DRILL = """
scenario: web-down
runbook: web
title: The web is down
alert: {name: WebDown}
environment: production
expect: {path: [look, details], end: escalated, not: [restart]}
"""
FILES = {
    "runbooks/catalogue/all.yaml": CATALOGUE,
    "runbooks/web.yaml": STEPS,
    "runbooks/web.cases.yaml": CASES,
    "runbooks/web.steps.yaml": TABLE,
    "drills/web-down.yaml": DRILL,
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with everything in it, committed once."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip())
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def since(root: Path, file: str, before: str, after: str) -> Against:
    """Change a file and compare it with what was committed."""
    path = root / file
    text = path.read_text()
    assert 1 == text.count(before), f"{before!r} stands there {text.count(before)} times"
    path.write_text(text.replace(before, after))
    return against(Workspace.find(root, dict(os.environ)), "HEAD", (), date(2026, 1, 1))


def told(found: Against) -> set[tuple[str, str]]:
    """Return direction and place of everything, in short."""
    return {
        (one.direction, f"{part.name}/{one.place.where}: {one.place.what}")
        for part in found.compared
        for one in part.changes
    }


RUNBOOK = "runbooks/web.yaml"
REMOVED = [
    ("done: recovered", "done: resolved", "web/restart: on done"),
    ("done: recovered", "done: mitigated", "web/restart: on done"),
    ("failed: take-back", "failed: escalated", "web/restart: on failed"),
    ("held: look, limit: people", "held: look, limit: escalated", "web/pause: on limit"),
    ("escalate: engineer", "escalate: printing", "web/people: pages"),
    ("escalate: engineer", "escalate: desk", "web/people: pages"),
    ("no: people}, timeout", "no: people, timeout: recovered}, timeout", "web/sure: on timeout"),
]


@pytest.mark.parametrize(("before", "after", "place"), REMOVED)
def test_a_guard_that_was_removed_is_weaker(root: Path, before: str, after: str, place: str) -> None:
    """The proof of recovery, the page, the page that reaches somebody, the answer that nobody gave."""
    assert ("weaker", place) in told(since(root, RUNBOOK, before, after))


def test_a_page_to_a_role_that_is_not_there_is_an_error_of_the_file(root: Path) -> None:
    """It counts more than any difference, and the runbook is named as one that cannot be compared."""
    found = since(root, RUNBOOK, "escalate: engineer", "escalate: nobody")
    assert {RUNBOOK} == {one.file for one in found.wrong if "nobody" in one.finding.message}
    assert ("different", "web/head: here") in told(found)


TESTS = [
    ("runbooks/web.cases.yaml", CASES[CASES.index("  - case: it is well") :], "", "tests: case it is well"),
    ("runbooks/web.cases.yaml", ", never: [restart]", "", "tests: case it is down"),
    ("runbooks/web.cases.yaml", "[restart]", "[green]", "tests: case it is down"),
    ("runbooks/web.cases.yaml", "[look, cause, details,", "[look, '...',", "tests: case it is down"),
    ("runbooks/web.cases.yaml", ", end: escalated", "", "tests: case it is down"),
    ("runbooks/web.steps.yaml", ", severity: none", "", "tests: step cause"),
    ("runbooks/web.steps.yaml", "    - {facts: {look.status: 429}, goes: pause}\n", "", "tests: step cause"),
]


@pytest.mark.parametrize(("file", "before", "after", "place"), TESTS)
def test_a_test_that_asks_for_less_is_weaker(
    root: Path, file: str, before: str, after: str, place: str
) -> None:
    """A case or a line of a table that is gone, or what it does not look at any more."""
    assert {("weaker", f"web/{place}")} == told(since(root, file, before, after))


def test_a_drill_that_is_gone_or_asks_for_less_is_weaker(root: Path) -> None:
    """It is told with the drills, which are nobody's alone."""
    found = since(root, "drills/web-down.yaml", ", not: [restart]", "")
    assert {("weaker", f"{DRILLS}/tests: drill web-down expects")} == told(found)
    (root / "drills" / "web-down.yaml").unlink()
    found = against(Workspace.find(root, dict(os.environ)), "HEAD", (), date(2026, 1, 1))
    assert {("weaker", f"{DRILLS}/tests: drill web-down")} == told(found)


def test_a_test_that_expects_something_else_or_is_new_is_not_weaker(root: Path) -> None:
    """What it expects otherwise is told with the runbook."""
    assert set() == told(since(root, "runbooks/web.cases.yaml", "look, green]", "look]"))
    more = "  - case: it is slow\n    expect: {path: [look]}\n  - case: it is well\n"
    found = since(root, "runbooks/web.cases.yaml", "  - case: it is well\n", more)
    assert set() == told(found)


CONSENT = [
    ("approves: [any], channel: pager", "channel: pager", {"dead end"}),
    ("oncall: {may: [restart],", "oncall: {", {"stronger"}),
    ("desk: {channel", "desk: {approves: [any], channel", {"weaker"}),
    ("desk: {channel", "desk: {may: [restart], channel", {"weaker"}),
]


@pytest.mark.parametrize(("before", "after", "directions"), CONSENT)
def test_who_may_consent_is_told_for_the_change(before: str, after: str, directions: set[str]) -> None:
    """More people, or one alone, are weaker; nobody at all is a dead end, and not weaker."""
    text = CATALOGUE.replace(before, after)
    assert text != CATALOGUE
    from engine.app.sheet_of_runbook import sheet_of

    old, new = version(), version(catalogue=text)
    found = changes(sheet_of(old), sheet_of(new))
    decided = {one.direction for one in found if one.place.what.startswith("decided in")}
    assert directions == decided & {"weaker", "dead end"} or directions <= decided
    assert ("weaker" in directions) == any(
        one.direction == "weaker" for one in found if "decided" in one.place.what
    )


def test_a_secret_that_is_said_to_be_none_is_weaker() -> None:
    """It is shown in reports from then on; so is a device that can prove an approval, when it is new."""
    shared = [
        version(catalogue=CATALOGUE + f"credentials: {{KEY: {{file: .env{more}}}}}\n").catalogue
        for more in ("", ", public: true")
    ]
    (found,) = changes(sheet_of_catalogue(shared[0]), sheet_of_catalogue(shared[1]))
    assert ("weaker", "shown in reports") == (found.direction, found.place.what)


def test_times_are_told_only_where_they_differ() -> None:
    """What nothing limits is told for each step; beside it one number, and never the same words twice."""
    from engine.app.sheet_of_runbook import sheet_of

    text = STEPS.replace("options: {yes: Restart it", "options: {yes: Restart it now").replace(
        "no: people}, timeout: 5m", "no: people}"
    )
    found = changes(sheet_of(version()), sheet_of(version(text)))
    worst = [one for one in found if one.place.where == "worst case"]
    assert ("weaker", "to an end, sure") in {(one.direction, one.place.what) for one in worst}
    assert [] == [one for one in worst if one.before == one.after]
    longer = changes(sheet_of(version(text)), sheet_of(version(text.replace("wait: 30s", "wait: 90s"))))
    told = [one for one in longer if one.place.where == "worst case"]
    assert told
    assert {True} == {"at most" in one.before and "at most" in one.after for one in told}


SOAK = "soak: {passes: 3}, limit: 5m"
SOAKS = [
    ("soak: {passes: 3, every: 5s}, limit: 5m", "weaker", "its passes span 10s, not 20s"),
    ("soak: {passes: 2}, limit: 5m", "weaker", "fewer passes are enough"),
    ("soak: {passes: 5, every: 5s}, limit: 5m", "weaker", "it looks more often within its limit"),
    ("soak: {passes: 5, every: 5s}, limit: 150s", "stronger", ""),
    ("soak: {passes: 3, every: 20s}, limit: 5m", "stronger", ""),
    ("soak: {passes: 3, for: 1m}, limit: 5m", "stronger", ""),
]


@pytest.mark.parametrize(("after", "direction", "why"), SOAKS, ids=[one[0] for one in SOAKS])
def test_a_soak_is_judged_by_what_it_proves(after: str, direction: str, why: str) -> None:
    """Passes closer together prove less, and more looks within the same limit sooner find good ones by chance."""
    from engine.app.sheet_of_runbook import sheet_of

    assert 1 == STEPS.count(SOAK)
    found = changes(sheet_of(version()), sheet_of(version(STEPS.replace(SOAK, after))))
    (soak,) = (one for one in found if one.place.what == "soak")
    assert (direction, True) == (soak.direction, why in soak.why), soak


def test_a_soak_that_holds_for_less_long_is_weaker() -> None:
    """Also where its passes are as many."""
    from engine.app.sheet_of_runbook import sheet_of

    long = STEPS.replace(SOAK, "soak: {passes: 3, for: 1m}, limit: 5m")
    found = changes(sheet_of(version(long)), sheet_of(version()))
    (soak,) = (one for one in found if one.place.what == "soak")
    assert ("weaker", True) == (soak.direction, "it has to hold for less long" in soak.why)


def test_a_worst_case_without_a_wait_that_has_no_limit_any_more_is_not_shorter() -> None:
    """The number fell because the question is not in it; nor is it longer where the question came back."""
    from engine.app.sheet_of_runbook import sheet_of

    open_ = STEPS.replace("no: people}, timeout: 5m", "no: people}")
    assert open_ != STEPS
    sheets = sheet_of(version()), sheet_of(version(open_))
    ways = changes(*sheets), changes(sheets[1], sheets[0])
    for found, says in zip(ways, ("nothing limits any more", "has a limit now"), strict=True):
        times = [one for one in found if one.place.what.endswith("all that has a limit")]
        assert times
        assert {"different"} == {one.direction for one in times}
        assert all("sure" in one.why and says in one.why for one in times)
