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
    assert "how each case ends" in table.stdout
    assert 40 == sum(one["incidents"] for one in found["cases"])
    assert ("run by reliability (2 cases)" in table.stdout, {"reliability": 2}) == (True, found["operators"])


def test_who_ran_the_tests_is_said_where_nobody_chose_it(steps: Command) -> None:
    """In the text, and in the data of each test and of the coverage; a file that says it is not told again."""
    said = "web-down: run by reliability (the first role of the catalogue); write `operator:` for another"
    ran = steps("test", "web-down")
    assert (True, 5) == (said in ran.stderr, ran.stdout.count("run by reliability)"))
    *tests, coverage = [json.loads(one) for one in steps("test", "--output", "json").stdout.splitlines()]
    assert {"reliability"} == {one["operator"] for one in tests}
    assert [{"role": "reliability", "because": "the first role of the catalogue"}] == coverage["operators"]
    for name in ("cases", "steps"):
        path = steps.root / f"runbooks/incidents/web-down.{name}.yaml"
        path.write_text(path.read_text() + "operator: reliability\n")
    assert "run by" not in steps("test", "web-down").stderr


def test_two_files_of_cases_for_one_runbook_are_refused(cases: Command) -> None:
    """Neither is left out in silence."""
    (cases.root / "runbooks/incidents/more.cases.yaml").write_text(CASES.lstrip())
    ran = cases("test", "web-down")
    assert 3 == ran.returncode
    assert "web-down has cases in runbooks/incidents/more.cases.yaml too" in ran.stderr + ran.stdout


STEPS = """
steps: web-down
people: [{item: consent, answer: yes}]
tests:
  cause:
    - {facts: {look.health.status: 503}, goes: restart}
    - {goes: people, why: nobody knows}
  people:
    - {people: [], waits: true}
"""


@pytest.fixture
def steps(cases: Command) -> Command:
    """Return the command in a workspace with step tests beside the cases."""
    (cases.root / "runbooks/incidents/web-down.steps.yaml").write_text(STEPS.lstrip())
    return cases


def test_cases_and_step_tests_are_run_alike(steps: Command) -> None:
    """One line for each case and each step; a suite for each file."""
    ran = steps("test", "--junit", "all.xml")
    assert (0, 5) == (ran.returncode, ran.stdout.count("ok  "))
    assert "3 cases and 3 step tests, 0 failed" in ran.stderr
    suites = ElementTree.parse(steps.root / "all.xml").getroot()
    assert [("3", "web-down.cases.yaml"), ("3", "web-down.steps.yaml")] == [
        (one.get("tests"), str(one.get("file")).rpartition("/")[2]) for one in suites
    ]


def test_a_step_test_that_fails_ends_with_one_and_is_data_too(steps: Command) -> None:
    """With the line of the file, and what differs."""
    path = steps.root / "runbooks/incidents/web-down.steps.yaml"
    path.write_text(STEPS.replace("goes: restart", "goes: people").lstrip())
    shown = steps("test", "web-down", "--case", "cause 1")
    assert (1, True) == (shown.returncode, "web-down.steps.yaml:5" in shown.stdout)
    ran = steps("test", "web-down", "--case", "cause 1", "--output", "json")
    (one,) = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ("cause", 1, 5, ["goes"]) == (
        one["step"],
        one["test"],
        one["line"],
        [each["what"] for each in one["differs"]],
    )


def test_check_finds_what_is_wrong_with_step_tests(steps: Command) -> None:
    """By the id of the runbook, and by the file itself."""
    path = steps.root / "runbooks/incidents/web-down.steps.yaml"
    path.write_text(STEPS.replace("look.health.status", "look.helth.status").lstrip())
    for name in ("web-down", str(path)):
        ran = steps("check", name)
        assert (3, True) == (ran.returncode, "unknown-fact" in ran.stdout), ran.stdout + ran.stderr
    assert 3 == steps("test", "web-down").returncode


def test_record_writes_what_the_runbook_does_and_keeps_what_says_why(steps: Command) -> None:
    """It says that this is not what is right; what it wrote passes."""
    ran = steps("test", "web-down", "--record")
    assert 0 == ran.returncode
    assert "1 of yours kept" in ran.stderr
    assert "DOES, right or wrong: read it" in ran.stderr
    assert "runbooks/incidents/web-down.steps.yaml" == ran.stdout.strip()
    assert "why: nobody knows" in (steps.root / ran.stdout.strip()).read_text()
    assert 0 == steps("test", "web-down").returncode


@pytest.mark.parametrize(
    "words", [("--record",), ("web-down", "--record", "--case", "cause"), ("web-up", "--record")]
)
def test_record_wants_the_names_of_runbooks_and_nothing_else(steps: Command, words: tuple[str, ...]) -> None:
    """It writes files: never all of them by accident, and it runs nothing."""
    assert 2 == steps("test", *words).returncode
