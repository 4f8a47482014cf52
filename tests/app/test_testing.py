"""Cases beside a runbook, run through the one core: what passes, what fails and where, and what is covered."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.app.checking import checked
from engine.app.library import Library
from engine.app.operators import operator_of
from engine.app.testing import CasesRun, case_files, chosen, findings, run_cases
from engine.app.workspace import Workspace
from engine.kinds.errors import UsageError
from engine.render.case_results import case_data, case_lines, junit
from tests.app.webcases import CASES, library, workspace
from tests.cli.conftest import RUNBOOK


def run(root: Path, cases: str = CASES, runbook: str = RUNBOOK, only: str = "") -> CasesRun:
    """Run the cases of the small workspace."""
    known = library(root, cases, runbook)
    ((name, path),) = chosen(known, ()).items()
    return run_cases(known, name, path, only)


def test_cases_pass_where_the_runbook_does_what_they_say(tmp_path: Path) -> None:
    """A restart, a false alarm, and a run that stands still because nobody answers."""
    found = run(tmp_path)
    assert [(), (), ()] == [one.judged.differs for one in found.ran]
    assert ["resolved", "false-alarm", ""] == [one.judged.end for one in found.ran]
    assert 0 == found.failed


def test_coverage_counts_steps_branches_and_outcomes_and_names_what_is_missing(tmp_path: Path) -> None:
    """The wait that reaches its limit is in no case."""
    found = run(tmp_path).coverage
    assert found is not None
    assert found.steps < found.of_steps
    assert found.edges == found.of_edges - len(found.missing)
    assert ("recovered", "limit") in {(edge.step, edge.outcome) for edge in found.missing}
    assert ("people", "timeout") not in {(edge.step, edge.outcome) for edge in found.missing}
    assert 0 < found.share < 1


@pytest.mark.parametrize(
    ("before", "after", "what", "because"),
    [
        (
            "look.health.status: 503",
            "look.health.status: 500",
            "path",
            "cause was decided and went to people",
        ),
        ("then: resolved", "then: mitigated", "end", "2 passes in a row"),
        ("severity: SEV-2", "severity: SEV-1", "severity", ""),
        ('/restart"', '/restarted"', "moves", ""),
    ],
)
def test_a_changed_runbook_fails_its_case(
    tmp_path: Path, before: str, after: str, what: str, because: str
) -> None:
    """Another condition, end, severity or address is seen, and the run itself says why."""
    judged = run(tmp_path, runbook=RUNBOOK.replace(before, after, 1), only="it is stuck").ran[0].judged
    assert what in {one.what for one in judged.differs}
    assert because in "\n".join(case_lines(judged))


def test_the_first_difference_of_a_path_is_shown_beside_what_was_expected(tmp_path: Path) -> None:
    """Expected and seen stand under each other, the step in brackets."""
    changed = RUNBOOK.replace("look.health.status: 503", "look.health.status: 500")
    lines = list(case_lines(run(tmp_path, runbook=changed, only="it is stuck").ran[0].judged))
    assert lines[0].startswith("FAIL  web-down: it is stuck")
    assert "        path      expected look > cause > [restart] > recovered" == lines[1]
    assert "                  saw      look > cause > [people]" == lines[2]
    assert "                  differs  at step 3: expected restart, saw people" == lines[3]


def test_facts_that_contradict_the_outcome_beside_them_fail_the_case(tmp_path: Path) -> None:
    """The check's own expectation calls 200 a pass, so a case cannot call it a fail."""
    wrong = CASES.replace("{facts: {status: 503}}", "{outcome: fail, facts: {status: 200}}")
    judged = run(tmp_path, wrong, only="it is stuck").ran[0].judged
    assert "given" == judged.differs[0].what
    assert judged.differs[0].why.startswith("look.health: the case says fail, and by its facts it is pass")


def test_a_page_is_expected_at_its_time(tmp_path: Path) -> None:
    """The ladder counts from the alert: two hours after it somebody else is called."""
    late = CASES.replace("answer: yes, after: 20s", "answer: yes, after: 3h").replace(
        "messages: []", "messages: [{to: manager, at: 4h, step: '!ladder'}]"
    )
    two = late.replace("at: 4h", "at: 2h").replace("answer: yes, after: 3h", "answer: yes, after: 3h")
    assert [] != list(run(tmp_path / "4h", late, only="it is stuck").ran[0].judged.differs)
    severe = RUNBOOK.replace("severity: SEV-2", "severity: SEV-1")
    found = run(tmp_path / "2h", two.replace("severity: SEV-2", "severity: SEV-1"), severe, "it is stuck")
    assert () == found.ran[0].judged.differs


def test_answers_are_taken_one_after_another_and_the_last_one_stays(tmp_path: Path) -> None:
    """The first sample of the wait still fails: it takes three until two in a row are good."""
    cases = CASES.replace(
        "given: {look.health: {facts: {status: 503}}}",
        "given: {look.health: {facts: {status: 503}}, recovered.check: [fail, pass]}",
    )
    ran = run(tmp_path, cases, only="it is stuck").ran[0]
    samples = [one.event for one in ran.happened if getattr(one.event, "step", "") == "recovered"]
    asked = [one for one in samples if getattr(one, "what", "") == "check"]
    assert 3 == len(asked)
    assert () == ran.judged.differs


def test_one_case_runs_alone_and_has_no_coverage(tmp_path: Path) -> None:
    """A name that is not there is answered with the nearest."""
    found = run(tmp_path, only="all quiet")
    assert (1, None) == (len(found.ran), found.coverage)
    with pytest.raises(UsageError) as error:
        run(tmp_path / "again", only="all quit")
    assert "all quiet" in error.value.hint


def test_two_runs_of_a_case_differ_in_nothing(tmp_path: Path) -> None:
    """Time is virtual, and nothing is left to chance."""
    one, two = (run(tmp_path / name).ran[0].happened for name in ("a", "b"))
    assert [(each.at, type(each.event)) for each in one] == [(each.at, type(each.event)) for each in two]


def test_the_results_are_junit(tmp_path: Path) -> None:
    """A suite for the runbook, a failure with the difference in it."""
    changed = RUNBOOK.replace("look.health.status: 503", "look.health.status: 500")
    found = run(tmp_path, runbook=changed)
    text = junit([("web-down", found.file, [one.judged for one in found.ran])])
    suite = ElementTree.fromstring(text)[0]
    assert {"name": "web-down", "tests": "3", "failures": "1"}.items() <= suite.attrib.items()
    failures = suite.findall("testcase/failure")
    assert ["differs in path, never, end, moves, messages"] == [one.get("message") for one in failures]
    assert "expected restart, saw people" in str(failures[0].text)


def test_check_looks_at_cases_files_too(tmp_path: Path) -> None:
    """With everything, with the runbook's id, and by the path of the file."""
    bad = CASES.replace("step: people, answer: quiet", "step: people, answer: loud")
    known = workspace(tmp_path, bad)
    (path,) = case_files(known)
    for names in ((), ("web-down",), (str(path),)):
        found = checked(known, names)
        assert "runbooks/incidents/web-down.cases.yaml" in found.files
        assert "unknown-option" in {one.finding.rule for one in found.findings}


APPROVED = """
cases: web-down
environment: production
tests:
  - case: it is agreed to
    given: {look.health: {facts: {status: 503}}}
    people: [{step: restart, item: consent, answer: yes, after: 20s}]
    expect: {path: [look, cause, restart, recovered], end: resolved}
"""
APPROVAL = RUNBOOK.replace("OPERATION", "grow-machine")


def test_a_yes_without_a_role_is_the_operators_who_may_not_approve(tmp_path: Path) -> None:
    """The run ends as a real one would; whose consent was missing, until when, and how to write it is told."""
    judged = run(tmp_path, APPROVED, APPROVAL).ran[0].judged
    assert "resolved" != judged.end
    (one,) = judged.missed
    assert ("restart", "grow-machine", "manager", ("manager",)) == (one.step, one.change, one.role, one.may)
    shown = "\n".join(case_lines(judged))
    assert (
        "nobody gave consent in time: grow-machine was to be approved by the manager until 03:20:22Z" in shown
    )
    assert (
        "grow-machine at 'restart' waited from 03:05:22Z until 03:20:22Z for the manager to approve it"
        in shown
    )
    assert "the answer of responder (reliability) does not count: an approval needs another person" in shown
    assert "write    people: [{step: restart, item: consent, answer: yes, role: manager}]" in shown
    assert shown.split("consent   ")[1].splitlines()[0] in junit([("web-down", "", [judged])])


def test_what_a_failing_case_says_to_write_makes_it_pass(tmp_path: Path) -> None:
    """The line that is shown is the one that is missing."""
    failed = run(tmp_path / "a", APPROVED, APPROVAL).ran[0].judged
    mended = APPROVED.replace(
        "{step: restart, item: consent, answer: yes, after: 20s}", failed.missed[0].line
    )
    judged = run(tmp_path / "b", mended, APPROVAL).ran[0].judged
    assert ((), ()) == (judged.differs, judged.missed)


def test_an_approval_that_nobody_answers_names_the_change_and_whose_it_is(tmp_path: Path) -> None:
    """In the data as in the text."""
    silent = APPROVED.replace("    people: [{step: restart, item: consent, answer: yes, after: 20s}]\n", "")
    data = case_data(run(tmp_path, silent, APPROVAL).ran[0].judged)
    assert [
        {
            "step": "restart",
            "change": "grow-machine",
            "kind": "approve",
            "role": "manager",
            "may": ["manager"],
            "since": "2025-11-23T03:05:22.000Z",
            "until": "2025-11-23T03:20:22.000Z",
            "refused": "",
            "line": "{step: restart, item: consent, answer: yes, role: manager}",
        }
    ] == data["consents"]


def test_a_role_that_the_catalogue_does_not_have_approves_nothing(tmp_path: Path) -> None:
    """A run asks the manager by default: where there is none, a case ends as the run would."""
    known = library(tmp_path, APPROVED, APPROVAL)
    path = tmp_path / "runbooks/catalogue/all.yaml"
    text = path.read_text().replace("manager: {title", "boss: {title").replace("role: manager", "role: boss")
    path.write_text(text.replace("approves: [any], ", ""))
    runbook = tmp_path / "runbooks/incidents/web-down.yaml"
    runbook.write_text(runbook.read_text().replace("owner: manager", "owner: boss"))
    cases = tmp_path / "runbooks/incidents/web-down.cases.yaml"
    ((name, file),) = chosen(known, ()).items()
    judged = run_cases(known, name, file, "").ran[0].judged
    assert "resolved" != judged.end
    assert ("manager", (), "") == (judged.missed[0].role, judged.missed[0].may, judged.missed[0].line)
    assert "which is no role of the catalogue: nobody can" in "\n".join(case_lines(judged))
    cases.write_text(cases.read_text().replace("after: 20s", "role: manager"))
    assert "unknown-role" in {one.finding.rule for one in findings(Library(known.workspace), file)}


def test_who_runs_a_case_is_said(tmp_path: Path) -> None:
    """The case's own role, else the file's, else the workspace's, else whom the ladder pages at once."""
    ran = run(tmp_path / "first")
    assert ("reliability", True) == (ran.operator.role, ran.operator.guessed)
    assert "reliability (the first role of the catalogue)" == str(ran.operator)
    assert next(case_lines(ran.ran[0].judged)).endswith(", run by reliability)")
    assert "reliability" == case_data(ran.ran[0].judged)["operator"]
    of_file = CASES.replace("environment: production", "environment: production\noperator: manager")
    own = of_file.replace("since: 3m", "since: 3m\n    operator: reliability")
    assert ["reliability", "manager", "manager"] == [
        one.judged.case.operator for one in run(tmp_path / "own", own).ran
    ]
    known = library(tmp_path / "ladder")
    path = tmp_path / "ladder/runbooks/catalogue/all.yaml"
    path.write_text(path.read_text().replace("after: 4h", "after: 0s"))
    assert "manager (whom SEV-2 pages at once)" == str(operator_of(known, "web-down"))
    (tmp_path / "ladder/runbook.toml").write_text('[workspace]\nrole = "reliability"\n')
    assert "reliability (the role in runbook.toml)" == str(
        operator_of(Library(Workspace(tmp_path / "ladder", tmp_path / "state", {})), "web-down")
    )


def test_cases_of_a_runbook_that_is_not_there_are_a_finding(tmp_path: Path) -> None:
    """The id is the first key of the file."""
    known = library(tmp_path, CASES.replace("cases: web-down", "cases: web-up"))
    (path,) = case_files(known.workspace)
    assert ["unknown-runbook"] == [one.finding.rule for one in findings(known, path)]


def test_a_runbook_without_cases_says_what_to_write(tmp_path: Path) -> None:
    """The hint is the name of the file."""
    known = library(tmp_path)
    (path,) = case_files(known.workspace)
    path.unlink()
    with pytest.raises(UsageError) as error:
        chosen(known, ("web-down",))
    assert "write runbooks/incidents/web-down.cases.yaml" == error.value.hint
