"""`runbook check` as it is typed: forms of output, `--strict`, waivers, and what the workspace knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from engine.cli.commands.check import command
from engine.cli.here import Here
from engine.kinds.errors import Exit

WARNS = """
runbook: warns
title: It warns
steps:
  look: {check: {tcp: 'db:1'}, then: {any: act}}
  act: {action: {http: 'https://x.example', irreversible: sent}, then: mitigated}
"""
FAILS = "runbook: fails\ntitle: It fails\nsteps: {look: {check: {tcp: 'db:1'}, then: resolved}}\n"
WAIVER = "allow: [{rule: unverified-change, why: seen elsewhere, until: '2999-01-01'}]\n"
Check = Callable[..., tuple[int, str]]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with one runbook that warns."""
    (tmp_path / "runbooks" / "incidents").mkdir(parents=True)
    (tmp_path / "runbooks" / "incidents" / "warns.yaml").write_text(WARNS.lstrip())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def check(root: Path) -> Check:
    """Return what types the command there and returns its exit code and output."""

    def typed(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(command, words, obj=Here(environ={}), standalone_mode=False)
        assert done.exception is None, done.exception
        return int(done.return_value), done.stdout

    return typed


def test_a_warning_fails_only_when_it_is_strict(check: Check) -> None:
    """Both times it is told."""
    code, said = check()
    assert (Exit.RESOLVED, True) == (code, "warning[unverified-change]" in said)
    code, said = check("--strict")
    assert (Exit.FILE_ERRORS, True) == (code, "1 warning in 1 file" in said)


def test_every_mistake_of_a_file_is_told_at_once(check: Check, root: Path) -> None:
    """A target that is not there hides nothing of what the rules find."""
    text = WARNS.replace("any: act}", "any: akt}").replace("irreversible: sent", "operation: send")
    (root / "runbooks" / "incidents" / "warns.yaml").write_text(text.lstrip())
    code, said = check()
    assert Exit.FILE_ERRORS == code
    told = [
        rule for rule in ("unknown-target", "unverified-change", "change-without-way-back") if rule in said
    ]
    assert ["unknown-target", "unverified-change", "change-without-way-back"] == told


def test_an_error_fails_in_every_form(check: Check, root: Path) -> None:
    """The exit code is that of the findings, whatever form they take."""
    (root / "runbooks" / "incidents" / "fails.yaml").write_text(FAILS)
    codes = {check("--format", form)[0] for form in ("text", "json", "sarif", "junit", "github")}
    assert {int(Exit.FILE_ERRORS)} == codes


def test_each_form_holds_the_finding(check: Check) -> None:
    """Read as its readers read it."""
    _, sarif = check("--format", "sarif")
    assert ["unverified-change"] == [one["ruleId"] for one in json.loads(sarif)["runs"][0]["results"]]
    _, junit = check("--format", "junit")
    assert "unverified-change (line 5)" in {
        case.get("name") for case in ElementTree.fromstring(junit).iter("testcase")
    }
    _, github = check("--format", "github")
    assert github.startswith("::warning file=runbooks/incidents/warns.yaml,line=5,")
    _, data = check("--format", "json")
    _, older = check("--output", "json")
    assert json.loads(data) == json.loads(older)
    assert (0, ["unverified-change"]) == (
        json.loads(data)["errors"],
        [one["rule"] for one in json.loads(data)["findings"]],
    )


def test_a_warning_is_a_failure_of_junit_when_it_is_strict(check: Check) -> None:
    """The page of the CI says the same as the exit code."""
    _, lenient = check("--format", "junit")
    _, strict = check("--format", "junit", "--strict")
    failures = [ElementTree.fromstring(text).get("failures") for text in (lenient, strict)]
    assert ["0", "1"] == failures


def test_what_is_waived_is_counted_and_not_told(check: Check, root: Path) -> None:
    """Its reason is in the data, for whoever reviews the waivers."""
    path = root / "runbooks" / "incidents" / "warns.yaml"
    path.write_text(path.read_text() + WAIVER)
    code, said = check("--strict")
    assert (Exit.RESOLVED, "") == (code, said)
    _, data = check("--format", "json")
    (waived,) = json.loads(data)["waived"]
    assert ("unverified-change", "seen elsewhere") == (waived["rule"], waived["why"])


def test_a_finding_about_a_path_tells_the_path(check: Check, root: Path) -> None:
    """Each step with its line."""
    (root / "runbooks" / "incidents" / "fails.yaml").write_text(FAILS)
    _, said = check("fails")
    assert "= path: look (3) -> resolved" in said


def test_a_fault_of_the_catalogue_is_told_in_its_file(check: Check, root: Path) -> None:
    """Only when everything is checked."""
    folder = root / "runbooks" / "catalogue"
    folder.mkdir()
    (folder / "people.yaml").write_text("channels:\n  a: {type: webhook, url: nowhere}\n")
    code, said = check()
    assert Exit.FILE_ERRORS == code
    assert "error[channel-does-not-parse] runbooks/catalogue/people.yaml:2:" in said
    assert Exit.RESOLVED == check("warns")[0]


def test_a_file_of_the_catalogue_is_checked_as_what_it_is(check: Check, root: Path) -> None:
    """A hook names the files that changed; what all runbooks share is checked with all of them."""
    shared = root / "runbooks" / "catalogue" / "roles.yaml"
    shared.parent.mkdir()
    shared.write_text(
        "roles: {engineer: {channel: nowhere}}\nchannels: {page: {type: webhook, url: 'https://p.example'}}\n"
    )
    code, said = check("runbooks/catalogue/roles.yaml", "--output", "json")
    told = json.loads(said)
    assert int(Exit.FILE_ERRORS) == code
    assert ["unknown-channel"] == [one["rule"] for one in told["findings"]]
    shared.write_text("roles: {engineer: {}}\n")
    assert 0 == check("runbooks/catalogue/roles.yaml")[0]


def test_the_reasons_why_branches_are_not_drilled_are_no_scenario(check: Check, root: Path) -> None:
    """A hook names this file too when it changes."""
    (root / "drills").mkdir(exist_ok=True)
    (root / "drills/exceptions.yaml").write_text("unexercised: {}\n")
    assert 0 == check("drills/exceptions.yaml")[0]


def test_a_runbook_that_is_not_there_is_told_at_the_step_that_runs_it(check: Check, root: Path) -> None:
    """Not at the top of the file."""
    calls = "runbook: calls\ntitle: It calls\nsteps:\n  go:\n    runbook: warn\n    then: {any: escalated}\n"
    (root / "runbooks" / "incidents" / "calls.yaml").write_text(calls)
    (one,) = json.loads(check("calls", "--output", "json")[1])["findings"]
    assert ("unknown-runbook", 5) == (one["rule"], one["line"])
    assert "did you mean 'warns'?" in json.dumps(one)


def test_cases_are_checked_with_their_runbook_however_it_is_named(check: Check, root: Path) -> None:
    """By its id, or by its path, as an editor does."""
    (root / "runbooks" / "incidents" / "warns.cases.yaml").write_text(
        "cases: warns\ntests: [{case: one, given: {lok: {}}}]\n"
    )
    for name in ("warns", "runbooks/incidents/warns.yaml"):
        told = json.loads(check(name, "--output", "json")[1])
        assert "runbooks/incidents/warns.cases.yaml" in told["files"]
        assert any(one["file"].endswith(".cases.yaml") for one in told["findings"])
