"""`runbook check --against REV`, as it is typed, in a repository of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.app.against import against
from engine.app.workspace import Workspace
from engine.cli.commands.check import command
from engine.cli.here import Here
from engine.kinds.errors import Exit, UsageError
from tests import needs

CATALOGUE = """
environments:
  production: {title: Production}
roles:
  manager: {title: Manager, approves: [any], channel: page}
channels:
  page: {type: webhook, url: 'https://page.example'}
policy:
  - {consent: approve, effects: [change], role: manager}
"""
RUNBOOK = """
runbook: web
title: The web service does not answer
owner: manager
triggers: [{alert: WebDown}]
steps:
  look:
    check: {http: 'https://web.example', expect: {status: 200}}
    then: {pass: false-alarm, fail: restart, unknown: people}
  restart:
    action: {http: 'https://web.example/restart', method: POST, irreversible: sent}
    then: {done: seen, failed: people}
  seen: {check: {http: 'https://web.example'}, then: {pass: mitigated, fail: people, unknown: people}}
  people: {escalate: manager, decision: Take over, then: {any: escalated}}
"""
Typed = Callable[..., tuple[int, str]]


def git(folder: Path, *words: str) -> None:
    """Do something in the repository, untouched by the settings of whoever runs the tests."""
    here = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.name=ann", "-c", "user.email=ann@example.com")
    subprocess.run(
        [needs.program("git"), *who, *words], cwd=folder, check=True, capture_output=True, env=here
    )


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace below the top of a repository, committed once."""
    folder = tmp_path / "repository" / "care"
    (folder / "runbooks" / "catalogue").mkdir(parents=True)
    (folder / "runbooks" / "catalogue" / "all.yaml").write_text(CATALOGUE.lstrip())
    (folder / "runbooks" / "web.yaml").write_text(RUNBOOK.lstrip())
    git(folder.parent, "init", "-q", "-b", "main")
    git(folder.parent, "add", ".")
    git(folder.parent, "commit", "-q", "-m", "first")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def check(root: Path) -> Typed:
    """Return what types the command there and returns its exit code and output."""

    def typed(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(command, words, obj=Here(environ=dict(os.environ)), standalone_mode=False)
        if done.exception is not None:
            raise done.exception
        return int(done.return_value), done.stdout

    return typed


def edit(root: Path, file: str, before: str, after: str) -> None:
    """Change a file that is not committed."""
    path = root / "runbooks" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def test_nothing_has_changed_since_the_commit(check: Typed) -> None:
    """One line, and all is well."""
    assert (Exit.RESOLVED, "nothing has changed in behaviour since HEAD\n") == check("--against", "HEAD")


def test_a_guard_that_got_weaker_fails(check: Typed, root: Path) -> None:
    """Both sides are shown, and the data names the commit."""
    edit(root, "web.yaml", "status: 200", "status: {lt: 600}")
    code, said = check("--against", "main", "web")
    assert Exit.ENDED == code
    assert "WEAKER     look: check expects status: 200 -> {lt: 600}" in said
    code, data = check("--against", "main", "--output", "json")
    (change,) = json.loads(data)["changes"]
    assert (Exit.ENDED, 1, 40) == (code, json.loads(data)["weaker"], len(json.loads(data)["commit"]))
    assert ("web", "weaker", "200") == (change["runbook"], change["direction"], change["before"])


def test_a_weaker_policy_is_told_for_each_change_that_it_decides(check: Typed, root: Path) -> None:
    """The runbook's own file is as it was."""
    edit(root, "catalogue/all.yaml", "consent: approve", "consent: none")
    code, said = check("--against", "HEAD")
    assert Exit.ENDED == code
    assert (
        "WEAKER     restart: decided in production at the hand of manager: approve, by 1 of manager" in said
    )


def test_what_got_stronger_or_other_words_do_not_fail(check: Typed, root: Path) -> None:
    """It is listed all the same, but for a title."""
    edit(root, "web.yaml", "does not answer", "is gone")
    assert (Exit.RESOLVED, "nothing") == (check("--against", "HEAD")[0], check("--against", "HEAD")[1][:7])
    edit(root, "web.yaml", "{status: 200}", "{status: 200, seconds: {lt: 1s}}")
    code, said = check("--against", "HEAD")
    assert (Exit.RESOLVED, True) == (code, "since HEAD: 0 weaker, 0 different, 1 stronger" in said)


def test_a_new_runbook_is_different_and_one_that_is_gone_is_weaker(check: Typed, root: Path) -> None:
    """Its alert has no runbook any more."""
    (root / "runbooks" / "web.yaml").rename(root / "runbooks" / "site.yaml")
    edit(root, "site.yaml", "runbook: web", "runbook: site")
    code, said = check("--against", "HEAD")
    assert Exit.ENDED == code
    assert "different  head: runbook: new: site" in said
    assert "WEAKER     head: runbook: gone: web" in said


def test_an_unknown_revision_is_refused_and_never_an_option(root: Path) -> None:
    """Whatever stands there reaches git as a revision."""
    for revision in ("nope", "--output=/tmp/x", "HEAD:care"):
        with pytest.raises(UsageError, match="git knows no revision"):
            against(Workspace.find(root, dict(os.environ)), revision)


def test_without_git_or_a_repository_it_says_so(root: Path, tmp_path: Path) -> None:
    """Each with what to do."""
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="git cannot be started") as error:
        against(Workspace.find(root, {"PATH": str(empty)}), "HEAD")
    assert "install git" == error.value.hint
    (tmp_path / "loose" / "runbooks").mkdir(parents=True)
    with pytest.raises(UsageError, match="there is no git repository here"):
        against(Workspace.find(tmp_path / "loose", dict(os.environ)), "HEAD")


BROKEN = ("fail: restart", "fail: nowhere")
LINTED = ("{pass: false-alarm, fail: restart", "{pass: resolved, fail: restart")


@pytest.mark.parametrize(("edited", "rule"), [(BROKEN, "nowhere"), (LINTED, "nothing proved the recovery")])
def test_errors_in_the_files_count_more_than_any_difference(
    check: Typed, root: Path, edited: tuple[str, str], rule: str
) -> None:
    """Told first, exit 3, as without --against; what can be compared is, with a weaker guard in it or not."""
    edit(root, "web.yaml", *edited)
    code, said = check("--against", "HEAD")
    assert (Exit.FILE_ERRORS, True, True) == (code, rule in said, "since HEAD: " in said)
    code, data = check("--against", "HEAD", "--output", "json")
    told = json.loads(data)
    assert (Exit.FILE_ERRORS, 1) == (code, told["errors"])
    assert "error" == told["findings"][0]["severity"]
    edit(root, "catalogue/all.yaml", "consent: approve", "consent: none")
    code, said = check("--against", "HEAD")
    assert (Exit.FILE_ERRORS, edited == LINTED) == (code, "WEAKER     restart: decided" in said)


def test_a_broken_file_that_was_not_asked_for_does_not_count(check: Typed, root: Path) -> None:
    """As without --against."""
    (root / "runbooks" / "site.yaml").write_text(RUNBOOK.replace("runbook: web", "runbook: site").lstrip())
    edit(root, "site.yaml", *BROKEN)
    assert Exit.FILE_ERRORS == check("--against", "HEAD")[0]
    assert Exit.RESOLVED == check("--against", "HEAD", "web")[0]


def test_a_file_with_errors_here_is_named_and_the_others_are_compared(check: Typed, root: Path) -> None:
    """So that nobody mends one fault and then meets the next."""
    edit(root, "web.yaml", *BROKEN)
    said = check("--against", "HEAD")[1]
    assert "different  head: here: new: cannot be compared: runbooks/web.yaml:8: " in said


def test_nothing_is_compared_without_the_catalogue(check: Typed, root: Path) -> None:
    """It does not say that nothing has changed."""
    edit(root, "catalogue/all.yaml", "consent: approve", "consent: perhaps")
    code, said = check("--against", "HEAD")
    assert (Exit.FILE_ERRORS, False, True) == (code, "since HEAD" in said, "perhaps" in said)


def test_a_file_with_errors_at_the_revision_is_told_as_different(check: Typed, root: Path) -> None:
    """The one here may be what mends it."""
    edit(root, "web.yaml", *BROKEN)
    git(root.parent, "commit", "-q", "-a", "-m", "broken")
    edit(root, "web.yaml", *reversed(BROKEN))
    code, said = check("--against", "HEAD")
    assert (Exit.RESOLVED, True) == (
        code,
        "at the revision: new: cannot be compared: runbooks/web.yaml:8:" in said,
    )


def test_sarif_is_refused(check: Typed) -> None:
    """Only what can be shown is offered."""
    with pytest.raises(UsageError, match="text or json"):
        check("--against", "HEAD", "--format", "sarif")
