"""What `check` knows beside the file it looks at: collected from the workspace, and nothing of it required."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from engine.app.checking import checked
from engine.app.library import Library
from engine.app.lint_facts import facts_of
from engine.app.workspace import Workspace

RUNBOOK = "runbook: {name}\ntitle: {name}\n{more}steps: {{look: {{check: {{tcp: 'db:1'}}, then: {{any: aborted}}}}}}\n"
TODAY = date(2026, 1, 20)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with one runbook."""
    write(tmp_path, "web-down")
    return tmp_path


def write(root: Path, name: str, more: str = "") -> None:
    """Write a runbook."""
    folder = root / "runbooks" / "incidents"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.yaml").write_text(RUNBOOK.format(name=name, more=more))


def put(root: Path, path: str, text: str) -> None:
    """Write a file."""
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def library(root: Path) -> Library:
    """Return the library of a workspace."""
    return Library(Workspace.find(root, {}))


def found(root: Path, *names: str) -> list[str]:
    """Return what `check` finds on a day, as rules."""
    return [one.finding.rule for one in checked(Workspace.find(root, {}), names, TODAY).findings]


def test_a_workspace_that_keeps_nothing_knows_nothing(root: Path) -> None:
    """No drills, no alert rules, no pages: no rule speaks of them."""
    facts = facts_of(library(root), TODAY)
    assert (None, None, {}) == (facts.practice, facts.alert_rules, facts.pages)
    assert ["web-down"] == list(facts.runbooks)
    assert [] == found(root)


def test_two_runbooks_with_one_alert_are_told_at_both(root: Path) -> None:
    """Also when only one of them is checked."""
    write(root, "web-down", "triggers: [{alert: WebDown}]\n")
    write(root, "web-slow", "triggers: [{alert: WebDown}]\n")
    assert ["alert-claimed-twice"] * 2 == found(root)
    assert ["alert-claimed-twice"] == found(root, "web-slow")


def test_a_broken_runbook_beside_it_hides_nothing(root: Path) -> None:
    """It is told with its own file, and the others are known."""
    write(root, "web-down", "reviewed: '2025-01-01'\n")
    put(root, "runbooks/incidents/broken.yaml", "runbook: broken\ntitle: [\n")
    assert ["web-down"] == list(facts_of(library(root), TODAY).runbooks)
    assert ["runbook-expired"] == found(root, "web-down")


def test_names_of_alert_rules_are_read_from_their_files(root: Path) -> None:
    """In Prometheus' own form; a broken file of them is none."""
    write(root, "web-down", "triggers: [{alert: WebDown}, {alert: WebSlow}]\n")
    put(
        root,
        "alerts/web.yaml",
        "groups: [{name: web, rules: [{alert: WebDown, expr: up == 0}, {record: a, expr: b}]}]\n",
    )
    put(root, "alerts/broken.yml", "groups: [\n")
    assert frozenset({"WebDown"}) == facts_of(library(root), TODAY).alert_rules
    assert ["trigger-without-rule"] == found(root)


def test_drills_and_reports_say_how_a_runbook_was_tried(root: Path) -> None:
    """Scenarios with the steps they expect, and the last report of people."""
    write(root, "web-slow")
    put(root, "drills/dark.yaml", "scenario: dark\nrunbook: web-down\nexpect: {path: [look]}\n")
    put(root, "drills/history/2025-12-24-web-slow-1.md", "# A drill\n")
    put(root, "drills/history/2026-01-02-web-slow-2.md", "# A drill\n")
    put(root, "drills/history/2026-13-99-web-slow-3.md", "# No day\n")
    put(root, "drills/history/2026-01-09-web-slow-1.md", '---\nby: "script"\n---\n\n# Played by a script\n')
    practice = facts_of(library(root), TODAY).practice
    assert practice is not None
    assert (1, frozenset({"look"}), None) == (
        practice["web-down"].scenarios,
        practice["web-down"].taken,
        practice["web-down"].on,
    )
    assert (0, date(2026, 1, 2)) == (practice["web-slow"].scenarios, practice["web-slow"].on)
    write(root, "forgotten")
    assert "never-exercised" in found(root, "forgotten")
    assert [] == found(root, "web-slow")


def test_a_page_that_is_missing_is_told_once_pages_are_kept(root: Path) -> None:
    """A workspace without docs/runbooks keeps none."""
    put(root, "runbooks/catalogue/environments.yaml", "environments: {production: {}}\n")
    assert {} == facts_of(library(root), TODAY).pages
    put(root, "docs/runbooks/README.md", "# Runbooks\n")
    facts = facts_of(library(root), TODAY)
    assert ["web-down"] == list(facts.pages)
    assert facts.pages["web-down"].startswith("docs/runbooks/incidents/web-down.md: ")
    assert ["page-stale"] == found(root)


def test_without_a_day_nothing_is_out_of_date(root: Path) -> None:
    """Who calls it says what day it is."""
    write(root, "web-down", "reviewed: '2020-01-01'\n")
    assert () == checked(Workspace.find(root, {}), ["web-down"]).findings
    assert ["runbook-expired"] == found(root)


def test_what_a_script_drilled_is_no_practice_of_people(root: Path) -> None:
    """Its record says so; only a person's day counts."""
    for day, by in (("2025-12-24", "person"), ("2026-01-10", "script")):
        put(root, f"drills/history/{day}-web-down-1.md", f'---\nby: "{by}"\n---\n\n# A drill\n')
    practice = facts_of(library(root), TODAY).practice
    assert practice is not None
    assert date(2025, 12, 24) == practice["web-down"].on
