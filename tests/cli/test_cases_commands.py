"""`runbook test` and `runbook simulate` as they are typed: output, files and exit codes."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.app.webcases import CASES
from tests.cli.conftest import Command


@pytest.fixture
def cases(runbook: Command) -> Command:
    """Return the command in a workspace with cases."""
    (runbook.root / "runbooks/incidents/web-down.cases.yaml").write_text(CASES.lstrip())
    return runbook


def test_cases_that_pass_end_with_nought_and_a_junit_file(cases: Command) -> None:
    """A line for each, the coverage beside them."""
    ran = cases("test", "web-down", "--junit", "cases.xml", "--cover-min", "40")
    assert (0, 3) == (ran.returncode, ran.stdout.count("ok  "))
    assert "branches" in ran.stderr
    assert "3" == ElementTree.parse(cases.root / "cases.xml").getroot()[0].get("tests")


def test_too_little_coverage_ends_with_one(cases: Command) -> None:
    """It says how much there is, and how much was wanted."""
    ran = cases("test", "--cover-min", "100")
    assert 1 == ran.returncode
    assert "wanted 100 %" in ran.stderr


def test_a_case_that_fails_ends_with_one_and_is_data_too(cases: Command) -> None:
    """One object a line; the case that failed says in what."""
    path = cases.root / "runbooks/incidents/web-down.cases.yaml"
    path.write_text(CASES.replace("end: resolved", "end: mitigated").lstrip())
    ran = cases("test", "web-down", "--case", "it is stuck", "--output", "json")
    (one,) = [json.loads(line) for line in ran.stdout.splitlines()]
    assert (1, False, ["end"]) == (ran.returncode, one["passed"], [each["what"] for each in one["differs"]])


def test_a_broken_cases_file_ends_with_three(cases: Command) -> None:
    """The place and what to do stand in the message."""
    path = cases.root / "runbooks/incidents/web-down.cases.yaml"
    path.write_text(CASES.replace("never: [people]", "never: [peple]").lstrip())
    ran = cases("test", "web-down")
    assert 3 == ran.returncode
    assert "unknown-step" in ran.stdout + ran.stderr


@pytest.mark.parametrize("words", [("test", "web-up"), ("test", "--case", "x"), ("simulate", "web-up")])
def test_what_is_not_there_ends_with_two(cases: Command, words: tuple[str, ...]) -> None:
    """An unknown runbook, and one case of nobody knows which."""
    assert 2 == cases(*words).returncode


def test_a_forecast_is_a_table_or_data(cases: Command) -> None:
    """The same figures either way; n and seed are stated."""
    table = cases("simulate", "web-down", "--n", "40", "--seed", "5")
    found = json.loads(cases("simulate", "web-down", "--n", "40", "--seed", "5", "--output", "json").stdout)
    assert "40 simulated incidents, seed 5" in table.stdout
    assert (40, 5) == (found["n"], found["seed"])
    assert {"acknowledge", "mitigate", "resolve", "end"} == found["times"].keys()


def test_two_files_of_cases_for_one_runbook_are_refused(cases: Command) -> None:
    """Neither is left out in silence."""
    (cases.root / "runbooks/incidents/more.cases.yaml").write_text(CASES.lstrip())
    ran = cases("test", "web-down")
    assert 3 == ran.returncode
    assert "web-down has cases in runbooks/incidents/more.cases.yaml too" in ran.stderr + ran.stdout
