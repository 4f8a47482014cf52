"""Step tests beside a runbook, through the one core: what passes, what fails, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.app.checking import checked
from engine.app.runbook_tests import Results, files_of, run_tests
from engine.app.testing import run_cases
from engine.kinds.errors import FileErrors, UsageError
from engine.render.case_results import junit
from engine.render.step_results import step_data, step_lines
from tests.app.websteps import RUNBOOK, STEPS, library, workspace

CASES = """
cases: web-down
tests:
  - case: all quiet
    people: [{step: people, answer: quiet}]
    given: {look.health: {facts: {status: 501}}}
    expect: {path: [look, cause, people], end: false-alarm}
"""


def run(root: Path, steps: str = STEPS, runbook: str = RUNBOOK, only: str = "") -> Results:
    """Run the step tests of the small workspace."""
    known = library(root, steps, runbook)
    return run_tests(known, "web-down", files_of(known, ("web-down",))["web-down"], only)


def failures(found: Results) -> dict[str, list[str]]:
    """Return what differs, by the name of the test."""
    assert found.steps is not None
    ran = [one.judged for one in found.steps.ran]
    return {one.name: [each.what for each in one.differs] for one in ran if one.differs}


def test_step_tests_pass_where_each_step_does_what_they_say(tmp_path: Path) -> None:
    """Of every kind: looks, decisions, changes, waits, other runbooks, branches, messages, questions."""
    found = run(tmp_path)
    assert {} == failures(found)
    assert found.steps is not None
    assert (17, 0) == (len(found.steps.ran), found.failed)


@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        ("takes: 20s", []),
        ("takes: 19s", ["takes"]),
        ("takes: 21s", ["takes"]),
        ("takes: 20s1ms", ["takes"]),
        ("looks: 3", []),
        ("looks: 2", ["looks"]),
        ("looks: 4", ["looks"]),
    ],
)
def test_time_and_looks_are_exact(expected: str, differs: list[str], tmp_path: Path) -> None:
    """A wait that looks every second would else take one look more or less unseen."""
    steps = STEPS.replace("outcome: held, takes: 20s,", f"outcome: held, {expected},")
    assert ({"recovered 1": differs} if differs else {}) == failures(run(tmp_path, steps))


@pytest.mark.parametrize(
    ("before", "after", "test", "what"),
    [
        ("look.health.status: 503, look.vendor: pass}, go", "look.health.status: 503}, go", "cause 2", "goes"),
        ("raise: SEV-1, ", "", "cause 1", "severity"),
        ("go: restart, raise", "go: tell, raise", "cause 1", "goes"),
        ("visits: 2", "visits: 3", "cause 4", "outcome"),
        ("{any: cause}", "{any: people}", "look 1", "goes"),
        ("expect: {status: 200, seconds", "expect: {status: 503, seconds", "look 1", "outcome"),
        ("timeout: 5s}", "timeout: 5s, no_answer: unknown}", "look 2", "outcome"),
        ("action: {use: restart}", "action: {use: restart, effect: read}", "restart 1", "asks"),
        ("action: {use: restart}", "action: {use: restart, operation: deploy}", "restart 1", "asks"),
        ("action: {use: restart}", "action: {use: restart, undo: null, irreversible: so}", "restart 1", "moves"),
        ("timeout: 5m, ", "timeout: 6m, ", "restart 2", "takes"),
        ("passes: 2, every: 10s", "passes: 3, every: 10s", "recovered 1", "takes"),
        (", recovery: true", "", "recovered 1", "recovers"),
        ("escalated: people}", "escalated: tell}", "below 1", "goes"),
        ("fail: people}\n  pause", "fail: tell}\n  pause", "", ""),
        ("escalate: manager", "escalate: reliability", "page 1", "messages"),
        ("within: 2m", "within: 4m", "page 2", "takes"),
        ("quiet: false-alarm", "quiet: resolved", "people 1", "goes"),
    ],
)  # fmt: skip
def test_a_changed_step_fails_its_test(tmp_path: Path, before: str, after: str, test: str, what: str) -> None:
    """At the test that speaks of it, in what it says; what no test speaks of fails none."""
    assert before in RUNBOOK
    found = failures(run(tmp_path, runbook=RUNBOOK.replace(before, after, 1)))
    assert (test in found, what in found.get(test, [])) == (bool(test), bool(test))


def test_a_step_that_is_gone_is_told_with_its_place(tmp_path: Path) -> None:
    """A table of a step that nobody has is a fault of the file, in `test` and in `check`."""
    known = library(tmp_path, STEPS.replace("  pause", "  pauze"), RUNBOOK.replace("pause", "moment"))
    files = files_of(known, ())["web-down"]
    broken = STEPS.replace("  below:", "  belo:")
    (tmp_path / "runbooks/incidents/web-down.steps.yaml").write_text(broken.lstrip())
    with pytest.raises(FileErrors) as raised:
        run_tests(library(tmp_path, broken), "web-down", files)
    (finding,) = raised.value.findings
    line = broken.lstrip().splitlines().index("  belo:") + 1
    assert ("unknown-step", line) == (finding.finding.rule, finding.line)
    told = checked(workspace(tmp_path, broken), ()).findings
    assert [("unknown-step", line)] == [
        (one.finding.rule, one.line) for one in told if "belo'" in one.finding.message
    ]


def test_a_failure_shows_both_sides_and_the_line_of_the_file(tmp_path: Path) -> None:
    """As the cases do."""
    found = run(tmp_path, runbook=RUNBOOK.replace("go: restart, raise", "go: tell, raise"))
    assert found.steps is not None
    lines = list(step_lines(found.steps.file, [one.judged for one in found.steps.ran]))
    at = (
        STEPS.lstrip()
        .splitlines()
        .index("    - {facts: {look.health.status: 503, look.vendor: pass}, goes: restart, severity: SEV-1}")
    )
    start = lines.index(
        f"FAIL  web-down: step cause 1  (decided > tell, run by reliability)  runbooks/incidents/web-down.steps.yaml:{at + 1}"
    )
    assert [
        "        goes      expected restart",
        "                  saw      tell",
        "                  because  stuck",
    ] == lines[start + 1 : start + 4]
    assert "ok    web-down: step look  (2 tests, run by reliability)" in lines
    data = [step_data(one.judged) for one in found.steps.ran]
    assert [("cause", 1)] == [(one["step"], one["test"]) for one in data if not one["passed"]]
    xml = junit([("web-down", found.steps.file, [one.judged for one in found.steps.ran])])
    assert 'failures="1"' in xml
    assert 'name="cause 1"' in xml


def test_a_step_or_one_test_is_chosen_by_its_name(tmp_path: Path) -> None:
    """`--case cause` is the whole table, `--case "cause 3"` one line of it."""
    table, one = run(tmp_path, only="cause"), run(tmp_path, only="cause 3")
    assert table.steps is not None
    assert one.steps is not None
    assert ["cause 1", "cause 2", "cause 3", "cause 4"] == [each.judged.name for each in table.steps.ran]
    assert (["cause 3"], None) == ([each.judged.name for each in one.steps.ran], one.coverage)
    with pytest.raises(UsageError, match="no case 'cuase'"):
        run(tmp_path, only="cuase")


def test_coverage_is_of_cases_and_step_tests_together(tmp_path: Path) -> None:
    """Neither alone reaches what both do."""
    known = library(tmp_path)
    beside = tmp_path / "runbooks/incidents/web-down.cases.yaml"
    alone = run_tests(known, "web-down", files_of(known, ())["web-down"]).coverage
    beside.write_text(CASES.lstrip())
    known = library(tmp_path)
    both = run_tests(known, "web-down", files_of(known, ())["web-down"]).coverage
    cases = run_cases(known, "web-down", beside, "").coverage
    assert alone is not None and both is not None and cases is not None
    assert cases.edges < both.edges
    assert alone.edges <= both.edges


@pytest.mark.parametrize(
    ("test", "why"),
    [
        ("facts: {below.seen.deep: 1, below.lost: 2}", "there is no such output"),
        ("made: [look]", "look makes no change"),
    ],
)
def test_what_cannot_be_arranged_is_a_failure_and_says_so(tmp_path: Path, test: str, why: str) -> None:
    """It is a fault of the test, not of the step."""
    steps = f"steps: web-down\ntests:\n  cause:\n    - {{{test}, goes: tell}}\n"
    found = run(tmp_path, steps)
    assert found.steps is not None
    (one,) = found.steps.ran
    assert [("given", True)] == [(each.what, why in each.why) for each in one.judged.differs]


def test_two_files_of_step_tests_for_one_runbook_are_refused(tmp_path: Path) -> None:
    """Neither is left out in silence, and neither is a runbook."""
    known = library(tmp_path)
    (tmp_path / "runbooks/incidents/more.steps.yaml").write_text(STEPS.lstrip())
    with pytest.raises(FileErrors):
        files_of(known, ())
    assert {"web-down", "other"} == set(known.workspace.runbook_files())


def test_what_has_no_tests_says_how_to_get_some(tmp_path: Path) -> None:
    """By hand, or from what it does."""
    known = library(tmp_path, "")
    with pytest.raises(UsageError) as raised:
        files_of(known, ("web-down",))
    assert "--record" in raised.value.hint


APPROVED = """
steps: web-down
tests:
  restart:
    - {people: [{item: consent, answer: 'yes', role: asked}], outcome: done}
    - {people: [{item: consent, answer: 'yes', role: manager}], outcome: done}
    - {people: [{item: consent, answer: 'yes'}], outcome: done}
"""


def test_an_approval_is_somebody_elses_than_the_operators(tmp_path: Path) -> None:
    """Of whoever is asked, or of a role: a yes without one is the operator's, and the failure says so."""
    changed = RUNBOOK.replace("action: {use: restart}", "action: {use: restart, operation: grow-machine}")
    found = run(tmp_path, APPROVED, changed)
    assert {"restart 3": ["outcome"]} == failures(found)
    assert found.steps is not None
    shown = "\n".join(step_lines(found.steps.file, [one.judged for one in found.steps.ran]))
    assert "for the manager to approve it; the answer of responder (reliability) does not count" in shown
    data = step_data(found.steps.ran[2].judged)
    assert ("reliability", 1) == (data["operator"], len(data["consents"]))  # type: ignore[arg-type]  # a list


def test_the_operator_of_a_file_runs_its_tests(tmp_path: Path) -> None:
    """A test may say another; a role that the catalogue does not have is a finding."""
    of_file = STEPS.replace("environment: production", "environment: production\noperator: manager")
    found = run(tmp_path / "a", of_file, only="look")
    assert found.steps is not None
    assert [("manager", "the tests say so")] * 2 == [
        (one.judged.operator, found.steps.operator.because) for one in found.steps.ran
    ]
    known = workspace(tmp_path / "b", of_file.replace("operator: manager", "operator: boss"))
    assert "unknown-role" in {one.finding.rule for one in checked(known, ["web-down"]).findings}
