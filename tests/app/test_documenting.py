"""Pages: what a person wrote into one is not lost unasked."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from engine.app.documenting import stale, write
from engine.app.workspace import Workspace, content_root
from engine.cli.program import run as run_words
from engine.kinds.errors import UsageError
from tests.cli.conftest import Command

PAGE = "docs/runbooks/incidents/web-down.md"


@pytest.mark.parametrize("edit", ["a line below", "no front matter"])
def test_a_page_edited_by_hand_is_kept_until_forced(workspace: Workspace, root: Path, edit: str) -> None:
    """It is named with why; `force` writes what the runbook says."""
    write(workspace, root)
    page = root / PAGE
    fresh = page.read_text()
    by_hand = fresh + "by hand\n" if edit == "a line below" else "# My own words\n"
    page.write_text(by_hand)
    kept = write(workspace, root)
    assert ([PAGE], ["edited"]) == ([one.page for one in kept.kept], [one.rule for one in kept.kept])
    assert by_hand == page.read_text()
    assert (PAGE,) == write(workspace, root, force=True).written
    assert fresh == page.read_text()


def test_a_page_that_is_only_out_of_date_is_written(workspace: Workspace, root: Path) -> None:
    """Nobody's words are in it."""
    write(workspace, root)
    runbook = root / "runbooks/incidents/web-down.yaml"
    runbook.write_text(runbook.read_text().replace("What answers?", "Who answers?"))
    written = write(workspace, root)
    assert (PAGE in written.written, ()) == (True, written.kept)


def test_the_command_says_what_it_kept_and_ends_with_1(
    runbook: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In words on standard error, as data on request; `--force` ends with 0. Elsewhere it refuses."""
    monkeypatch.chdir(runbook.root)
    assert 0 == run_words(("docs",))
    page = runbook.root / PAGE
    page.write_text(page.read_text() + "by hand\n")
    capsys.readouterr()
    assert 1 == run_words(("docs",))
    assert f"kept {PAGE}: the text was edited by hand" in capsys.readouterr().err
    assert 1 == run_words(("docs", "--output", "json"))
    assert PAGE == json.loads(capsys.readouterr().out)["kept"][0]["page"]
    assert 1 == run_words(("docs", "--check", "--as-of", "2025-11-23"))
    assert "`runbook docs --force`" in capsys.readouterr().out
    assert 0 == run_words(("docs", "--force"))
    monkeypatch.chdir(runbook.root.parent)
    assert [2, 2] == [run_words((word,)) for word in ("docs", "check")]


OPERATION = """\
runbook: web-health
title: Is the web well?
kind: operation
service: web
reviewed: '2025-11-22'
symptoms: [nobody knows]
steps:
  down:
    runbook: web-down
    then: {any: escalated}
"""


def test_operations_have_a_folder_and_an_index_of_their_own(workspace: Workspace, root: Path) -> None:
    """Beside the incidents, linked to them, and watched in the same way."""
    operations = root / "runbooks/operations"
    operations.mkdir()
    (operations / "web-health.yaml").write_text(OPERATION)
    written = write(workspace, root).written
    page, index = (f"docs/runbooks/operations/{name}" for name in ("web-health.md", "README.md"))
    assert {page, index, PAGE} <= set(written)
    text = (root / page).read_text()
    assert f"doc: {page}\n" in text
    assert "(../incidents/web-down.md)" in text
    listed = (root / index).read_text()
    assert "nobody knows: [web-health](web-health.md)" in listed
    assert "web-down" not in listed
    assert "web-health" not in (root / "docs/runbooks/incidents/README.md").read_text()
    assert () == tuple(one for one in stale(workspace, root, date(2025, 11, 23)) if "operations" in one.page)
    (operations / "web-health.yaml").unlink()
    left = {(one.page, one.rule) for one in stale(workspace, root, date(2025, 11, 23))}
    assert {(page, "orphan"), (index, "orphan")} <= left


RULES = "docs/runbooks/alerts.rules.yaml"
RULED = """triggers: [{alert: WebDown, expr: 'probe_success{check="web"} == 0', for: 5m}]"""


def ruled(root: Path) -> None:
    """Give the alert of the small runbook a rule."""
    runbook = root / "runbooks/incidents/web-down.yaml"
    runbook.write_text(runbook.read_text().replace("triggers: [{alert: WebDown}]", RULED))


def test_the_alert_rules_are_written_watched_and_kept_like_a_page(workspace: Workspace, root: Path) -> None:
    """An edit by hand is kept and named; with no rule left the file is an orphan."""
    day = date(2025, 11, 23)
    assert RULES not in write(workspace, root).written
    ruled(root)
    assert (RULES, "stale") not in {(one.page, one.rule) for one in stale(workspace, root, day)}
    assert (RULES, "missing") in {(one.page, one.rule) for one in stale(workspace, root, day)}
    assert RULES in write(workspace, root).written
    path = root / RULES
    fresh = path.read_text()
    path.write_text(fresh.replace("for: 5m", "for: 9m"))
    assert [(RULES, "edited")] == [(one.page, one.rule) for one in write(workspace, root).kept]
    assert {(RULES, "edited")} == {
        (one.page, one.rule) for one in stale(workspace, root, day) if one.page == RULES
    }
    assert RULES in write(workspace, root, force=True).written
    assert fresh == path.read_text()
    runbook = root / "runbooks/incidents/web-down.yaml"
    runbook.write_text(runbook.read_text().replace("for: 5m", "for: 6m"))
    (found,) = (one for one in stale(workspace, root, day) if one.page == RULES)
    assert ("stale", "what it is made from has changed since: in its text") == (found.rule, found.why)
    runbook.write_text(runbook.read_text().replace(RULED.replace("5m", "6m"), ""))
    assert (RULES, "orphan") in {(one.page, one.rule) for one in stale(workspace, root, day)}


def test_alerts_link_to_where_the_workspace_can_be_read(workspace: Workspace, root: Path) -> None:
    """As `runbook.toml` says; an address that is none is refused."""
    ruled(root)
    settings = root / "runbook.toml"
    settings.write_text('[docs]\nurl = "https://example.com/ops"\n')
    again = Workspace.find(root, workspace.environ)
    write(again, root)
    page = "https://example.com/ops/docs/runbooks/incidents/web-down.md"
    assert f"runbook_url: '{page}'\n" in (root / RULES).read_text()
    settings.write_text('[docs]\nurl = "docs"\n')
    with pytest.raises(UsageError, match="no web address"):
        _ = Workspace.find(root, workspace.environ).settings


def test_beside_the_runbooks_there_is_a_page_for_what_the_catalogue_says(
    workspace: Workspace, root: Path
) -> None:
    """And none for what it says nothing about; a page edited by hand is kept; a second time writes nothing."""
    written = write(workspace, root).written
    made = {name for name in written if name.count("/") == 2}
    names = ("README", "alerts", "escalation", "services", "drills", "freshness")
    assert {f"docs/runbooks/{name}.md" for name in names} == made
    assert () == write(workspace, root).written
    front = root / "docs/runbooks/README.md"
    front.write_text(front.read_text() + "by hand\n")
    assert ["docs/runbooks/README.md"] == [one.page for one in write(workspace, root).kept]


def test_a_team_with_templates_of_its_own_need_not_have_all(workspace: Workspace, root: Path) -> None:
    """What is not there is taken from the shipped ones."""
    own = root / "templates"
    own.mkdir()
    for name in ("runbook.md.j2", "index.md.j2"):
        (own / name).write_text((content_root() / "templates" / name).read_text())
    (own / "freshness.md.j2").write_text("# Ours\n")
    write(workspace, root)
    assert "\n# Ours\n" in (root / "docs/runbooks/freshness.md").read_text()
    assert "\n# Drills\n" in (root / "docs/runbooks/drills.md").read_text()


@pytest.mark.parametrize(
    ("settings", "catalogue", "command"),
    [
        ("", None, "runbook run web-down --env production"),
        ('[workspace]\nenvironment = "practice"\n', None, "runbook run web-down"),
        ("", "  production: {title", "runbook run web-down"),
    ],
)
def test_the_command_of_a_page_and_of_an_alert_runs_as_it_is_pasted(
    settings: str, catalogue: str | None, command: str, workspace: Workspace, root: Path
) -> None:
    """Where there are several environments and none is settled, it names the one that counts."""
    (root / "runbook.toml").write_text(settings)
    if catalogue is not None:
        file = root / "runbooks/catalogue/all.yaml"
        kept = [row for row in file.read_text().splitlines() if not row.lstrip().startswith("production:")]
        file.write_text("\n".join(kept) + "\n")
    ruled(root)
    write(Workspace.find(root, workspace.environ), root)
    assert f"With the engine: `{command}`. Without it" in (root / PAGE).read_text()
    assert f"command: '{command}'\n" in (root / RULES).read_text()


def test_what_ci_takes_says_how_it_is_measured_until_it_was(
    runbook: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A team with cases and no drill records them with the line that the pages give."""
    monkeypatch.chdir(runbook.root)
    for name, value in runbook.environ.items():
        monkeypatch.setenv(name, value)
    root, line = runbook.root, "runbook drill --all --record"
    (root / "drills").rmdir()
    cases = (
        "cases: web-down\ntests:\n  - case: well\n    expect: {path: [look, cause, people], waits: people}\n"
    )
    (root / "runbooks/incidents/web-down.cases.yaml").write_text(cases)
    assert 0 == run_words(("docs",))
    calendar = root / "docs/runbooks/drills.md"
    assert f"not measured yet: `{line}`" in (root / PAGE).read_text()
    assert f"Nothing is measured yet: `{line}`" in calendar.read_text()
    assert "coverage.md" not in calendar.read_text()
    assert 0 == run_words(line.split()[1:])
    assert "recorded: drills/coverage.json" in capsys.readouterr().err
    assert 0 == run_words(("docs",))
    assert "Branches tested by CI: 0 of 1" in (root / PAGE).read_text()
    assert "[coverage](coverage.md)" in calendar.read_text()
    assert (root / "docs/runbooks/coverage.md").is_file()
